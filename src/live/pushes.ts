import type { ExecutionResult } from "graphql";

/**
 * The results of a subscription: each state of the source, executed as it is fetched. Not an async generator, whose
 * `return()` would wait behind a `next()` that may wait for ever.
 */
export class Pushes implements AsyncIterableIterator<ExecutionResult, undefined> {
  constructor(
    private readonly source: AsyncIterator<unknown, unknown, undefined>,
    private readonly execute: (state: unknown) => Promise<ExecutionResult>,
    /** Called when there is nothing more to release. */
    private readonly onEnd: () => void,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  async next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    try {
      const { done, value } = await this.source.next();
      if (!done) return { done: false, value: await this.execute(value) };
      this.onEnd();
      return { done: true, value: undefined };
    } catch (error) {
      // A consumer does not call `return()` after a failed `next()`.
      await this.return();
      this.onFailure(error);
      throw error;
    }
  }

  async return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    this.onEnd();
    await this.source.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** A stream that is nothing but an error: sent as `error`, where a result would come as `next` and `complete`. */
export function failing(error: Error): AsyncIterableIterator<never, undefined> {
  return {
    next: () => Promise.reject(error),
    return: async () => ({ done: true, value: undefined }),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
