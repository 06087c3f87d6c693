import type { CapacityAlert } from "../domain/alert-news.js";
import type { Anomaly } from "../domain/anomaly-news.js";
import type { Announce } from "../domain/change.js";
import type { VenueOccupancyState } from "../domain/occupancy.js";
import type { CountsReader, EventReader, RecordsReader } from "../domain/reader-rights.js";
import type { Scan } from "../domain/scan-log.js";
import type { Standing } from "../domain/standing.js";
import { Account } from "./account.js";
import { type DatedGateState, datedGate } from "./dated-gate.js";
import type { Versioned } from "./feed.js";
import { type AvailabilityState, type FeedSources, Feeds } from "./feeds.js";
import { type LiveMetrics, type LiveTopic, NO_METRICS } from "./live-metrics.js";
import { listenForRights, publish } from "./news.js";
import { Queue } from "./queue.js";
import { type CheckRights, type Reader, Rights } from "./rights.js";
import { type FollowOptions, followScans, type ScansCommitted } from "./scan-log.js";
import type { Watched } from "./source.js";
import { Subscriber } from "./subscriber.js";
import { createWarning, type Warn } from "./warning.js";

/** Who wants to watch, and what they stood as when it was found that they may. */
export interface Watching extends CountsReader {
  readonly standing: Standing;
}

export interface ScansWanted extends Pick<FollowOptions, "gateId" | "version" | "nameOf"> {}

export interface WatchingEvent extends Watching, EventReader {}

export interface LiveOptions extends FeedSources {
  readonly checkRights: CheckRights<CountsReader>;
  readonly checkEventRights: CheckRights<EventReader>;
  readonly checkRecordsRights: CheckRights<RecordsReader>;
  /** Called when rights may have ended, here or on another node, for whoever remembers some. */
  readonly onRightsChanged?: () => void;
  readonly metrics?: LiveMetrics;
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
  gateOccupancyChanged(watching: Watching, gateId: string): Subscriber<DatedGateState, VenueOccupancyState>;
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
  /** How many subscriptions there are to each topic that has any. */
  readonly subscriptions: Partial<Readonly<Record<LiveTopic, number>>>;
  /** How many values went out for each topic since the beginning; likewise. */
  readonly pushes: Partial<Readonly<Record<LiveTopic, number>>>;
  /** Ends every subscription. The bus is the caller's to close. */
  close(): void;
}

const whole = <State>(state: State): State => state;

export function createLive(options: LiveOptions): Live {
  return new Screens(options);
}

class Screens implements Live {
  private readonly feeds: Feeds;
  private readonly countsRights: Rights<CountsReader>;
  private readonly eventRights: Rights<EventReader>;
  private readonly recordsRights: Rights<RecordsReader>;
  private readonly warn: Warn;
  private readonly accounts = new Map<LiveTopic, Account>();
  private readonly sources = new Set<Watched>();

  constructor(private readonly options: LiveOptions) {
    const { logger } = options;
    this.warn = createWarning(logger);
    this.feeds = new Feeds(options);
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
    const at = Date.now();
    if (change.kind === "occupancy") this.feeds.venueChanged(change, at);
    else if (change.kind === "availability") this.feeds.events.changed(change.eventId, at);
    else this.rightsChanged(change.credentialId);
    publish(this.options.bus, change, at);
  };

  get held() {
    return {
      subscriptions: this.sources.size,
      feeds: this.feeds.size,
      readers: this.countsRights.size + this.eventRights.size + this.recordsRights.size,
    };
  }

  occupancyChanged(watching: Watching): Subscriber<VenueOccupancyState> {
    return this.watchCounts("occupancyChanged", watching, whole);
  }

  gateOccupancyChanged(watching: Watching, gateId: string): Subscriber<DatedGateState, VenueOccupancyState> {
    return this.watchCounts("gateOccupancyChanged", watching, (state) => datedGate(state, gateId));
  }

  availabilityChanged(watching: WatchingEvent): Subscriber<AvailabilityState> {
    return this.keep(
      "availabilityChanged",
      watching,
      this.eventRights,
      new Subscriber({ start: (it) => this.feeds.events.join(watching.eventId, it), select: whole }),
    );
  }

  anomalyDetected(watching: Watching): Queue<Anomaly> {
    const start = (queue: Queue<Anomaly>) =>
      this.feeds.anomalies.join(watching.venueId, { offer: ({ news }) => queue.push(news) });
    const overflow =
      "Too many anomalies were waiting: subscribe again, and read `anomalies` for those that you have missed.";
    return this.keep("anomalyDetected", watching, this.recordsRights, new Queue({ start, overflow: () => overflow }));
  }

  capacityAlertRaised(watching: Watching): Queue<CapacityAlert> {
    const start = (queue: Queue<CapacityAlert>) =>
      this.feeds.alerts.join(watching.venueId, { offer: ({ news }) => queue.push(news) });
    const overflow = "Too many alerts were waiting: subscribe again.";
    return this.keep(
      "capacityAlertRaised",
      watching,
      this.recordsRights,
      new Queue({ start, overflow: () => overflow }),
    );
  }

  scanRecorded(watching: Watching, wanted: ScansWanted): Queue<Scan> {
    const { venueId } = watching;
    const join = (offer: (batch: ScansCommitted) => void) => this.feeds.scans.join(venueId, { offer });
    const queue = followScans({ ...wanted, venueId, read: this.options.readScans, join, warn: this.warn });
    return this.keep("scanRecorded", watching, this.recordsRights, queue);
  }

  close(): void {
    for (const source of this.sources) source.end();
    this.feeds.close();
    this.countsRights.close();
    this.eventRights.close();
    this.recordsRights.close();
  }

  get subscriptions(): Partial<Record<LiveTopic, number>> {
    const counts: Partial<Record<LiveTopic, number>> = {};
    for (const { account } of this.sources) {
      if (account !== null) counts[account.topic] = (counts[account.topic] ?? 0) + 1;
    }
    return counts;
  }

  get pushes(): Partial<Record<LiveTopic, number>> {
    return Object.fromEntries([...this.accounts].map(([topic, { pushes }]) => [topic, pushes]));
  }

  private account(topic: LiveTopic): Account {
    const known = this.accounts.get(topic) ?? new Account(topic, this.options.metrics ?? NO_METRICS);
    this.accounts.set(topic, known);
    return known;
  }

  private rightsChanged(credentialId: string | null): void {
    this.options.onRightsChanged?.();
    this.countsRights.changed(credentialId);
    this.eventRights.changed(credentialId);
    this.recordsRights.changed(credentialId);
  }

  private watchCounts<Value extends Versioned>(
    topic: LiveTopic,
    watching: Watching,
    select: (state: VenueOccupancyState) => Value | undefined,
  ): Subscriber<Value, VenueOccupancyState> {
    const start = (subscriber: Subscriber<Value, VenueOccupancyState>) =>
      this.feeds.venues.join(watching.venueId, subscriber);
    return this.keep(topic, watching, this.countsRights, new Subscriber({ start, select }));
  }

  /** Keeps account of the source from its first fetch to its end, and ends it with the right. */
  private keep<Read extends Reader, Kept extends Watched>(
    topic: LiveTopic,
    watching: Watching & Read,
    rights: Rights<Read>,
    source: Kept,
  ): Kept {
    const { venueId, standing } = watching;
    source.audience = { venueId, standing };
    source.account = this.account(topic);
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
