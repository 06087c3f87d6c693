import { EventEmitter, once } from "node:events";
import type { GraphQLFormattedError } from "graphql";
import { createClient, type FormattedExecutionResult } from "graphql-ws";
import { WebSocket } from "ws";

const WAIT_MILLISECONDS = 5_000;

/** How a subscription came to an untimely end: by an `error` message, or by the socket's close code. */
export interface Failure {
  readonly errors: readonly GraphQLFormattedError[];
  readonly closeCode: number | null;
  readonly message: string;
}

/** One subscription, whose messages are kept until they are read. */
export class Subscription<Data> implements AsyncDisposable {
  /** Everything that came, in order, read or not. */
  readonly messages: Data[] = [];
  error: Failure | null = null;
  /** Whether it has ended, in whatever way. */
  ended = false;
  private read = 0;
  private readonly news = new EventEmitter();
  private readonly dispose: () => void | Promise<void>;
  private readonly socketClosed: Promise<unknown>;

  constructor(
    socketUrl: string,
    connectionParams: Record<string, unknown>,
    operation: { query: string; variables: Record<string, unknown> },
  ) {
    const client = createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0 });
    this.socketClosed = new Promise((resolve) => client.on("closed", resolve));
    this.dispose = () => client.dispose();
    client.subscribe<Data>(operation, {
      next: (result) => this.receive(result as FormattedExecutionResult<Data>),
      error: (cause) => this.end(failureOf(cause)),
      complete: () => this.end(null),
    });
  }

  /** The next unread message. Throws when the subscription ends or nothing comes. */
  async next(timeoutMilliseconds = WAIT_MILLISECONDS): Promise<Data> {
    await this.until(() => this.messages.length > this.read, timeoutMilliseconds);
    return this.messages[this.read++] as Data;
  }

  /** Reads on to the first message that is as wanted. */
  async waitFor(wanted: (data: Data) => boolean, timeoutMilliseconds = WAIT_MILLISECONDS): Promise<Data> {
    const deadline = Date.now() + timeoutMilliseconds;
    for (;;) {
      const data = await this.next(deadline - Date.now());
      if (wanted(data)) return data;
    }
  }

  /** Waits for the end that the server makes, or for a message with an error. Null where it ended in good order. */
  async failure(timeoutMilliseconds = WAIT_MILLISECONDS): Promise<Failure | null> {
    await this.until(() => this.ended || this.error !== null, timeoutMilliseconds);
    return this.error;
  }

  /** Ends it and closes the socket. */
  async close(): Promise<void> {
    // It fails where the connection does that is still being made: the subscription ends with that.
    await Promise.resolve(this.dispose()).catch(() => {});
    if (!this.ended) await this.socketClosed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private receive({ data, errors = [] }: FormattedExecutionResult<Data>): void {
    if (data == null || errors.length > 0) this.error = { errors, closeCode: null, message: JSON.stringify(errors) };
    else this.messages.push(data);
    this.news.emit("news");
  }

  private end(failure: Failure | null): void {
    this.error ??= failure;
    this.ended = true;
    this.news.emit("news");
  }

  private async until(reached: () => boolean, timeoutMilliseconds: number): Promise<void> {
    const signal = AbortSignal.timeout(Math.max(0, timeoutMilliseconds));
    while (!reached()) {
      if (this.ended || this.error) throw new Error(`Nothing more will come: ${this.error?.message ?? "completed"}`);
      await once(this.news, "news", { signal }).catch(() => this.throwLate(timeoutMilliseconds));
    }
  }

  private throwLate(timeoutMilliseconds: number): never {
    const last = JSON.stringify(this.messages.at(-1) ?? this.error);
    throw new Error(`Nothing came for ${timeoutMilliseconds} ms after ${this.messages.length} messages, last: ${last}`);
  }
}

function failureOf(cause: unknown): Failure {
  if (Array.isArray(cause)) {
    const errors: readonly GraphQLFormattedError[] = cause;
    return { errors, closeCode: null, message: errors.map(({ message }) => message).join("; ") };
  }
  if (typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "number") {
    const reason = "reason" in cause ? String(cause.reason) : "";
    return { errors: [], closeCode: cause.code, message: `closed with ${cause.code} ${reason}` };
  }
  const message = typeof cause === "object" && cause !== null && "message" in cause ? cause.message : cause;
  return { errors: [], closeCode: null, message: String(message) };
}
