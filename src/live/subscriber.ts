import type { Versioned } from "./feed.js";
import type { Unsubscribe } from "./message-bus.js";
import { Source, type Taking } from "./source.js";

/** Least milliseconds between two messages, hence at most ten a second. */
const SPACING = 100;

/** One consumer's states, newest only: a consumer that is slow skips states instead of queueing them. */
export class Subscriber<Value extends Versioned> extends Source<Value> {
  private pending: Value | null = null;
  private newest = -1;
  private earliest = 0;
  private timer: NodeJS.Timeout | undefined;

  /** `start` is called once, at the first `next()`, and returns what releases all that it took. */
  constructor(private readonly start: (subscriber: Subscriber<Value>) => Unsubscribe) {
    super();
  }

  /** Takes the value's place that was not fetched yet. One that is not newer is ignored. `at`: `performance.now()`. */
  offer(value: Value, at = performance.now()): Taking {
    if (this.ended || value.version <= this.newest) return null;
    this.newest = value.version;
    if (this.pending !== null) this.account?.merged();
    this.pending = value;
    return this.deliver(at);
  }

  protected override begin(): Unsubscribe {
    return this.start(this);
  }

  protected override deliver(at: number): Taking {
    const { pending } = this;
    if (!this.isWaiting || pending === null) return null;
    clearTimeout(this.timer);
    const delay = this.earliest - at;
    if (delay > 0) {
      this.timer = setTimeout(() => this.deliver(performance.now()), Math.ceil(delay));
      return null;
    }
    this.pending = null;
    this.earliest = at + SPACING;
    return this.answer(pending);
  }

  protected override drop(): void {
    this.pending = null;
    clearTimeout(this.timer);
  }
}
