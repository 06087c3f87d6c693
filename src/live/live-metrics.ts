/** What a subscription is to; there are no more kinds than the schema has subscriptions. */
export type LiveTopic =
  | "occupancyChanged"
  | "gateOccupancyChanged"
  | "availabilityChanged"
  | "anomalyDetected"
  | "capacityAlertRaised"
  | "scanRecorded";

export const LIVE_TOPICS: readonly LiveTopic[] = [
  "occupancyChanged",
  "gateOccupancyChanged",
  "availabilityChanged",
  "anomalyDetected",
  "capacityAlertRaised",
  "scanRecorded",
];

/** `stalled`: its client took nothing for too long. `overflow`: more waited for it than is kept. */
export type DropReason = "stalled" | "overflow";

/** What is open at the moment of asking. Only called when somebody asks for the figures. */
export interface LiveFigures {
  readonly sockets: number;
  readonly streams: number;
  readonly feeds: number;
  /** By the subscription's field; one that is left out has none. */
  readonly subscriptions: Partial<Readonly<Record<LiveTopic, number>>>;
  /** States and messages that went out to subscribers, from the beginning; likewise. */
  readonly pushes: Partial<Readonly<Record<LiveTopic, number>>>;
}

/** Told of what the screens cost. Nothing in it may wait, throw or allocate much. */
export interface LiveMetrics {
  /** A state was replaced by a newer one before its subscriber had taken it. */
  merged(topic: LiveTopic): void;
  /** A subscriber was ended because it could not keep up. */
  dropped(reason: DropReason): void;
  /** From the commit until it was handed to a connection. Of those that are handed the same in a millisecond, the first tells it. */
  lag(topic: LiveTopic, seconds: number): void;
  /** Called once, by whoever holds the connections and feeds. */
  observe(figures: () => LiveFigures): void;
}

export const NO_METRICS: LiveMetrics = {
  merged: () => {},
  dropped: () => {},
  lag: () => {},
  observe: () => {},
};
