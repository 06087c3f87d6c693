import type { Audience } from "./audience.js";
import { Rendering } from "./renderings.js";
import type { Consumer, Source, Taking } from "./source.js";

/** Where a subscription's values go. */
export interface Outlet {
  /** `done` is called when there is room for more. */
  next(rendering: Rendering, done: (error: Error | null) => void): void;
}

export interface DeliveryOptions {
  readonly source: Source<object>;
  readonly outlet: Outlet;
  readonly render: (value: object, audience: Audience | null) => Rendering | Promise<Rendering>;
  /** Called when there is nothing more to release, once or more. */
  readonly onEnd: () => void;
  readonly onFailure: (error: unknown) => void;
}

/** Values that are written out before they are sent. */
const MOST_AHEAD = 100;

type End = IteratorResult<never, undefined>;

/**
 * A subscription as graphql-ws holds it: nothing comes of it but its end. Each value goes to the client directly, when there is room
 * for it, and where it has been written out for another in the same turn: ten thousand screens are ten thousand writes and
 * little else. (By promises and the protocol's library each took half as long again as a plain write.)
 */
export class Delivery implements AsyncIterableIterator<never, undefined>, Consumer<object> {
  isReady = true;
  private begun = false;
  private isOver = false;
  private readonly end = Promise.withResolvers<End>();

  constructor(private readonly options: DeliveryOptions) {}

  next(): Promise<End> {
    if (!this.begun && !this.isOver) {
      this.begun = true;
      this.options.source.flow(this);
    }
    return this.end.promise;
  }

  async return(): Promise<End> {
    this.finish();
    this.options.source.end();
    this.end.resolve({ done: true, value: undefined });
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  take(value: object): Taking {
    this.isReady = false;
    const { source, render } = this.options;
    const rendering = render(value, source.audience);
    if (rendering instanceof Rendering) {
      this.send(value, rendering);
      return null;
    }
    // Those that wait behind it are made in the same turn, so that what they look up is looked up together.
    for (const ahead of source.upcoming(MOST_AHEAD)) {
      const early = render(ahead, source.audience);
      // What fails is told when it is its turn.
      if (!(early instanceof Rendering)) early.catch(() => {});
    }
    return rendering.then((made) => this.send(value, made), this.fail);
  }

  ended(failure: Error | null): void {
    if (this.isOver) return;
    this.finish();
    if (failure === null) {
      this.end.resolve({ done: true, value: undefined });
      return;
    }
    this.options.onFailure(failure);
    this.end.reject(failure);
  }

  /** Nothing more is sent after the end: the client may have given the operation's id to another. */
  private send(value: object, rendering: Rendering): void {
    if (this.isOver) return;
    const { source, outlet } = this.options;
    outlet.next(rendering, this.sent);
    source.account?.pushed(value);
  }

  private readonly sent = (error: Error | null): void => {
    if (error !== null) {
      this.fail(error);
      return;
    }
    this.isReady = true;
    this.options.source.proceed();
  };

  private readonly fail = (error: unknown): void => {
    this.options.source.end(error instanceof Error ? error : new Error(String(error)));
  };

  private finish(): void {
    this.isOver = true;
    this.options.onEnd();
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
