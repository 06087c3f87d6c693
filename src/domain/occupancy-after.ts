import type { Counts, VenueOccupancyState } from "./occupancy.js";
import type { Delta } from "./tally.js";

/** What a batch of scans did to the counts of its venue. */
export interface Counted {
  /** The version that it found. */
  readonly from: number;
  /** The version that it left. */
  readonly to: number;
  readonly asOf: Date;
  /** By the id of whatever is counted. */
  readonly deltas: ReadonlyMap<string, Delta>;
}

/**
 * The counts as the batch left them, by those that it found: what was not counted by it stays the same object. Null where these are
 * others, of before or after another change: then they must be read.
 */
export function occupancyAfter(
  state: VenueOccupancyState,
  { from, to, asOf, deltas }: Counted,
): VenueOccupancyState | null {
  if (from !== state.version) return null;
  let found = 0;
  const counted = <Of extends { readonly version: number }>(
    of: Of,
    id: string,
    add: (delta: Delta) => Partial<Of>,
  ): Of => {
    const delta = deltas.get(id);
    if (delta === undefined) return of;
    found += 1;
    return { ...of, ...add(delta), version: to };
  };
  const after: VenueOccupancyState = {
    ...counted(state, state.venueId, (delta) => ({ ...countsAfter(state, delta), ...theoreticalAfter(state, delta) })),
    // The database's clock told when they were read, or when the batch began: it may have begun before and ended after.
    asOf: asOf > state.asOf ? asOf : state.asOf,
    gates: state.gates.map((it) => counted(it, it.gate.id, (delta) => countsAfter(it, delta))),
    ticketTypes: state.ticketTypes.map((it) =>
      counted(it, it.ticketTypeId, ({ inside }) => ({ inside: it.inside + inside })),
    ),
    events: state.events.map((it) =>
      counted(it, it.eventId, (delta) => ({ ...countsAfter(it, delta), ...theoreticalAfter(it, delta) })),
    ),
  };
  return found === deltas.size ? after : null;
}

const countsAfter = (counts: Counts, delta: Delta): Counts => ({
  inside: counts.inside + delta.inside,
  entries: counts.entries + delta.entries,
  exits: counts.exits + delta.exits,
  refusals: counts.refusals + delta.refusals,
});

const theoreticalAfter = (of: { readonly theoretical: number }, delta: Delta): { theoretical: number } => ({
  theoretical: of.theoretical + delta.theoretical,
});
