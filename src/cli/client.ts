import { setTimeout as pause } from "node:timers/promises";
import { createClient } from "graphql-ws";

const TIMEOUT_MILLISECONDS = 30_000;
const ATTEMPTS = 6;
const FIRST_PAUSE_MILLISECONDS = 250;
const LONGEST_PAUSE_MILLISECONDS = 10_000;

/** What the server may answer differently in a moment. */
const PASSING_CODES = new Set(["RATE_LIMITED", "OVERLOADED", "INTERNAL_SERVER_ERROR"]);

/** The API answered, and its answer is an error of the request as a whole. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    message: string,
    readonly code: string,
    /** How long the server asks to wait before another try. */
    readonly retryAfterMilliseconds: number | null = null,
  ) {
    super(message);
  }
}

/** Nothing that could be read as an answer came back: no connection, a connection lost, or silence. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

export interface ApiClient {
  /**
   * Sends one operation. Throws ApiError or NoAnswer. With `repeatable` it is tried again, after growing pauses, when no
   * answer came or the server asked for patience: only for what has the same effect when it is done twice.
   */
  request<T>(document: string, variables?: object, options?: { repeatable?: boolean }): Promise<T>;
}

/** A client for `url`, the address of `/graphql` itself, in the name of whoever `token` belongs to. */
export function apiClient(url: string, token: string | null): ApiClient {
  const send = <T>(document: string, variables: object) => post<T>(url, token, { query: document, variables });
  return {
    request: (document, variables = {}, { repeatable = false } = {}) =>
      repeatable ? withPatience(() => send(document, variables)) : send(document, variables),
  };
}

async function withPatience<T>(send: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      if (attempt === ATTEMPTS || !isPassing(error)) throw error;
      await pause(pauseBefore(attempt, error));
    }
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof NoAnswer || (error instanceof ApiError && PASSING_CODES.has(error.code));
}

/** Random in its upper half, so that many clients turned away at once do not come back at once. */
function pauseBefore(attempt: number, error: unknown): number {
  const asked = error instanceof ApiError ? (error.retryAfterMilliseconds ?? 0) : 0;
  const grown = FIRST_PAUSE_MILLISECONDS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
  return Math.min(LONGEST_PAUSE_MILLISECONDS, Math.max(asked, grown));
}

interface Answer<T> {
  readonly data?: T | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

async function post<T>(url: string, token: string | null, body: object): Promise<T> {
  const response = await fetched(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/graphql-response+json, application/json",
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
  });
  const answer = readAnswer<T>(response.text, response.status);
  const problem = answer.errors?.[0];
  if (problem) throw new ApiError(problem.message, problem.extensions?.code ?? "UNKNOWN", response.retryAfter);
  if (!answer.data) throw new ApiError(`HTTP ${response.status} without data`, codeOf(response.status));
  return answer.data;
}

async function fetched(url: string, init: RequestInit) {
  try {
    const response = await fetch(url, init);
    const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
    return {
      status: response.status,
      text: await response.text(),
      retryAfter: Number.isFinite(seconds) ? seconds * 1000 : null,
    };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new NoAnswer(`no answer from ${url}: ${messageOf(cause)}`, { cause: error });
  }
}

function readAnswer<T>(text: string, status: number): Answer<T> {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer === "object" && answer !== null && ("data" in answer || "errors" in answer))
      return answer as Answer<T>;
  } catch {
    // Not JSON: a proxy's page, or another server altogether.
  }
  throw new ApiError(`HTTP ${status}, and not the answer of a GraphQL API`, codeOf(status));
}

/** A proxy speaks in statuses; these codes are the API's own words for them. */
function codeOf(status: number): string {
  if (status === 429) return "RATE_LIMITED";
  if (status === 502 || status === 503 || status === 504) return "OVERLOADED";
  return `HTTP_${status}`;
}

/** An AggregateError of a refused connection has no message, only a code. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || ("code" in error ? String(error.code) : error.name);
}

export interface Watch {
  close(): Promise<void>;
}

/** Calls `onValue` with each value of a subscription, over a connection that is made again whenever it is lost. */
export function watch<T>(
  url: string,
  document: string,
  variables: Record<string, unknown>,
  onValue: (value: T) => void,
): Watch {
  let closed = false;
  const client = createClient({
    url: url.replace(/^http/, "ws"),
    webSocketImpl: WebSocket,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => !closed,
  });
  client.subscribe<T>(
    { query: document, variables },
    {
      next: ({ data }) => {
        if (data) onValue(data);
      },
      // A subscription that the server ends leaves the last known value standing.
      error: () => {},
      complete: () => {},
    },
  );
  return {
    close: async () => {
      closed = true;
      // Rejects when the connection is still being made and fails; there is nothing left to close then.
      await Promise.resolve(client.dispose()).catch(() => {});
    },
  };
}
