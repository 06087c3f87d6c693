import type { ScanDirection } from "../entities/scan.js";

/** A point in a ticket's story. */
export interface Moment {
  readonly at: Date;
  readonly key: string;
  readonly direction: ScanDirection;
  readonly gateId?: string;
}

/**
 * Negative when `a` comes first: by time, then by the keys' bytes (UTF-8's, as PostgreSQL's collation "C" compares them).
 * Two gates may use one key at one instant; then an entry comes before an exit, and the gates' ids decide between equals,
 * so that the order of arrival never does.
 */
export function compareMoments(a: Moment, b: Moment): number {
  return (
    a.at.getTime() - b.at.getTime() ||
    Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)) ||
    compareText(a.direction, b.direction) ||
    compareText(a.gateId ?? "", b.gateId ?? "")
  );
}

const compareText = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

export const earlier = <M extends Moment>(a: M | null, b: M): M => (a === null || compareMoments(b, a) < 0 ? b : a);
export const later = <M extends Moment>(a: M | null, b: M): M => (a === null || compareMoments(b, a) > 0 ? b : a);
