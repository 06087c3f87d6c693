import type { Scan } from "../entities/scan.js";
import { type DueExit, withAutomaticExit } from "./automatic-exit.js";
import type { Carried } from "./carried.js";
import type { PresenceState } from "./presence.js";
import { Quarters } from "./quarters.js";
import type { Tally, TicketPlace } from "./tally.js";
import { isRewritten, tell } from "./timeline.js";

/** A ticket whose past changes. */
export interface ChangedTicket {
  readonly place: TicketPlace;
  /** Its scans as they are kept. */
  readonly stored: readonly Scan[];
  /** What was left behind by those that are kept no longer. */
  readonly carried: Carried;
  /** All of them as they are to be: with new ones, or with one taken back. */
  readonly scans: readonly Scan[];
  /** What the tally believes of its whereabouts. */
  readonly presence: PresenceState;
  /** Null when nobody is to be checked out yet. */
  readonly dueExit: DueExit | null;
}

/** What becomes of a ticket's past. */
export interface Retold {
  readonly presence: PresenceState;
  /** Kept ones that are now otherwise. */
  readonly rewritten: readonly Scan[];
  /** Those that were not kept, each with what it follows; among them the automatic exit. */
  readonly added: readonly Scan[];
}

/**
 * Works out what a change in a ticket's past comes to, and counts it: a late scan changes what the next one follows, and with it
 * whom that one moved; where the ticket is now may change too.
 */
export function retell(ticket: ChangedTicket, tally: Tally, quarters: Quarters): Retold {
  const { place, stored, carried, dueExit } = ticket;
  const all = dueExit === null ? ticket.scans : withAutomaticExit(ticket.scans, carried, dueExit);
  const { scans, presence } = tell(all, carried.presence);
  const kept = new Map(stored.map((scan) => [scan.id, scan]));
  const rewritten = scans.filter((scan) => {
    const before = kept.get(scan.id);
    return before !== undefined && isRewritten(before, scan);
  });
  for (const scan of rewritten) {
    const before = kept.get(scan.id) as Scan;
    quarters.count(before, -1);
    quarters.count(scan, 1);
    tally.countAttempt(before, -1);
    tally.countAttempt(scan, 1);
  }
  const added = scans.filter(({ id }) => !kept.has(id));
  for (const scan of added) quarters.count(scan, 1);
  tally.countMove(place, ticket.presence, presence);
  return { presence, rewritten, added };
}
