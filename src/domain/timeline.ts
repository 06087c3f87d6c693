import { RefusalReason, type Scan, ScanDirection, ScanOutcome } from "../entities/scan.js";
import { compareMoments } from "./moment.js";
import { advance, type Passage, type PresenceState } from "./presence.js";

/** A ticket's scans in the order of time, each with what it follows, and where that leaves the ticket. */
export interface Timeline {
  readonly scans: readonly Scan[];
  readonly presence: PresenceState;
}

export const passageOf = ({ scannedAt, key, direction, gateId }: Scan): Passage => ({
  at: scannedAt,
  key,
  direction,
  gateId,
});

/** Tells a ticket's story from all of its scans that are kept, in whatever order they are given, and from what was carried on to them. */
export function tell(scans: readonly Scan[], carried: PresenceState): Timeline {
  let presence = carried;
  const told = scans
    .toSorted((a, b) => compareMoments(passageOf(a), passageOf(b)))
    .map((scan) => {
      const { latest } = presence;
      presence = advance(presence, { ...scan, at: scan.scannedAt });
      return following(scan, latest);
    });
  return { scans: told, presence };
}

/** The scan as the one that comes after the accepted scan `latest` of its ticket. */
export function following(scan: Scan, latest: Passage | null): Scan {
  const beforeGateId = latest?.direction === ScanDirection.ENTRY ? latest.gateId : null;
  const placed = { ...scan, beforeAt: latest?.at ?? null, beforeGateId };
  return { ...placed, odd: isOdd(placed) };
}

/** From here on who comes back is nobody whom any configuration calls quick. */
const QUICK_MILLISECONDS = 24 * 60 * 60_000;

/**
 * Whether the scan may be an anomaly by itself, whatever the configuration: few are, and an index has them alone. Which of them
 * are anomalies is told when they are read.
 */
export function isOdd(scan: Omit<Scan, "odd">): boolean {
  const { direction, outcome, beforeAt, beforeGateId, scannedAt } = scan;
  if (outcome === ScanOutcome.ANNULLED) return false;
  if (!scan.automatic && scan.reportedAt !== null && scan.reportedAt.getTime() !== scannedAt.getTime()) return true;
  if (outcome === ScanOutcome.REFUSED) return scan.reason === RefusalReason.ALREADY_INSIDE && !scan.offline;
  if (direction === ScanDirection.EXIT) return !scan.automatic && beforeGateId === null;
  if (beforeGateId !== null || scan.conflict !== null) return true;
  return beforeAt !== null && scannedAt.getTime() - beforeAt.getTime() < QUICK_MILLISECONDS;
}

/** What is rewritten when the scans around it change. */
export const isRewritten = (before: Scan, after: Scan): boolean =>
  before.gateId !== after.gateId ||
  before.outcome !== after.outcome ||
  before.beforeAt?.getTime() !== after.beforeAt?.getTime() ||
  before.beforeGateId !== after.beforeGateId ||
  before.odd !== after.odd;
