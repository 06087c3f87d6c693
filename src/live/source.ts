import type { Account } from "./account.js";
import type { Audience } from "./audience.js";
import type { Unsubscribe } from "./message-bus.js";

type Result<Value> = IteratorResult<Value, undefined>;

/** Whatever the values are. */
export interface Watched {
  account: Account | null;
  audience: Audience | null;
  whileOpen(open: () => Unsubscribe): void;
  end(failure?: Error | null): void;
}

/** Null: done. Else it settles when it is. */
export type Taking = Promise<void> | null;

/** Takes values as they come, instead of fetching each. */
export interface Consumer<Value> {
  /** Whether it can take one now. When it can again it calls the source's `proceed`. */
  readonly isReady: boolean;
  take(value: Value): Taking;
  /** There are no more. */
  ended(failure: Error | null): void;
}

/**
 * What one consumer fetches from, or lets flow to it. Nothing is held before the first `next()`, and everything is released as soon as it ends,
 * also while a `next()` waits.
 */
export abstract class Source<Value> implements AsyncIterableIterator<Value, undefined>, Watched {
  /** Whom the consumer belongs to, as was found when their right was looked at last; null: nobody else. */
  audience: Audience | null = null;
  /** Where is counted what it comes to. */
  account: Account | null = null;
  protected ended = false;
  private waiting: PromiseWithResolvers<Result<Value>> | null = null;
  private consumer: Consumer<Value> | null = null;
  private releases: Unsubscribe[] | null = null;
  private readonly openers: (() => Unsubscribe)[] = [];
  private failure: Error | null = null;

  /** Called once, at the first `next()`; answers what releases all that it took. */
  protected abstract begin(): Unsubscribe;
  /** Answers the consumer, if it waits and there is something for it. `at`: `performance.now()`. */
  protected abstract deliver(at: number): void;
  /** Lets go of what was not fetched. */
  protected abstract drop(): void;

  /** The next values that are there already, at most so many. */
  upcoming(_most: number): readonly Value[] {
    return [];
  }

  next(): Promise<Result<Value>> {
    if (this.waiting !== null) return this.waiting.promise.then(() => this.next());
    if (this.ended) return this.last();
    const waiting = Promise.withResolvers<Result<Value>>();
    this.waiting = waiting;
    this.open();
    this.deliver(performance.now());
    return waiting.promise;
  }

  /** From here on nothing is fetched: each value goes to the consumer as soon as it is ready. */
  flow(consumer: Consumer<Value>): void {
    if (this.ended) {
      consumer.ended(null);
      return;
    }
    this.consumer = consumer;
    this.open();
    this.deliver(performance.now());
  }

  /** The consumer is ready again. */
  proceed(): void {
    if (!this.ended) this.deliver(performance.now());
  }

  /** `open` is called at the first `next()` as well, and what it answers at the end. */
  whileOpen(open: () => Unsubscribe): void {
    this.openers.push(open);
  }

  /** Ends it from this side: what was not fetched is dropped, and the consumer is told the error, if any, once. */
  end(failure: Error | null = null): void {
    if (this.ended) return;
    this.ended = true;
    this.failure = failure;
    this.drop();
    for (const release of this.releases ?? []) release();
    const { waiting } = this;
    this.waiting = null;
    if (waiting !== null) this.last().then(waiting.resolve, waiting.reject);
    const { consumer } = this;
    this.consumer = null;
    consumer?.ended(failure);
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

  protected get isWaiting(): boolean {
    return this.consumer === null ? this.waiting !== null : this.consumer.isReady;
  }

  protected answer(value: Value): Taking {
    if (this.consumer !== null) return this.consumer.take(value);
    const { waiting } = this;
    this.waiting = null;
    waiting?.resolve({ done: false, value });
    return null;
  }

  private open(): void {
    this.releases ??= [() => this.begin(), ...this.openers].map((open) => open());
  }

  private async last(): Promise<Result<Value>> {
    const { failure } = this;
    this.failure = null;
    if (failure !== null) throw failure;
    return { done: true, value: undefined };
  }
}
