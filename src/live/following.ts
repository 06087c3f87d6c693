import type { AlertNews, CapacityAlert } from "../domain/alert-news.js";
import type { AnomaliesSeen, Anomaly, AnomalyNews } from "../domain/anomaly-news.js";
import type { FeedTimes, Versioned } from "./feed.js";

export type ReadAnomalyNews = (venueId: string, seen: AnomaliesSeen | null) => Promise<AnomalyNews | null>;

export type ReadAlertNews = (venueId: string, after: number | null) => Promise<AlertNews | null>;

/** What one read has found to be new. */
export interface News<Item> extends Versioned {
  readonly news: readonly Item[];
}

/** A read looks at more than a count, and nobody waits at a door for it. */
export const ANOMALY_TIMES: FeedTimes = { spacing: 500, poll: 2000, retry: 500 };

/** Reads a venue's anomalies on from where the read before ended; the first finds nothing, and sees where it begins. */
export function following(read: ReadAnomalyNews, venueId: string): () => Promise<News<Anomaly> | null> {
  let seen: AnomaliesSeen | null = null;
  return async () => {
    const found = await read(venueId, seen);
    if (found === null) return null;
    seen = found.seen;
    return { version: found.seen.version, news: found.news };
  };
}

/** Reads a venue's alerts on likewise. */
export function followingAlerts(read: ReadAlertNews, venueId: string): () => Promise<News<CapacityAlert> | null> {
  let after: number | null = null;
  return async () => {
    const found = await read(venueId, after);
    if (found !== null) after = found.version;
    return found;
  };
}
