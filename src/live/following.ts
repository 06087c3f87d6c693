import type { FeedTimes, Versioned } from "./feed.js";

/** What is new of a venue's since it was seen; null where there is no such venue. */
export type ReadNews<Seen extends Versioned, Item> = (
  venueId: string,
  seen: Seen | null,
) => Promise<{ readonly seen: Seen; readonly news: readonly Item[] } | null>;

/** What one read has found to be new. */
export interface News<Item> extends Versioned {
  readonly news: readonly Item[];
}

/** A read of anomalies looks at more than a count, and nobody waits at a door for it. */
export const ANOMALY_TIMES: FeedTimes = { spacing: 500, poll: 2000, retry: 500 };

/** Reads on from where the read before ended; the first finds nothing, and sees where it begins. */
export function following<Seen extends Versioned, Item>(
  read: ReadNews<Seen, Item>,
  venueId: string,
): () => Promise<News<Item> | null> {
  let seen: Seen | null = null;
  return async () => {
    const found = await read(venueId, seen);
    if (found === null) return null;
    seen = found.seen;
    return { version: found.seen.version, news: found.news };
  };
}
