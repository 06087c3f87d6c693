import { changedAt } from "./lag.js";
import type { LiveMetrics, LiveTopic } from "./live-metrics.js";

/** What the subscriptions to one topic come to. */
export class Account {
  /** Values that were handed to connections, from the beginning. */
  pushes = 0;
  private latest: object | null = null;
  private latestAt = 0;

  constructor(
    readonly topic: LiveTopic,
    private readonly metrics: LiveMetrics,
  ) {}

  /** The value has been handed to one subscriber's connection. */
  pushed(value: object): void {
    this.pushes += 1;
    const now = Date.now();
    // Dozens are told the same in a millisecond, and a figure written down for each cost as much as telling it.
    if (value === this.latest && now === this.latestAt) return;
    this.latest = value;
    this.latestAt = now;
    const at = changedAt(value);
    if (at !== undefined) this.metrics.lag(this.topic, Math.max(0, now - at) / 1_000);
  }

  merged(): void {
    this.metrics.merged(this.topic);
  }

  overflowed(): void {
    this.metrics.dropped("overflow");
  }
}
