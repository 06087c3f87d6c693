import { stringifyDocument } from "@urql/core";
import { RefreshSessionDocument, type RefreshSessionMutation, type TokensFragment } from "../generated/operations.js";

/** Who is signed in on this device, in all its tabs and windows. */
export interface Session {
  readonly accessToken: string;
  /** Null after a link with an access token alone: it ends when that does. */
  readonly refreshToken: string | null;
  /** By the server's clock, as it was told; null where a link did not tell. */
  readonly expiresAt: string | null;
}

const KEY = "gatehouse.session";
/** Refreshed so long before it ends. */
const AHEAD_MILLISECONDS = 30_000;

const listeners = new Set<() => void>();

export function readSession(): Session | null {
  const text = localStorage.getItem(KEY);
  return text === null ? null : (JSON.parse(text) as Session);
}

export function writeSession(session: Session | null): void {
  if (session === null) localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, JSON.stringify(session));
  for (const listener of listeners) listener();
}

/** Told of every sign-in and sign-out, those of other tabs too. The answer ends it. */
export function onSession(listener: () => void): () => void {
  const fromOtherTabs = ({ key }: StorageEvent) => key === KEY && listener();
  listeners.add(listener);
  addEventListener("storage", fromOtherTabs);
  return () => {
    listeners.delete(listener);
    removeEventListener("storage", fromOtherTabs);
  };
}

/** Null where the answer has no tokens, as that to a wrong password. */
export function sessionOf({ accessToken, refreshToken, expiresAt }: TokensFragment): Session | null {
  return accessToken === null ? null : { accessToken, refreshToken, expiresAt };
}

/**
 * Takes the token of a signed-in link out of the address bar and its history, before anything else can read it there. Answers
 * whether there was one.
 */
export function takeLink(): boolean {
  const link = new URLSearchParams(location.hash.slice(1));
  const accessToken = link.get("token");
  if (accessToken === null) return false;
  link.delete("token");
  const rest = link.size > 0 ? `#${link}` : "";
  history.replaceState(null, "", location.pathname + location.search + rest);
  writeSession({ accessToken, refreshToken: null, expiresAt: null });
  return true;
}

export function isAboutToEnd({ expiresAt }: Session): boolean {
  return expiresAt !== null && Date.parse(expiresAt) - Date.now() < AHEAD_MILLISECONDS;
}

/**
 * A session with another access token than `stale`, or null: signed out. A refresh token works once and its reuse ends the
 * session, so one tab refreshes and the others wait for what it wrote down. Throws where the server gave no answer.
 */
export function refreshSession(stale: string): Promise<Session | null> {
  const refresh = () => refreshAlone(stale);
  // There are no locks on pages that came over plain HTTP from another machine; tabs that refresh at once are rare there.
  if (!("locks" in navigator)) return refresh();
  return navigator.locks.request(KEY, refresh);
}

async function refreshAlone(stale: string): Promise<Session | null> {
  const session = readSession();
  if (session === null || session.accessToken !== stale) return session;
  const next = session.refreshToken === null ? null : await tradeIn(session.refreshToken);
  writeSession(next);
  return next;
}

async function tradeIn(refreshToken: string): Promise<Session | null> {
  const response = await fetch("/graphql", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: stringifyDocument(RefreshSessionDocument), variables: { input: { refreshToken } } }),
  });
  const { data } = (await response.json()) as { data?: RefreshSessionMutation | null };
  // Too busy, or broken: the token may be good.
  if (!data) throw new Error(`The session could not be refreshed: status ${response.status}`);
  return sessionOf(data.refreshSession);
}
