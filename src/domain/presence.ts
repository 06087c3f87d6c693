import type { Presence } from "../entities/presence.js";
import { RefusalReason, ScanDirection, ScanOutcome } from "../entities/scan.js";
import { compareMoments, earlier, later, type Moment } from "./moment.js";

/** A scan as far as its ticket's whereabouts go. */
export interface Passage extends Moment {
  readonly gateId: string;
}

/** What the gates know of a ticket; built from its scans by minima and maxima, and so the same in any order of arrival. */
export interface PresenceState {
  readonly latest: Passage | null;
  /** `latest` in a world where nobody was refused because the venue or the event was full. */
  readonly theoretical: Moment | null;
  readonly firstEntry: Moment | null;
  readonly lastExit: Moment | null;
  /** The time of the latest scan, whatever its outcome. */
  readonly lastScanAt: Date | null;
}

export const NEVER_SCANNED: PresenceState = {
  latest: null,
  theoretical: null,
  firstEntry: null,
  lastExit: null,
  lastScanAt: null,
};

/** The state kept in the row; a ticket that was never scanned has none. */
export function presenceOf(row: Omit<Presence, "ticketId">): PresenceState {
  const moment = (at: Date | null, key: string | null, direction: ScanDirection | null) =>
    at === null || key === null || direction === null ? null : { at, key, direction };
  const latest = moment(row.latestAt, row.latestKey, row.latestDirection);
  return {
    latest: latest && { ...latest, gateId: row.latestGateId ?? "" },
    theoretical: moment(row.theoreticalAt, row.theoreticalKey, row.theoreticalDirection),
    firstEntry: moment(row.firstEntryAt, row.firstEntryKey, ScanDirection.ENTRY),
    lastExit: moment(row.lastExitAt, row.lastExitKey, ScanDirection.EXIT),
    lastScanAt: row.lastScanAt,
  };
}

/** The gate at which the ticket is inside, or null. */
export const insideAt = (state: PresenceState): string | null =>
  state.latest?.direction === ScanDirection.ENTRY ? state.latest.gateId : null;

export const isTheoreticallyInside = (state: PresenceState): boolean =>
  state.theoretical?.direction === ScanDirection.ENTRY;

/** Whether an accepted entry is followed, at any distance, by an accepted exit. */
export const hasLeft = ({ firstEntry, lastExit }: PresenceState): boolean =>
  firstEntry !== null && lastExit !== null && compareMoments(firstEntry, lastExit) < 0;

const FULL: readonly (RefusalReason | null)[] = [RefusalReason.VENUE_FULL, RefusalReason.EVENT_FULL];

/** The state after one more scan, whichever of the scans it is in the order of time. */
export function advance(
  state: PresenceState,
  scan: Passage & { readonly outcome: ScanOutcome; readonly reason: RefusalReason | null },
): PresenceState {
  const passage: Passage = { at: scan.at, key: scan.key, direction: scan.direction, gateId: scan.gateId };
  const lastScanAt = state.lastScanAt === null || scan.at > state.lastScanAt ? scan.at : state.lastScanAt;
  if (scan.outcome === ScanOutcome.ACCEPTED) {
    const isEntry = scan.direction === ScanDirection.ENTRY;
    return {
      latest: later(state.latest, passage),
      theoretical: later(state.theoretical, passage),
      firstEntry: isEntry ? earlier(state.firstEntry, passage) : state.firstEntry,
      lastExit: isEntry ? state.lastExit : later(state.lastExit, passage),
      lastScanAt,
    };
  }
  const wasKeptOutByFullness = scan.outcome === ScanOutcome.REFUSED && FULL.includes(scan.reason);
  const theoretical = wasKeptOutByFullness ? later(state.theoretical, passage) : state.theoretical;
  return { ...state, theoretical, lastScanAt };
}
