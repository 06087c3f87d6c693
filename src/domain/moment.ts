/** A point in a ticket's story. Scans at one instant are ordered by key, compared byte by byte. */
export interface Moment {
  readonly at: Date;
  readonly key: string;
}

/** Negative when `a` comes first. The bytes are UTF-8's, as PostgreSQL's collation "C" compares them. */
export function compareMoments(a: Moment, b: Moment): number {
  return a.at.getTime() - b.at.getTime() || Buffer.compare(Buffer.from(a.key), Buffer.from(b.key));
}

export const earlier = <M extends Moment>(a: M | null, b: M): M => (a === null || compareMoments(b, a) < 0 ? b : a);
export const later = <M extends Moment>(a: M | null, b: M): M => (a === null || compareMoments(b, a) > 0 ? b : a);
