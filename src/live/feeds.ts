import type { AlertsSeen, CapacityAlert } from "../domain/alert-news.js";
import type { AnomaliesSeen, Anomaly } from "../domain/anomaly-news.js";
import { type Availability, availabilityText } from "../domain/availability.js";
import type { OccupancyChange } from "../domain/change.js";
import type { VenueOccupancyState } from "../domain/occupancy.js";
import { occupancyAfter } from "../domain/occupancy-after.js";
import { changing } from "./changing.js";
import type { FeedTimes, Versioned } from "./feed.js";
import { ANOMALY_TIMES, following, type News, type ReadNews } from "./following.js";
import type { Bus } from "./message-bus.js";
import { availabilityTopic, venueTopic } from "./news.js";
import { committed, type ReadScans, type ScansCommitted } from "./scan-log.js";
import { TopicFeeds } from "./topic-feeds.js";
import type { WarningLogger } from "./warning.js";

/** The version is the feed's own. */
export type AvailabilityState = Availability & Versioned;

/** Where the states come from, and the news of their changes. */
export interface FeedSources {
  readonly bus: Bus;
  /** The whole state of a venue from one snapshot; null when there is no such venue. */
  readonly readOccupancies: (venueId: string) => Promise<VenueOccupancyState | null>;
  /** Null when there is no such event. */
  readonly readAvailability: (eventId: string) => Promise<Availability | null>;
  /** What is new of a venue's anomalies since they were seen; null when there is no such venue. */
  readonly readAnomalyNews: ReadNews<AnomaliesSeen, Anomaly>;
  /** The same of its alerts. */
  readonly readAlertNews: ReadNews<AlertsSeen, CapacityAlert>;
  readonly readScans: ReadScans;
  readonly logger: WarningLogger;
  readonly times?: FeedTimes;
}

/** All that this node reads for its subscribers, of every kind. */
export class Feeds {
  readonly venues: TopicFeeds<VenueOccupancyState>;
  readonly events: TopicFeeds<AvailabilityState>;
  readonly anomalies: TopicFeeds<News<Anomaly>>;
  readonly alerts: TopicFeeds<News<CapacityAlert>>;
  readonly scans: TopicFeeds<ScansCommitted>;

  constructor(sources: FeedSources) {
    const { readOccupancies, readAvailability, readAnomalyNews, readAlertNews, readScans } = sources;
    const ofVenue = { ...sources, topicOf: venueTopic };
    this.venues = new TopicFeeds({ ...ofVenue, readerOf: (venueId) => () => readOccupancies(venueId) });
    this.events = new TopicFeeds({
      ...sources,
      topicOf: availabilityTopic,
      readerOf: (eventId) => changing(() => readAvailability(eventId), availabilityText),
    });
    this.anomalies = new TopicFeeds({
      times: ANOMALY_TIMES,
      ...ofVenue,
      readerOf: (venueId) => following(readAnomalyNews, venueId),
      additionsOf: ({ news }) => news,
    });
    this.alerts = new TopicFeeds({
      ...ofVenue,
      readerOf: (venueId) => following(readAlertNews, venueId),
      additionsOf: ({ news }) => news,
    });
    this.scans = new TopicFeeds({
      ...ofVenue,
      readerOf: (venueId) => committed(readScans, venueId),
      additionsOf: ({ scans }) => scans,
    });
  }

  get size(): number {
    return this.all.reduce((sum, { size }) => sum + size, 0);
  }

  /** This node has committed a version. `at`: milliseconds since the epoch. */
  venueChanged({ venueId, version, counted }: OccupancyChange, at: number): void {
    const follow = counted && ((state: VenueOccupancyState) => occupancyAfter(state, version, counted));
    this.venues.announced(venueId, version, at, follow);
    for (const feeds of [this.anomalies, this.alerts, this.scans]) feeds.announced(venueId, version, at);
  }

  close(): void {
    for (const feeds of this.all) feeds.close();
  }

  private get all() {
    return [this.venues, this.events, this.anomalies, this.alerts, this.scans];
  }
}
