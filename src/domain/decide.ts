import { EventStatus } from "../entities/event.js";
import { RefusalReason, ScanDirection, ScanOutcome } from "../entities/scan.js";
import { TicketStatus } from "../entities/ticket.js";

/** A place that can be full. `capacity` null: no limit of its own. */
export interface Room {
  readonly inside: number;
  readonly capacity: number | null;
}

export interface TicketFacts {
  readonly status: TicketStatus;
  readonly eventStatus: EventStatus;
  readonly doorsOpenAt: Date;
  readonly endsAt: Date;
  readonly reentryAllowed: boolean;
  readonly admitsWhenFull: boolean;
  readonly isInside: boolean;
  readonly hasLeft: boolean;
}

/** All that the decision depends on: who comes, and what is known at that moment. */
export interface GateFacts {
  /** The ticket of this venue that the code belongs to. */
  readonly ticket: TicketFacts | null;
  /** The code is an old one, of a ticket that was transferred, here or at another venue of the same owner. */
  readonly isRevoked: boolean;
  /** The code has no ticket here, but one for an event at another venue of the same owner. */
  readonly isForAnotherVenue: boolean;
  readonly venue: Room;
  readonly event: Room;
}

export interface Verdict {
  readonly outcome: ScanOutcome.ACCEPTED | ScanOutcome.REFUSED;
  readonly reason: RefusalReason | null;
  /** Admitted beyond the capacity by a ticket type that admits when full. */
  readonly capacityOverride: boolean;
}

const ACCEPTED: Verdict = { outcome: ScanOutcome.ACCEPTED, reason: null, capacityOverride: false };

const STATUS_REFUSALS: Readonly<Record<TicketStatus, RefusalReason | null>> = {
  [TicketStatus.CANCELLED]: RefusalReason.CANCELLED,
  [TicketStatus.EXPIRED]: RefusalReason.EXPIRED,
  [TicketStatus.RESERVED]: RefusalReason.NOT_PAID,
  [TicketStatus.PAID]: null,
};

/**
 * The decision at the gate, without I/O. Exits always pass: nobody is held inside. An entry is refused for the first
 * reason that holds, in the order of the enum; `at` is the moment for which doors and end are judged.
 */
export function decide(facts: GateFacts, direction: ScanDirection, at: Date): Verdict {
  if (direction === ScanDirection.EXIT) return ACCEPTED;
  if (facts.isRevoked) return refuse(RefusalReason.REVOKED);
  const { ticket } = facts;
  if (ticket === null) {
    return refuse(facts.isForAnotherVenue ? RefusalReason.WRONG_VENUE : RefusalReason.UNKNOWN_TICKET);
  }
  const reason = ticketRefusal(ticket, at);
  if (reason !== null) return refuse(reason);
  const full = fullness(facts);
  if (full === null) return ACCEPTED;
  return ticket.admitsWhenFull ? { ...ACCEPTED, capacityOverride: true } : refuse(full);
}

function ticketRefusal(ticket: TicketFacts, at: Date): RefusalReason | null {
  if (ticket.eventStatus === EventStatus.CANCELLED) return RefusalReason.EVENT_CANCELLED;
  const statusRefusal = STATUS_REFUSALS[ticket.status];
  if (statusRefusal !== null) return statusRefusal;
  if (at < ticket.doorsOpenAt) return RefusalReason.TOO_EARLY;
  if (at >= ticket.endsAt) return RefusalReason.TOO_LATE;
  if (ticket.isInside) return RefusalReason.ALREADY_INSIDE;
  if (ticket.hasLeft && !ticket.reentryAllowed) return RefusalReason.REENTRY_NOT_ALLOWED;
  return null;
}

function fullness({ venue, event }: GateFacts): RefusalReason | null {
  if (isFull(venue)) return RefusalReason.VENUE_FULL;
  return isFull(event) ? RefusalReason.EVENT_FULL : null;
}

const isFull = (room: Room): boolean => room.capacity !== null && room.inside >= room.capacity;

const refuse = (reason: RefusalReason): Verdict => ({ outcome: ScanOutcome.REFUSED, reason, capacityOverride: false });

export interface OfflineRecord extends Verdict {
  /** What the server would have refused an entry for that the device let in. */
  readonly conflict: RefusalReason | null;
}

/**
 * An offline scan is a fact that has happened: accepted when the device let the person through, whatever the server's
 * verdict; refused when it did not, with the server's reason if it has one.
 */
export function recordOffline(verdict: Verdict, admitted: boolean): OfflineRecord {
  if (admitted) {
    return { ...ACCEPTED, capacityOverride: verdict.capacityOverride, conflict: verdict.reason };
  }
  return { outcome: ScanOutcome.REFUSED, reason: verdict.reason, capacityOverride: false, conflict: null };
}
