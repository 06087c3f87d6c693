/**
 * A subscription as graphql-ws holds it: nothing comes of it but its end. The values go to the client directly, each when there is
 * room for it, since what many are sent is written out once and not by the protocol's library for each. Not an async generator,
 * whose `return()` would wait behind a `next()` that may wait for ever.
 */
export class Pushes implements AsyncIterableIterator<never, undefined> {
  private over = false;

  constructor(
    private readonly source: AsyncIterator<object, unknown, undefined>,
    /** Resolves when there is room for the next. */
    private readonly push: (value: object) => Promise<void>,
    /** Called when there is nothing more to release. */
    private readonly onEnd: () => void,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  async next(): Promise<IteratorResult<never, undefined>> {
    try {
      for (;;) {
        const { done, value } = await this.source.next();
        if (done) break;
        await this.push(value);
      }
      this.onEnd();
      return { done: true, value: undefined };
    } catch (error) {
      // A consumer does not call `return()` after a failed `next()`.
      await this.return();
      this.onFailure(error);
      throw error;
    }
  }

  /** Nothing more may be sent: the client may have given the operation's id to another. */
  get isOver(): boolean {
    return this.over;
  }

  async return(): Promise<IteratorResult<never, undefined>> {
    this.over = true;
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
