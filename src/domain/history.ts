import type { Scan } from "../entities/scan.js";
import { dueExitOf, withAutomaticExit } from "./automatic-exit.js";
import type { TicketRow, VenueRow } from "./batch-read.js";
import type { PresenceState } from "./presence.js";
import type { Quarters } from "./quarters.js";
import type { Tally } from "./tally.js";
import type { TicketPast } from "./ticket-past.js";
import { isRewritten, tell } from "./timeline.js";

/** All that a batch, or another change of a venue's past, comes to. */
export interface Changes {
  /** The new ones. */
  readonly scans: Scan[];
  /** Kept ones that are now otherwise. */
  readonly rewritten: Scan[];
  /** The new states of the tickets that were scanned. */
  readonly moved: Map<string, PresenceState>;
  readonly tally: Tally;
  readonly quarters: Quarters;
}

/** A ticket whose past changes. */
export interface ChangedTicket {
  readonly ticket: Pick<TicketRow, "ticketId" | "eventId" | "ticketTypeId" | "autoExitAt" | "autoExitedAt">;
  readonly past: TicketPast;
  /** All of its scans as they are to be: with new ones, which are among the changes, or with one taken back. */
  readonly scans: readonly Scan[];
  /** What the tally believes of its whereabouts. */
  readonly presence: PresenceState;
}

/**
 * Works out what a change in a ticket's past comes to, and counts it: a late scan changes what the next one follows, and with it
 * whom that one moved; where the ticket is now may change too, and whether it is checked out.
 */
export function retell(changed: ChangedTicket, changes: Changes, { now, version }: VenueRow): void {
  const { ticket, past } = changed;
  const dueExit = dueExitOf(ticket, now);
  const all = dueExit === null ? changed.scans : withAutomaticExit(changed.scans, past.carried, dueExit);
  const { scans, presence } = tell(all, past.carried.presence);
  const kept = new Map(past.scans.map((scan) => [scan.id, scan]));
  for (const scan of scans) {
    const before = kept.get(scan.id);
    if (before === undefined) place(changes, scan, version);
    else if (isRewritten(before, scan)) rewrite(changes, before, scan);
  }
  changes.tally.countMove(ticket, changed.presence, presence);
  changes.moved.set(ticket.ticketId, presence);
}

/** Takes back what the kept scan counted, and counts it as it is now. */
export function rewrite({ rewritten, tally, quarters }: Changes, before: Scan, after: Scan): void {
  quarters.count(before, -1);
  quarters.count(after, 1);
  tally.countAttempt(before, -1);
  tally.countAttempt(after, 1);
  rewritten.push(after);
}

/** Puts a new scan into its place. One that is not among the new ones yet is the automatic exit. */
function place({ scans, tally, quarters }: Changes, scan: Scan, version: number): void {
  quarters.count(scan, 1);
  const known = scans.find(({ id }) => id === scan.id);
  if (known !== undefined) {
    Object.assign(known, scan);
    return;
  }
  tally.countAttempt(scan, 1);
  scans.push({ ...scan, version: version + scans.length + 1 });
}
