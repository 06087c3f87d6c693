import type { Audience } from "./audience.js";
import type { Cost } from "./document.js";
import { type Question, Rendering, type Renderings } from "./renderings.js";
import type { Consumer, Source, Taking } from "./source.js";
import { tellingCost } from "./told-cost.js";

/** Where a subscription's values go. */
export interface Outlet {
  /** Whether there is room for more at once. Where there is not, the sender is told when there is. */
  next(rendering: Rendering, sender: Sender): boolean;
}

export interface Sender {
  /** There is room for more. */
  proceed(): void;
}

export interface DeliveryOptions {
  readonly source: Source<object>;
  readonly outlet: Outlet;
  readonly renderings: Renderings;
  readonly question: Question;
  /** What the first value is sent with; null: nothing. */
  readonly cost: Cost | null;
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
 * little else. (By promises and the protocol's library each took half as long again as a plain write.) Whatever is touched for each
 * screen comes from far memory where they are many, so that it holds what it needs by itself.
 */
export class Delivery implements AsyncIterableIterator<never, undefined>, Consumer<object>, Sender {
  isReady = true;
  private begun = false;
  private isOver = false;
  private readonly source: Source<object>;
  private readonly outlet: Outlet;
  private readonly renderings: Renderings;
  private readonly question: Question;
  /** The key that all have in common with it who ask the same and are of this audience. */
  private key: string | null = null;
  private audience: Audience | null = null;
  private cost: Cost | null;
  private readonly onEnd: () => void;
  private readonly onFailure: (error: unknown) => void;
  private readonly end = Promise.withResolvers<End>();

  constructor({ source, outlet, renderings, question, cost, onEnd, onFailure }: DeliveryOptions) {
    this.source = source;
    this.outlet = outlet;
    this.renderings = renderings;
    this.question = question;
    this.cost = cost;
    this.onEnd = onEnd;
    this.onFailure = onFailure;
  }

  next(): Promise<End> {
    if (!this.begun && !this.isOver) {
      this.begun = true;
      this.source.flow(this);
    }
    return this.end.promise;
  }

  async return(): Promise<End> {
    this.finish();
    this.source.end();
    this.end.resolve({ done: true, value: undefined });
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  take(value: object): Taking {
    const { source, renderings, question } = this;
    const key = this.keyNow();
    const rendering = renderings.of(value, question, source.audience, key);
    if (rendering instanceof Rendering) {
      this.isReady = this.send(value, rendering);
      return null;
    }
    this.isReady = false;
    // Those that wait behind it are made in the same turn, so that what they look up is looked up together.
    for (const ahead of source.upcoming(MOST_AHEAD)) {
      const early = renderings.of(ahead, question, source.audience, key);
      // What fails is told when it is its turn.
      if (!(early instanceof Rendering)) early.catch(() => {});
    }
    return rendering.then(
      (made) => {
        if (this.send(value, made)) this.proceed();
      },
      (error) => source.end(error instanceof Error ? error : new Error(String(error))),
    );
  }

  private keyNow(): string | null {
    const { audience } = this.source;
    if (audience !== this.audience) {
      this.audience = audience;
      this.key = this.question.commonKey(audience);
    }
    return this.key;
  }

  proceed(): void {
    this.isReady = true;
    this.source.proceed();
  }

  ended(failure: Error | null): void {
    if (this.isOver) return;
    this.finish();
    if (failure === null) {
      this.end.resolve({ done: true, value: undefined });
      return;
    }
    this.onFailure(failure);
    this.end.reject(failure);
  }

  /**
   * Whether there is room for more. Nothing more is sent after the end: the client may have given the operation's id to
   * another.
   */
  private send(value: object, rendering: Rendering): boolean {
    if (this.isOver) return false;
    const { cost, source } = this;
    this.cost = null;
    const hasRoom = this.outlet.next(cost === null ? rendering : tellingCost(rendering, cost), this);
    source.account?.pushed(value);
    return hasRoom;
  }

  private finish(): void {
    this.isOver = true;
    this.onEnd();
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
