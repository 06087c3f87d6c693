import { type Client, createClient } from "graphql-ws";
import { isAboutToEnd, readSession, refreshSession } from "./session.js";

/** `lost`: what is on the screen may be old; another try is under way. */
export type Connection = "connecting" | "live" | "lost";

export interface Socket {
  readonly client: Client;
  readonly connection: Connection;
  /** Told of every change of `connection`. The answer ends it. */
  watch(listener: (connection: Connection) => void): () => void;
}

/** A server that is silent for so long, though asked, is taken for gone; half of it is waited before it is asked. */
const SILENCE_MILLISECONDS = 6_000;
const FIRST_PAUSE_MILLISECONDS = 250;
const LONGEST_PAUSE_MILLISECONDS = 5_000;
/** What the server closes a socket with whose token is no longer good. */
const FORBIDDEN = 4403;
/** What the page closes it with when nothing is subscribed to. */
const NOTHING_TO_FOLLOW = 1000;

/** One WebSocket for all subscriptions of a page, which it opens again, for ever, whenever it is lost. */
export function createSocket(): Socket {
  const listeners = new Set<(connection: Connection) => void>();
  let connection: Connection = "connecting";
  let answerBy: ReturnType<typeof setTimeout> | undefined;
  let isTokenStale = false;
  const become = (next: Connection) => {
    if (next === connection) return;
    connection = next;
    for (const listener of listeners) listener(next);
  };
  const client = createClient({
    url: `${location.origin.replace(/^http/, "ws")}/graphql`,
    keepAlive: SILENCE_MILLISECONDS / 2,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: pause,
    connectionParams: async () => {
      const token = await freshToken(isTokenStale);
      isTokenStale = false;
      return token === null ? {} : { authorization: `Bearer ${token}` };
    },
    on: {
      connected: () => become("live"),
      closed: (event) => {
        clearTimeout(answerBy);
        const code = event instanceof CloseEvent ? event.code : null;
        isTokenStale ||= code === FORBIDDEN;
        become(code === NOTHING_TO_FOLLOW ? "connecting" : "lost");
      },
      ping: (received) => {
        if (!received) answerBy = setTimeout(() => client.terminate(), SILENCE_MILLISECONDS / 2);
      },
      pong: (received) => {
        if (received) clearTimeout(answerBy);
      },
    },
  });
  // A device that knows itself to be without a network need not wait for the server's silence.
  addEventListener("offline", () => client.terminate());
  return {
    client,
    get connection() {
      return connection;
    },
    watch: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Null when signed out. Without an answer the token before is tried, which the server refuses if it must. */
async function freshToken(isStale: boolean): Promise<string | null> {
  const session = readSession();
  if (session === null) return null;
  if (!isStale && !isAboutToEnd(session)) return session.accessToken;
  const refreshed = await refreshSession(session.accessToken).catch(() => session);
  return refreshed?.accessToken ?? null;
}

/** Longer with each failure, never the same for all screens, and over as soon as there is a network again. */
function pause(retries: number): Promise<void> {
  const longest = Math.min(LONGEST_PAUSE_MILLISECONDS, FIRST_PAUSE_MILLISECONDS * 2 ** retries);
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, longest * (0.5 + Math.random() / 2));
    addEventListener("online", done);
  });
}
