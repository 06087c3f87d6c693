import { OccupancyKind } from "../entities/occupancy.js";
import { type Scan, ScanDirection, ScanOutcome } from "../entities/scan.js";
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

export type CountedAttempt = Pick<Scan, "gateId" | "eventId" | "direction" | "outcome">;

/** What an attempt counts as; null for one that was taken back. */
export function attemptField(direction: ScanDirection, outcome: ScanOutcome): "entries" | "exits" | "refusals" | null {
  if (outcome === ScanOutcome.ANNULLED) return null;
  if (outcome === ScanOutcome.REFUSED) return "refusals";
  return direction === ScanDirection.ENTRY ? "entries" : "exits";
}

/** Adds up the effect of a batch on every count it touches. */
export class Tally {
  readonly deltas = new Map<string, Delta & { readonly kind: OccupancyKind }>();

  constructor(private readonly venueId: string) {}

  /** Counts the attempt itself, or takes it back: at its gate, the venue, and the event where it has one. */
  countAttempt({ gateId, eventId, direction, outcome }: CountedAttempt, amount: 1 | -1): void {
    const field = attemptField(direction, outcome);
    if (field === null) return;
    this.of(OccupancyKind.VENUE, this.venueId)[field] += amount;
    this.of(OccupancyKind.GATE, gateId)[field] += amount;
    if (eventId !== null) this.of(OccupancyKind.EVENT, eventId)[field] += amount;
  }

  /** Counts a ticket's move from one state to another: in, out, or from the gate of one entry to that of another. */
  countMove(place: TicketPlace, before: PresenceState, after: PresenceState): void {
    const [from, to] = [insideAt(before), insideAt(after)];
    // A gate whose count stays as it is has no news.
    if (from !== to) {
      this.countInside(place, from, -1);
      this.countInside(place, to, 1);
    }
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
