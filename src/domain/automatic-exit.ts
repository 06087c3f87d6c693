import { type Scan, ScanDirection, ScanOutcome } from "../entities/scan.js";
import type { Carried, ScannedTicket } from "./carried.js";
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

/** Null until those still inside have been checked out. */
export const dueExitOf = (event: { readonly autoExitAt: Date; readonly autoExitedAt: Date | null }, now: Date) =>
  event.autoExitedAt === null ? null : { at: event.autoExitAt, now };

/**
 * A ticket's scans with the automatic exit as it must be: there when the others leave the ticket inside at that time, at the gate of
 * the entry; taken back when they do not, as after a real exit that was uploaded late. A new one has version 0.
 */
export function withAutomaticExit(scans: readonly Scan[], carried: Carried, { at, now }: DueExit): readonly Scan[] {
  const { lastScanAt } = carried.presence;
  // Then it is, or there was no need of it, among those that are kept no longer.
  if (lastScanAt !== null && at <= lastScanAt) return scans;
  const exit: Passage = { at, key: AUTOMATIC_KEY, direction: ScanDirection.EXIT, gateId: "" };
  const others = scans.filter(({ automatic }) => !automatic);
  const before = others.filter((scan) => compareMoments(passageOf(scan), exit) < 0);
  const { scans: earlier, presence } = tell(before, carried.presence);
  const gateId = insideAt(presence);
  const known = scans.find(({ automatic }) => automatic);
  if (known !== undefined) {
    const outcome = gateId === null ? ScanOutcome.ANNULLED : ScanOutcome.ACCEPTED;
    return [...others, { ...known, outcome, gateId: gateId ?? known.gateId }];
  }
  const ticket = earlier.findLast(({ outcome }) => outcome === ScanOutcome.ACCEPTED) ?? carried.ticket;
  return gateId === null || ticket === null ? others : [...others, makeExit(ticket, gateId, { at, now })];
}

/** An exit of who is inside at the gate. Its key is the ticket's own, which no scanner has. */
const makeExit = (
  { venueId, ticketId, eventId, ticketTypeId, code }: ScannedTicket,
  gateId: string,
  { at, now }: DueExit,
): Scan => ({
  id: makeScanId(),
  ...{ venueId, gateId, ticketId, eventId, ticketTypeId, code },
  scannerId: ticketId ?? venueId,
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
  beforeAt: null,
  beforeGateId: null,
  odd: false,
});
