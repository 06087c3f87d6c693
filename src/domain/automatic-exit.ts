import { type Scan, ScanDirection, ScanOutcome } from "../entities/scan.js";
import { compareMoments } from "./moment.js";
import { insideAt, type Passage } from "./presence.js";
import { makeScanId } from "./scan-id.js";
import { passageOf, tell } from "./timeline.js";

/** Where an automatic exit stands among scans of the very same instant. */
export const AUTOMATIC_KEY = "auto";

/** Who is checked out, when, and what the scan that does it is stamped with. */
export interface DueExit {
  /** The event's `autoExitAt`. */
  readonly at: Date;
  readonly now: Date;
}

/**
 * A ticket's scans with the automatic exit as it must be: there when the others leave the ticket inside at that time, at the gate of
 * the entry; taken back when they do not, as after a real exit that was uploaded late. A new one has version 0.
 */
export function withAutomaticExit(scans: readonly Scan[], { at, now }: DueExit): Scan[] {
  const exit: Passage = { at, key: AUTOMATIC_KEY, direction: ScanDirection.EXIT, gateId: "" };
  const others = scans.filter(({ automatic }) => !automatic);
  const { scans: earlier, presence } = tell(others.filter((scan) => compareMoments(passageOf(scan), exit) < 0));
  const gateId = insideAt(presence);
  const known = scans.find(({ automatic }) => automatic);
  if (known !== undefined) {
    const outcome = gateId === null ? ScanOutcome.ANNULLED : ScanOutcome.ACCEPTED;
    return [...others, { ...known, outcome, gateId: gateId ?? known.gateId }];
  }
  const entry = earlier.findLast(({ outcome }) => outcome === ScanOutcome.ACCEPTED);
  return gateId === null || entry === undefined ? others : [...others, makeExit(entry, { at, now })];
}

/** An exit of who came in by the entry. Its key is the ticket's own, which no scanner has. */
const makeExit = (entry: Scan, { at, now }: DueExit): Scan => ({
  ...entry,
  id: makeScanId(),
  scannerId: entry.ticketId ?? entry.scannerId,
  deviceId: null,
  key: AUTOMATIC_KEY,
  direction: ScanDirection.EXIT,
  outcome: ScanOutcome.ACCEPTED,
  reason: null,
  conflict: null,
  capacityOverride: false,
  offline: false,
  automatic: true,
  scannedAt: at,
  reportedAt: null,
  receivedAt: now,
  version: 0,
});
