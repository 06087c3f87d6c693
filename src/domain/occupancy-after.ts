import type { VenueOccupancyState } from "./occupancy.js";
import { attemptsAfter, countsAfter, type Delta } from "./tally.js";

/** What a batch of scans did to the counts of its venue. */
export interface Counted {
  /** The version that it found. */
  readonly from: number;
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
  /** That the batch left. */
  version: number,
  { from, asOf, deltas }: Counted,
): VenueOccupancyState | null {
  if (from !== state.version) return null;
  let found = 0;
  const add = <Of extends { readonly version: number }>(
    of: Of,
    id: string,
    count: (delta: Delta) => Partial<Of>,
  ): Of => {
    const delta = deltas.get(id);
    if (delta === undefined) return of;
    found += 1;
    return { ...of, ...count(delta), version };
  };
  const after: VenueOccupancyState = {
    ...add(state, state.venueId, (delta) => countsAfter(state, delta)),
    // The database's clock told when they were read, or when the batch began: it may have begun before and ended after.
    asOf: asOf > state.asOf ? asOf : state.asOf,
    gates: state.gates.map((it) => add(it, it.gate.id, (delta) => attemptsAfter(it, delta))),
    ticketTypes: state.ticketTypes.map((it) =>
      add(it, it.ticketTypeId, ({ inside }) => ({ inside: it.inside + inside })),
    ),
    events: state.events.map((it) => add(it, it.eventId, (delta) => countsAfter(it, delta))),
  };
  return found === deltas.size ? after : null;
}
