import type { AnomaliesSeen, Anomaly, AnomalyNews } from "../domain/anomaly-news.js";
import type { FeedTimes, Versioned } from "./feed.js";

export type ReadAnomalyNews = (venueId: string, seen: AnomaliesSeen | null) => Promise<AnomalyNews | null>;

/** What one read has found to be new. */
export interface AnomaliesFound extends Versioned {
  readonly news: readonly Anomaly[];
}

/** A read looks at more than a count, and nobody waits at a door for it. */
export const ANOMALY_TIMES: FeedTimes = { spacing: 500, poll: 2000, retry: 500 };

/** Reads a venue's anomalies on from where the read before ended; the first finds nothing, and sees where it begins. */
export function following(read: ReadAnomalyNews, venueId: string): () => Promise<AnomaliesFound | null> {
  let seen: AnomaliesSeen | null = null;
  return async () => {
    const found = await read(venueId, seen);
    if (found === null) return null;
    seen = found.seen;
    return { version: found.seen.version, news: found.news };
  };
}
