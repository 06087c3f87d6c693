import { Fault } from "../errors.js";
import type { Unsubscribe } from "./message-bus.js";
import { Source } from "./source.js";

/** Values that may wait for a slow consumer. */
const MOST_WAITING = 10_000;

export interface QueueOptions<Value> {
  /** Called once, at the first `next()`; answers what releases all that it took. */
  readonly start: (queue: Queue<Value>) => Unsubscribe;
  /** What a consumer is told that has fallen too far behind: how to go on without having missed anything. */
  readonly overflow: string;
}

/** One consumer's values, each of them, in order. One that falls too far behind is told so, and ended: none is left out. */
export class Queue<Value> extends Source<Value> {
  private values: Value[] = [];

  constructor(private readonly options: QueueOptions<Value>) {
    super();
  }

  push(values: readonly Value[]): void {
    if (this.ended || values.length === 0) return;
    if (this.values.length + values.length > MOST_WAITING) {
      this.end(new Fault("OVERLOADED", this.options.overflow));
      return;
    }
    this.values.push(...values);
    this.deliver();
  }

  protected override begin(): Unsubscribe {
    return this.options.start(this);
  }

  protected override deliver(): void {
    if (!this.isWaiting) return;
    const [value] = this.values.splice(0, 1);
    if (value !== undefined) this.answer(value);
  }

  protected override drop(): void {
    this.values = [];
  }
}
