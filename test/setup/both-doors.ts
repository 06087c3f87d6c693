import type { GraphQLFormattedError } from "graphql";
import { createClient as createStreamClient } from "graphql-sse";
import { createClient, type Client as SocketClient } from "graphql-ws";
import { WebSocket } from "ws";
import { Client, type Variables } from "./client.js";

export interface Reply {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly GraphQLFormattedError[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** One of the two ways to ask, with somebody's token or as nobody. */
export interface Door extends AsyncDisposable {
  ask(token: string | undefined, query: string, variables?: Variables): Promise<Reply>;
}

export function httpDoor(url: string): Door {
  return {
    ask: async (token, query, variables = {}) =>
      (await new Client(url, token).request<Reply["data"]>(query, variables)).body as Reply,
    [Symbol.asyncDispose]: async () => {},
  };
}

/** A stream of its own for each question, of which the first message counts. */
export function streamDoor(url: string): Door {
  return {
    ask: async (token, query, variables = {}) => {
      const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const client = createStreamClient({ url: `${url}/graphql`, headers, retryAttempts: 0 });
      for await (const reply of client.iterate({ query, variables })) return reply as Reply;
      throw new Error("nothing was answered");
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

/** Each token has a socket of its own, on which it asks everything. */
export function socketDoor(url: string): Door {
  const clients = new Map<string | undefined, SocketClient>();
  const open = (token: string | undefined): SocketClient =>
    createClient({
      url: `${url.replace(/^http/, "ws")}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: token === undefined ? {} : { authorization: `Bearer ${token}` },
      retryAttempts: 0,
      lazyCloseTimeout: 60_000,
    });
  return {
    ask: (token, query, variables = {}) => {
      const client = clients.get(token) ?? open(token);
      clients.set(token, client);
      return askOnce(client, query, variables);
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of clients.values()) await client.dispose();
    },
  };
}

/** The first answer; of a subscription too, which then ends. */
function askOnce(client: SocketClient, query: string, variables: Variables): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const finish = client.subscribe<NonNullable<Reply["data"]>>(
      { query, variables },
      {
        next: (reply) => {
          resolve(reply as Reply);
          finish();
        },
        error: (cause) => (Array.isArray(cause) ? resolve({ data: null, errors: cause }) : reject(cause)),
        complete: () => reject(new Error("nothing was answered")),
      },
    );
  });
}
