import { Fault } from "../errors.js";
import type { Unsubscribe } from "./message-bus.js";
import { Source } from "./source.js";

/** Values that may wait for a slow consumer. */
const MOST_WAITING = 10_000;

export interface QueueOptions<Value> {
  /** Called once, at the first `next()`; answers what releases all that it took. */
  readonly start: (queue: Queue<Value>) => Unsubscribe;
  /** What a consumer is told that has fallen too far behind: how to go on without having missed anything. */
  readonly overflow: () => string;
}

/** One consumer's values, each of them, in order. One that falls too far behind is told so, and ended: none is left out. */
export class Queue<Value> extends Source<Value> {
  /** What the consumer fetched last. */
  lastTaken: Value | null = null;
  private values: Value[] = [];
  private readonly askingForRoom: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(private readonly options: QueueOptions<Value>) {
    super();
  }

  push(values: readonly Value[]): void {
    if (this.ended || values.length === 0) return;
    if (this.values.length + values.length > MOST_WAITING) {
      this.account?.overflowed();
      this.end(new Fault("OVERLOADED", this.options.overflow()));
      return;
    }
    this.values.push(...values);
    this.deliver();
  }

  override upcoming(most: number): readonly Value[] {
    return this.values.slice(0, most);
  }

  /** Resolves when so many would not make the queue longer than twice that; at once when it has ended. */
  async roomFor(count: number): Promise<void> {
    if (this.ended || this.values.length <= count) return;
    await new Promise<void>((resolve) => this.askingForRoom.push({ count, resolve }));
  }

  protected override begin(): Unsubscribe {
    return this.options.start(this);
  }

  protected override deliver(): void {
    while (this.isWaiting) {
      const [value] = this.values.splice(0, 1);
      if (value === undefined) return;
      this.lastTaken = value;
      this.answer(value);
      this.giveRoom();
    }
  }

  protected override drop(): void {
    this.values = [];
    this.giveRoom();
  }

  private giveRoom(): void {
    for (const asking of this.askingForRoom.splice(0)) {
      if (this.values.length <= asking.count) asking.resolve();
      else this.askingForRoom.push(asking);
    }
  }
}
