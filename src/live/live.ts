import type { CapacityAlert } from "../domain/alert-news.js";
import type { Anomaly } from "../domain/anomaly-news.js";
import { type Availability, availabilityText } from "../domain/availability.js";
import type { Announce, Change } from "../domain/change.js";
import type { GateOccupancyState, VenueOccupancyState } from "../domain/occupancy.js";
import type { CountsReader, EventReader, RecordsReader } from "../domain/reader-rights.js";
import type { Scan } from "../domain/scan-log.js";
import type { Standing } from "../domain/standing.js";
import { changing } from "./changing.js";
import type { FeedTimes, Versioned } from "./feed.js";
import {
  ANOMALY_TIMES,
  following,
  followingAlerts,
  type News,
  type ReadAlertNews,
  type ReadAnomalyNews,
} from "./following.js";
import type { Bus } from "./message-bus.js";
import { Queue } from "./queue.js";
import { type CheckRights, type Reader, Rights } from "./rights.js";
import { committed, type FollowOptions, followScans, type ReadScans, type ScansCommitted } from "./scan-log.js";
import type { Watched } from "./source.js";
import { Subscriber } from "./subscriber.js";
import { TopicFeeds } from "./topic-feeds.js";
import { createWarning, type Warn, type WarningLogger } from "./warning.js";

/** One gate's counts with the moment at which they were read. */
export interface DatedGateState extends GateOccupancyState {
  readonly asOf: Date;
}

/** The version is the feed's own. */
export type AvailabilityState = Availability & Versioned;

/** Who wants to watch, and what they stood as when it was found that they may. */
export interface Watching extends CountsReader {
  readonly standing: Standing;
}

export interface ScansWanted extends Pick<FollowOptions, "gateId" | "version" | "nameOf"> {}

export interface WatchingEvent extends Watching, EventReader {}

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
  /** The alerts of a venue that were raised after a version; null when there is no such venue. */
  readonly readAlertNews: ReadAlertNews;
  readonly readScans: ReadScans;
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
  occupancyChanged(watching: Watching): Subscriber<VenueOccupancyState>;
  /** The same of one gate of the venue, pushed only when that gate's own version changes. */
  gateOccupancyChanged(watching: Watching, gateId: string): Subscriber<DatedGateState>;
  /** The present availability of an event, then every change of it; likewise. */
  availabilityChanged(watching: WatchingEvent): Subscriber<AvailabilityState>;
  /** Every anomaly of the venue that there is from now on and was not, once; likewise. */
  anomalyDetected(watching: Watching): Queue<Anomaly>;
  /** Every crossing of one of the venue's thresholds from now on, once; likewise. */
  capacityAlertRaised(watching: Watching): Queue<CapacityAlert>;
  /** Every scan of the venue, or of one gate, committed after the version, in that order; likewise. */
  scanRecorded(watching: Watching, scans: ScansWanted): Queue<Scan>;
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
  private readonly anomalies: TopicFeeds<News<Anomaly>>;
  private readonly alerts: TopicFeeds<News<CapacityAlert>>;
  private readonly scans: TopicFeeds<ScansCommitted>;
  private readonly countsRights: Rights<CountsReader>;
  private readonly eventRights: Rights<EventReader>;
  private readonly recordsRights: Rights<RecordsReader>;
  private readonly warn: Warn;
  private readonly sources = new Set<Watched>();

  constructor(private readonly options: LiveOptions) {
    const { logger, readOccupancies, readAvailability, readAnomalyNews, readAlertNews, readScans } = options;
    this.warn = createWarning(logger);
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
    this.alerts = new TopicFeeds({
      ...options,
      topicOf: venueTopic,
      readerOf: (venueId) => followingAlerts(readAlertNews, venueId),
    });
    this.scans = new TopicFeeds({
      ...options,
      topicOf: venueTopic,
      readerOf: (venueId) => committed(readScans, venueId),
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
      subscriptions: this.sources.size,
      feeds: this.feeds.reduce((sum, { size }) => sum + size, 0),
      readers: this.countsRights.size + this.eventRights.size + this.recordsRights.size,
    };
  }

  occupancyChanged(watching: Watching): Subscriber<VenueOccupancyState> {
    return this.watchCounts(watching, (state) => state);
  }

  gateOccupancyChanged(watching: Watching, gateId: string): Subscriber<DatedGateState> {
    return this.watchCounts(watching, (state) => datedGate(state, gateId));
  }

  availabilityChanged(watching: WatchingEvent): Subscriber<AvailabilityState> {
    return this.keep(watching, this.eventRights, new Subscriber((it) => this.events.join(watching.eventId, it)));
  }

  anomalyDetected(watching: Watching): Queue<Anomaly> {
    const start = (queue: Queue<Anomaly>) =>
      this.anomalies.join(watching.venueId, { offer: ({ news }) => queue.push(news) });
    const overflow =
      "Too many anomalies were waiting: subscribe again, and read `anomalies` for those that you have missed.";
    return this.keep(watching, this.recordsRights, new Queue({ start, overflow: () => overflow }));
  }

  capacityAlertRaised(watching: Watching): Queue<CapacityAlert> {
    const start = (queue: Queue<CapacityAlert>) =>
      this.alerts.join(watching.venueId, { offer: ({ news }) => queue.push(news) });
    const overflow = "Too many alerts were waiting: subscribe again.";
    return this.keep(watching, this.recordsRights, new Queue({ start, overflow: () => overflow }));
  }

  scanRecorded(watching: Watching, wanted: ScansWanted): Queue<Scan> {
    const { venueId } = watching;
    const join = (offer: (batch: ScansCommitted) => void) => this.scans.join(venueId, { offer });
    const queue = followScans({ ...wanted, venueId, read: this.options.readScans, join, warn: this.warn });
    return this.keep(watching, this.recordsRights, queue);
  }

  close(): void {
    for (const source of this.sources) source.end();
    for (const feeds of this.feeds) feeds.close();
    this.countsRights.close();
    this.eventRights.close();
    this.recordsRights.close();
  }

  private get feeds() {
    return [this.venues, this.events, this.anomalies, this.alerts, this.scans];
  }

  private venueChanged(venueId: string, version: number): void {
    for (const feeds of [this.venues, this.anomalies, this.alerts, this.scans]) feeds.announced(venueId, version);
  }

  private rightsChanged(credentialId: string | null): void {
    this.options.onRightsChanged?.();
    this.countsRights.changed(credentialId);
    this.eventRights.changed(credentialId);
    this.recordsRights.changed(credentialId);
  }

  private watchCounts<Value extends Versioned>(
    watching: Watching,
    select: (state: VenueOccupancyState) => Value | undefined,
  ): Subscriber<Value> {
    const start = (subscriber: Subscriber<Value>) =>
      this.venues.join(watching.venueId, {
        offer: (state, at) => {
          const value = select(state);
          if (value !== undefined) subscriber.offer(value, at);
        },
      });
    return this.keep(watching, this.countsRights, new Subscriber(start));
  }

  /** Keeps account of the source from its first fetch to its end, and ends it with the right. */
  private keep<Read extends Reader, Kept extends Watched>(
    watching: Watching & Read,
    rights: Rights<Read>,
    source: Kept,
  ): Kept {
    const { venueId, standing } = watching;
    source.audience = { venueId, standing };
    source.whileOpen(() => {
      this.sources.add(source);
      const unwatch = rights.watch(watching, {
        end: (fault) => source.end(fault),
        stands: (now) => {
          if (now !== source.audience?.standing) source.audience = { venueId, standing: now };
        },
      });
      return () => {
        this.sources.delete(source);
        unwatch();
      };
    });
    return source;
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
