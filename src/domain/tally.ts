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

/** Of what a batch did not touch. */
export const NO_DELTA: Readonly<Delta> = { inside: 0, theoretical: 0, entries: 0, exits: 0, refusals: 0 };

type Attempts = Pick<Delta, "inside" | "entries" | "exits" | "refusals">;

/** The counts of a gate after what is added to them. */
export const attemptsAfter = (counts: Readonly<Attempts>, delta: Readonly<Delta>): Attempts => ({
  inside: counts.inside + delta.inside,
  entries: counts.entries + delta.entries,
  exits: counts.exits + delta.exits,
  refusals: counts.refusals + delta.refusals,
});

/** The same of a venue or event, which has a theoretical count too. */
export const countsAfter = (counts: Readonly<Delta>, delta: Readonly<Delta>): Delta => ({
  ...attemptsAfter(counts, delta),
  theoretical: counts.theoretical + delta.theoretical,
});

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
    const fresh = { kind, ...NO_DELTA };
    this.deltas.set(id, fresh);
    return fresh;
  }
}
