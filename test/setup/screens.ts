import { expect } from "vitest";
import type { Client } from "./client.js";
import type { Subscription } from "./subscription.js";

interface Counts {
  readonly inside: number;
  readonly entries: number;
  readonly exits: number;
  readonly refusals: number;
}

export interface GateState extends Counts {
  readonly gate: { readonly id: string; readonly name: string; readonly venue: { readonly name: string } };
  readonly version: number;
  readonly asOf: string;
}

export interface EventState extends Counts {
  readonly event: { readonly id: string; readonly title: string };
  readonly capacity: number;
  readonly available: number;
  readonly theoretical: number;
}

export interface VenueState extends Counts {
  readonly venue: { readonly id: string; readonly name: string };
  readonly capacity: number;
  readonly available: number;
  readonly theoretical: number;
  readonly version: number;
  readonly asOf: string;
  readonly gates: readonly GateState[];
  readonly ticketTypes: readonly {
    readonly ticketType: { readonly id: string; readonly name: string };
    readonly inside: number;
  }[];
  readonly events: readonly EventState[];
}

export type Screen<State> = Subscription<{ readonly state: State }>;

const COUNTS = "inside entries exits refusals";
const GATE = `${COUNTS} version asOf gate { id name venue { name } }`;
const VENUE = `${COUNTS} capacity available theoretical version asOf venue { id name } gates { ${GATE} }
  ticketTypes { inside ticketType { id name } }
  events { ${COUNTS} capacity available theoretical event { id title } }`;

/** All that there is to see of a venue's counts, as they change. */
export const watchVenue = (client: Client, id: string): Screen<VenueState> =>
  client.subscribe(`subscription ($id: ID!) { state: occupancyChanged(venueId: $id) { ${VENUE} } }`, { id });

export const watchGate = (client: Client, id: string): Screen<GateState> =>
  client.subscribe(`subscription ($id: ID!) { state: gateOccupancyChanged(gateId: $id) { ${GATE} } }`, { id });

/** The same by a query, now. */
export async function readVenue(client: Client, id: string): Promise<VenueState> {
  const query = `query ($id: ID!) { venue(id: $id) { occupancy { ${VENUE} } } }`;
  return (await client.ok<{ venue: { occupancy: VenueState } }>(query, { id })).venue.occupancy;
}

export async function readGate(client: Client, id: string): Promise<GateState> {
  const query = `query ($id: ID!) { gate(id: $id) { occupancy { ${GATE} } } }`;
  return (await client.ok<{ gate: { occupancy: GateState } }>(query, { id })).gate.occupancy;
}

/** What two readings of one state have in common: all but the moments at which they were made. */
export const timeless = (state: VenueState | GateState): unknown =>
  JSON.parse(JSON.stringify(state, (name, value: unknown) => (name === "asOf" ? undefined : value)));

/** Holds what the contract says of every message, whatever happened: the sums, and versions that never go back. */
export function expectConsistent(screen: Screen<VenueState>): void {
  const states = screen.messages.map(({ state }) => state);
  for (const state of states) {
    for (const name of ["inside", "entries", "exits", "refusals"] as const) {
      expect(sum(state.gates, name), `${name} of the gates in version ${state.version}`).toBe(state[name]);
    }
    expect(state.available).toBe(Math.max(0, state.capacity - state.inside));
    expect(new Date(state.asOf).toISOString()).toBe(state.asOf);
  }
  expectRising(states);
}

/** Each message is newer than the one before: none is older, none is there twice. */
export function expectRising(states: readonly { readonly version: number }[]): void {
  const versions = states.map(({ version }) => version);
  expect(versions).toEqual([...new Set(versions)].sort((one, other) => one - other));
}

const sum = (gates: readonly GateState[], name: keyof Counts): number =>
  gates.reduce((total, gate) => total + gate[name], 0);
