import type { Versioned } from "./feed.js";
import type { Unsubscribe } from "./message-bus.js";

/** Least milliseconds between two messages, hence at most ten a second. */
const SPACING = 100;

type Result<Value> = IteratorResult<Value, undefined>;

/**
 * One consumer's states, newest only: a consumer that is slow skips states instead of queueing them. Nothing is held
 * before the first `next()`, and everything is released as soon as it ends, also while a `next()` waits.
 */
export class Subscriber<Value extends Versioned> implements AsyncIterableIterator<Value, undefined> {
  private pending: Value | null = null;
  private newest = -1;
  private earliest = 0;
  private timer: NodeJS.Timeout | undefined;
  private waiting: PromiseWithResolvers<Result<Value>> | null = null;
  private release: Unsubscribe | null = null;
  private ended = false;
  private failure: Error | null = null;

  /** `start` is called once, at the first `next()`, and returns what releases all that it took. */
  constructor(private readonly start: (subscriber: Subscriber<Value>) => Unsubscribe) {}

  /** Takes the value's place that was not fetched yet. One that is not newer is ignored. `at`: `performance.now()`. */
  offer(value: Value, at = performance.now()): void {
    if (this.ended || value.version <= this.newest) return;
    this.newest = value.version;
    this.pending = value;
    this.deliver(at);
  }

  next(): Promise<Result<Value>> {
    if (this.waiting !== null) return this.waiting.promise.then(() => this.next());
    if (this.ended) return this.last();
    const waiting = Promise.withResolvers<Result<Value>>();
    this.waiting = waiting;
    this.release ??= this.start(this);
    this.deliver(performance.now());
    return waiting.promise;
  }

  /** Ends it from this side: what was not fetched is dropped, and the consumer is told the error, if any, once. */
  end(failure: Error | null = null): void {
    if (this.ended) return;
    this.ended = true;
    this.failure = failure;
    this.pending = null;
    clearTimeout(this.timer);
    this.release?.();
    const { waiting } = this;
    this.waiting = null;
    if (waiting !== null) this.last().then(waiting.resolve, waiting.reject);
  }

  async return(): Promise<Result<Value>> {
    this.end();
    this.failure = null;
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<Result<Value>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private async last(): Promise<Result<Value>> {
    const { failure } = this;
    this.failure = null;
    if (failure !== null) throw failure;
    return { done: true, value: undefined };
  }

  private deliver(at: number): void {
    const { waiting, pending } = this;
    if (waiting === null || pending === null) return;
    clearTimeout(this.timer);
    const delay = this.earliest - at;
    if (delay > 0) {
      this.timer = setTimeout(() => this.deliver(performance.now()), Math.ceil(delay));
      return;
    }
    this.waiting = null;
    this.pending = null;
    this.earliest = at + SPACING;
    waiting.resolve({ done: false, value: pending });
  }
}
