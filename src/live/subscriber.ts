import type { Versioned } from "./feed.js";
import type { Unsubscribe } from "./message-bus.js";
import type { Member } from "./round.js";
import { Source, type Taking } from "./source.js";

/** Least milliseconds between two messages, hence at most ten a second. */
const SPACING = 100;

export interface SubscriberOptions<Value extends Versioned, State> {
  /** Called once, at the first `next()`; answers what releases all that it took. */
  readonly start: (subscriber: Subscriber<Value, State>) => Unsubscribe;
  /** What the consumer is told of a state; undefined: nothing. */
  readonly select: (state: State) => Value | undefined;
}

/** One consumer's states, newest only: a consumer that is slow skips states instead of queueing them. */
export class Subscriber<Value extends Versioned, State = Value> extends Source<Value> implements Member<State> {
  private readonly select: (state: State) => Value | undefined;
  private pending: Value | null = null;
  private newest = -1;
  /** In whole milliseconds: any other number would be an object of its own. */
  private earliest = 0;
  private timer: NodeJS.Timeout | undefined;

  private readonly start: (subscriber: Subscriber<Value, State>) => Unsubscribe;

  constructor({ start, select }: SubscriberOptions<Value, State>) {
    super();
    this.start = start;
    this.select = select;
  }

  /** Takes the value's place that was not fetched yet. One that is not newer is ignored. */
  offer(state: State, at: number): Taking {
    const value = this.select(state);
    if (value === undefined || this.ended || value.version <= this.newest) return null;
    this.newest = value.version;
    if (this.pending !== null) this.account?.merged();
    return this.give(value, at);
  }

  protected override begin(): Unsubscribe {
    return this.start(this);
  }

  protected override deliver(at: number): Taking {
    return this.pending === null ? null : this.give(this.pending, at);
  }

  private give(value: Value, at: number): Taking {
    const delay = this.earliest - at;
    if (!this.isWaiting || delay > 0) {
      // Only here: what an old object holds of a new one is written down for the garbage collector.
      this.pending = value;
      if (this.isWaiting) this.timer ??= setTimeout(() => this.wake(), Math.ceil(delay));
      return null;
    }
    if (this.pending !== null) this.pending = null;
    this.earliest = Math.floor(at + SPACING);
    return this.answer(value);
  }

  private wake(): void {
    this.timer = undefined;
    this.deliver(performance.now());
  }

  protected override drop(): void {
    this.pending = null;
    clearTimeout(this.timer);
  }
}
