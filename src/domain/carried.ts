import type { CarriedPresence } from "../entities/carried-presence.js";
import type { Scan } from "../entities/scan.js";
import { NEVER_SCANNED, type PresenceState, presenceOf } from "./presence.js";

/** Whose scan it is. */
export type ScannedTicket = Pick<Scan, "venueId" | "ticketId" | "eventId" | "ticketTypeId" | "code">;

/** What a ticket's scans that are kept no longer left behind: what is told of the kept ones begins with it. */
export interface Carried {
  readonly presence: PresenceState;
  /** Null where there is nothing. */
  readonly ticket: ScannedTicket | null;
}

export const NOTHING_CARRIED: Carried = { presence: NEVER_SCANNED, ticket: null };

export type CarriedRow = ScannedTicket & Omit<CarriedPresence, "monthAt" | "insideSince">;

export const carriedOf = (row: CarriedRow | undefined): Carried =>
  row === undefined ? NOTHING_CARRIED : { presence: presenceOf(row), ticket: row };
