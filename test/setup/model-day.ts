import type { Client } from "./client.js";
import type { ModelCounts, ModelTicket } from "./model.js";
import type { Person, Venue, World } from "./world.js";

export const GATES = ["A", "B", "C"] as const;

/** A venue as a model knows it, with a device at each gate. */
export interface ModelDay {
  readonly venue: Venue;
  /** By the event's title. */
  readonly eventIds: ReadonlyMap<string, string>;
  readonly devices: ReadonlyMap<string, Client>;
}

/** Makes a venue with the gates A, B and C, the events and types of the tickets, and the tickets. */
export async function makeDay(
  world: World,
  owner: Person,
  { capacity, tickets }: { readonly capacity: number; readonly tickets: readonly ModelTicket[] },
): Promise<ModelDay> {
  const venue = await world.venue({ capacity, gates: [...GATES] }, owner);
  const eventIds = new Map<string, string>();
  for (const [event, its] of Map.groupBy(tickets, (ticket) => ticket.event)) {
    const types = Map.groupBy(its, ({ type }) => type);
    const { title, startsAt, endsAt, doorsOpenAt, capacity, reentryAllowed } = event;
    const made = await venue.event(
      { title, capacity, reentryAllowed, ...isoTimes({ startsAt, endsAt, doorsOpenAt }) },
      [...types].map(([name, ofType]) => ({ name, admitsWhenFull: ofType.some((ticket) => ticket.admitsWhenFull) })),
    );
    eventIds.set(title, made.id);
    for (const [name, ofType] of types) {
      await made.tickets(
        ofType.map(({ code }) => code),
        name,
      );
    }
  }
  const devices = await Promise.all(GATES.map(async (gate) => [gate, (await venue.device(gate)).client] as const));
  return { venue, eventIds, devices: new Map(devices) };
}

const isoTimes = (times: Record<string, number>): Record<string, string> =>
  Object.fromEntries(Object.entries(times).map(([name, time]) => [name, new Date(time).toISOString()]));

type Counts = ModelCounts["venue"];
type GateCounts = Omit<Counts, "theoretical">;

interface Answer {
  readonly venue: {
    readonly occupancy: Counts & {
      readonly gates: readonly (GateCounts & { readonly gate: { readonly name: string } })[];
      readonly events: readonly (Counts & { readonly event: { readonly title: string } })[];
      readonly ticketTypes: readonly { readonly inside: number; readonly ticketType: { readonly name: string } }[];
    };
    readonly events: {
      readonly nodes: readonly {
        readonly title: string;
        readonly tickets: { readonly nodes: readonly { readonly code: string }[] };
      }[];
    };
  };
}

const COUNTS = `query ($id: ID!) { venue(id: $id) {
  occupancy {
    inside theoretical entries exits refusals
    gates { gate { name } inside entries exits refusals }
    events { event { title } inside theoretical entries exits refusals }
    ticketTypes { ticketType { name } inside }
  }
  events(first: 10) { nodes { title tickets(first: 100, filter: { inside: true }) { nodes { code } } } }
} }`;

/** What the server counts, in the model's form. */
export async function readCounts({ venue }: ModelDay): Promise<ModelCounts> {
  const { occupancy, events } = (await venue.owner.client.ok<Answer>(COUNTS, { id: venue.id })).venue;
  const { gates, events: ofEvents, ticketTypes, ...ofVenue } = occupancy;
  return {
    venue: ofVenue,
    gates: Object.fromEntries(gates.map(({ gate, ...counts }) => [gate.name, counts])),
    events: Object.fromEntries(ofEvents.map(({ event, ...counts }) => [event.title, counts])),
    types: Object.fromEntries(ticketTypes.map(({ ticketType, inside }) => [ticketType.name, inside])),
    insiders: events.nodes.flatMap(({ title, tickets }) => tickets.nodes.map(({ code }) => `${title} ${code}`)).sort(),
  };
}
