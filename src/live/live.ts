import type { Anomaly } from "../domain/anomaly-news.js";
import { type Availability, availabilityText } from "../domain/availability.js";
import type { Announce, Change } from "../domain/change.js";
import type { GateOccupancyState, VenueOccupancyState } from "../domain/occupancy.js";
import type { CountsReader, EventReader, RecordsReader } from "../domain/reader-rights.js";
import type { Viewer } from "../domain/viewer.js";
import { changing } from "./changing.js";
import type { FeedTimes, Versioned } from "./feed.js";
import { ANOMALY_TIMES, type AnomaliesFound, following, type ReadAnomalyNews } from "./following.js";
import type { Bus, Unsubscribe } from "./message-bus.js";
import { Queue } from "./queue.js";
import { type CheckRights, Rights } from "./rights.js";
import { Subscriber } from "./subscriber.js";
import { TopicFeeds } from "./topic-feeds.js";
import { createWarning, type WarningLogger } from "./warning.js";

/** One gate's counts with the moment at which they were read. */
export interface DatedGateState extends GateOccupancyState {
  readonly asOf: Date;
}

/** The version is the feed's own. */
export type AvailabilityState = Availability & Versioned;

export interface LiveOptions {
  readonly bus: Bus;
  /** The whole state of a venue from one snapshot; null when there is no such venue. */
  readonly readOccupancies: (venueId: string) => Promise<VenueOccupancyState | null>;
  readonly checkRights: CheckRights<CountsReader>;
  /** Null when there is no such event. */
  readonly readAvailability: (eventId: string) => Promise<Availability | null>;
  readonly checkEventRights: CheckRights<EventReader>;
  /** What is new of a venue's anomalies since they were seen; null when there is no such venue. */
  readonly readAnomalyNews: ReadAnomalyNews;
  readonly checkRecordsRights: CheckRights<RecordsReader>;
  /** Called when rights may have ended, here or on another node, for whoever remembers some. */
  readonly onRightsChanged?: () => void;
  readonly logger: WarningLogger;
  readonly times?: FeedTimes;
}

export interface Live {
  /** Tells this node's subscribers directly, and those of other nodes through the bus. */
  readonly announce: Announce;
  /**
   * The present state, then every newer one; the caller has checked that the viewer may read it. All subscribers get
   * the same object per version. Throws FORBIDDEN or CredentialEnded when the right ends.
   */
  occupancyChanged(viewer: Viewer, venueId: string): Subscriber<VenueOccupancyState>;
  /** The same of one gate of the venue, pushed only when that gate's own version changes. */
  gateOccupancyChanged(viewer: Viewer, venueId: string, gateId: string): Subscriber<DatedGateState>;
  /** The present availability of an event, then every change of it; likewise. */
  availabilityChanged(viewer: Viewer, eventId: string): Subscriber<AvailabilityState>;
  /** Every anomaly of the venue that there is from now on and was not, once; likewise. */
  anomalyDetected(viewer: Viewer, venueId: string): Queue<Anomaly>;
  /** What is held at this moment; all zero without subscribers. */
  readonly held: { readonly subscriptions: number; readonly feeds: number; readonly readers: number };
  /** Ends every subscription. The bus is the caller's to close. */
  close(): void;
}

const venueTopic = (venueId: string): string => `venue:${venueId}`;
const availabilityTopic = (eventId: string): string => `availability:${eventId}`;
const RIGHTS_TOPIC = "rights";

export function createLive(options: LiveOptions): Live {
  return new Screens(options);
}

class Screens implements Live {
  private readonly venues: TopicFeeds<VenueOccupancyState>;
  private readonly events: TopicFeeds<AvailabilityState>;
  private readonly anomalies: TopicFeeds<AnomaliesFound>;
  private readonly countsRights: Rights<CountsReader>;
  private readonly eventRights: Rights<EventReader>;
  private readonly recordsRights: Rights<RecordsReader>;
  private readonly subscribers = new Set<{ end(): void }>();

  constructor(private readonly options: LiveOptions) {
    const { logger, readOccupancies, readAvailability, readAnomalyNews } = options;
    this.venues = new TopicFeeds({
      ...options,
      topicOf: venueTopic,
      readerOf: (venueId) => () => readOccupancies(venueId),
    });
    this.events = new TopicFeeds({
      ...options,
      topicOf: availabilityTopic,
      readerOf: (eventId) => changing(() => readAvailability(eventId), availabilityText),
    });
    this.anomalies = new TopicFeeds({
      times: ANOMALY_TIMES,
      ...options,
      topicOf: venueTopic,
      readerOf: (venueId) => following(readAnomalyNews, venueId),
    });
    this.countsRights = new Rights<CountsReader>({
      check: options.checkRights,
      subjectOf: ({ venueId }) => venueId,
      ended: "You may no longer read this venue's counts.",
      logger,
    });
    this.eventRights = new Rights<EventReader>({
      check: options.checkEventRights,
      subjectOf: ({ eventId }) => eventId,
      ended: "You may no longer see this event.",
      logger,
    });
    this.recordsRights = new Rights<RecordsReader>({
      check: options.checkRecordsRights,
      subjectOf: ({ venueId }) => venueId,
      ended: "You may no longer read this venue's records.",
      logger,
    });
    listenForRights(options.bus, (credentialId) => this.rightsChanged(credentialId), logger);
  }

  readonly announce: Announce = (change) => {
    if (change.kind === "occupancy") this.venueChanged(change.venueId, change.version);
    else if (change.kind === "availability") this.events.changed(change.eventId);
    else this.rightsChanged(change.credentialId);
    publish(this.options.bus, change);
  };

  get held() {
    return {
      subscriptions: this.subscribers.size,
      feeds: this.venues.size + this.events.size + this.anomalies.size,
      readers: this.countsRights.size + this.eventRights.size + this.recordsRights.size,
    };
  }

  occupancyChanged(viewer: Viewer, venueId: string): Subscriber<VenueOccupancyState> {
    return this.watchCounts({ viewer, venueId }, (state) => state);
  }

  gateOccupancyChanged(viewer: Viewer, venueId: string, gateId: string): Subscriber<DatedGateState> {
    return this.watchCounts({ viewer, venueId }, (state) => datedGate(state, gateId));
  }

  availabilityChanged(viewer: Viewer, eventId: string): Subscriber<AvailabilityState> {
    const reader = { viewer, eventId };
    return this.subscribe((subscriber) => [
      this.events.join(eventId, subscriber),
      this.eventRights.watch(reader, (fault) => subscriber.end(fault)),
    ]);
  }

  anomalyDetected(viewer: Viewer, venueId: string): Queue<Anomaly> {
    return new Queue({
      start: (queue) =>
        this.keep(queue, [
          this.anomalies.join(venueId, { offer: ({ news }) => queue.push(news) }),
          this.recordsRights.watch({ viewer, venueId }, (fault) => queue.end(fault)),
        ]),
      overflow:
        "Too many anomalies were waiting: subscribe again, and read `anomalies` for those that you have missed.",
    });
  }

  close(): void {
    for (const subscriber of this.subscribers) subscriber.end();
    this.venues.close();
    this.events.close();
    this.anomalies.close();
    this.countsRights.close();
    this.eventRights.close();
    this.recordsRights.close();
  }

  private venueChanged(venueId: string, version: number): void {
    this.venues.announced(venueId, version);
    this.anomalies.announced(venueId, version);
  }

  private rightsChanged(credentialId: string | null): void {
    this.options.onRightsChanged?.();
    this.countsRights.changed(credentialId);
    this.eventRights.changed(credentialId);
    this.recordsRights.changed(credentialId);
  }

  private watchCounts<Value extends Versioned>(
    reader: CountsReader,
    select: (state: VenueOccupancyState) => Value | undefined,
  ): Subscriber<Value> {
    return this.subscribe((subscriber) => {
      const offer = (state: VenueOccupancyState, at: number) => {
        const value = select(state);
        if (value !== undefined) subscriber.offer(value, at);
      };
      return [
        this.venues.join(reader.venueId, { offer }),
        this.countsRights.watch(reader, (fault) => subscriber.end(fault)),
      ];
    });
  }

  /** `take` is called at the first fetch; what it took is released at the end. */
  private subscribe<Value extends Versioned>(
    take: (subscriber: Subscriber<Value>) => readonly Unsubscribe[],
  ): Subscriber<Value> {
    return new Subscriber((subscriber) => this.keep(subscriber, take(subscriber)));
  }

  private keep(subscriber: { end(): void }, taken: readonly Unsubscribe[]): Unsubscribe {
    this.subscribers.add(subscriber);
    return () => {
      this.subscribers.delete(subscriber);
      for (const release of taken) release();
    };
  }
}

/** The same object for all who ask for the same gate of the same state. */
function datedGate({ gates, asOf }: VenueOccupancyState, gateId: string): DatedGateState | undefined {
  const gate = gates.find((candidate) => candidate.gateId === gateId);
  if (gate === undefined) return undefined;
  const dated = datedGates.get(gate) ?? { ...gate, asOf };
  datedGates.set(gate, dated);
  return dated;
}

const datedGates = new WeakMap<GateOccupancyState, DatedGateState>();

function publish(bus: Bus, change: Change): void {
  if (change.kind === "occupancy") bus.publish(venueTopic(change.venueId), { version: change.version });
  else if (change.kind === "availability") bus.publish(availabilityTopic(change.eventId), {});
  else bus.publish(RIGHTS_TOPIC, { credentialId: change.credentialId });
}

function listenForRights(bus: Bus, rightsChanged: (credentialId: string | null) => void, logger: WarningLogger): void {
  const warn = createWarning(logger);
  bus
    .subscribe(RIGHTS_TOPIC, (message) => rightsChanged(credentialIdOf(message)))
    .catch((error) => warn(error, "Changed rights cannot be heard of at once; they are still checked every second"));
  bus.onReconnect(() => rightsChanged(null));
}

function credentialIdOf(message: unknown): string | null {
  const isNamed = typeof message === "object" && message !== null && "credentialId" in message;
  return isNamed && typeof message.credentialId === "string" ? message.credentialId : null;
}
