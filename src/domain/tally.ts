import { OccupancyKind } from "../entities/occupancy.js";
import { ScanDirection, ScanOutcome } from "../entities/scan.js";
import { insideAt, isTheoreticallyInside, type PresenceState } from "./presence.js";

/** What a batch adds to the counts of one place or show; any of them may be negative. */
export interface Delta {
  inside: number;
  theoretical: number;
  entries: number;
  exits: number;
  refusals: number;
}

/** Whose counts a ticket moves. */
export interface TicketPlace {
  readonly eventId: string;
  readonly ticketTypeId: string;
}

/** Adds up the effect of a batch on every count it touches. */
export class Tally {
  readonly deltas = new Map<string, Delta & { readonly kind: OccupancyKind }>();

  constructor(private readonly venueId: string) {}

  /** Counts the attempt itself: at its gate, the venue, and the event where it has one. */
  countAttempt(gateId: string, eventId: string | null, direction: ScanDirection, outcome: ScanOutcome): void {
    const field =
      outcome === ScanOutcome.REFUSED ? "refusals" : direction === ScanDirection.ENTRY ? "entries" : "exits";
    this.of(OccupancyKind.VENUE, this.venueId)[field] += 1;
    this.of(OccupancyKind.GATE, gateId)[field] += 1;
    if (eventId !== null) this.of(OccupancyKind.EVENT, eventId)[field] += 1;
  }

  /** Counts a ticket's move from one state to another: in, out, or from the gate of one entry to that of another. */
  countMove(place: TicketPlace, before: PresenceState, after: PresenceState): void {
    this.countInside(place, insideAt(before), -1);
    this.countInside(place, insideAt(after), 1);
    const theoretical = Number(isTheoreticallyInside(after)) - Number(isTheoreticallyInside(before));
    this.of(OccupancyKind.VENUE, this.venueId).theoretical += theoretical;
    this.of(OccupancyKind.EVENT, place.eventId).theoretical += theoretical;
  }

  inside(id: string): number {
    return this.deltas.get(id)?.inside ?? 0;
  }

  private countInside(place: TicketPlace, gateId: string | null, amount: number): void {
    if (gateId === null) return;
    this.of(OccupancyKind.VENUE, this.venueId).inside += amount;
    this.of(OccupancyKind.GATE, gateId).inside += amount;
    this.of(OccupancyKind.EVENT, place.eventId).inside += amount;
    this.of(OccupancyKind.TICKET_TYPE, place.ticketTypeId).inside += amount;
  }

  private of(kind: OccupancyKind, id: string): Delta {
    const known = this.deltas.get(id);
    if (known !== undefined) return known;
    const fresh = { kind, inside: 0, theoretical: 0, entries: 0, exits: 0, refusals: 0 };
    this.deltas.set(id, fresh);
    return fresh;
  }
}
