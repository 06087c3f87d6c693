import { changedAt } from "./lag.js";
import type { LiveMetrics, LiveTopic } from "./live-metrics.js";

/** What the subscriptions to one topic come to. */
export class Account {
  constructor(
    readonly topic: LiveTopic,
    private readonly metrics: LiveMetrics,
  ) {}

  /** The value has been handed to one subscriber's connection. */
  pushed(value: object): void {
    this.metrics.pushed(this.topic);
    const at = changedAt(value);
    if (at !== undefined) this.metrics.lag(this.topic, Math.max(0, Date.now() - at) / 1_000);
  }

  merged(): void {
    this.metrics.merged(this.topic);
  }

  overflowed(): void {
    this.metrics.dropped("overflow");
  }
}
