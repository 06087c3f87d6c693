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
}

/** Told of what the screens cost. Called for every push, so that nothing in it may wait, throw or allocate much. */
export interface LiveMetrics {
  /** A state or message went out to one subscriber. */
  pushed(topic: LiveTopic): void;
  /** A state was replaced by a newer one before its subscriber had taken it. */
  merged(topic: LiveTopic): void;
  /** A subscriber was ended because it could not keep up. */
  dropped(reason: DropReason): void;
  /** From the commit, by the database's clock, until it was handed to the connection. */
  lag(topic: LiveTopic, seconds: number): void;
  /** Called once, by whoever holds the connections and feeds. */
  observe(figures: () => LiveFigures): void;
}

export const NO_METRICS: LiveMetrics = {
  pushed: () => {},
  merged: () => {},
  dropped: () => {},
  lag: () => {},
  observe: () => {},
};
