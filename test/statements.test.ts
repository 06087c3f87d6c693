import { createRequire } from "node:module";
import pg from "pg";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { Call } from "../src/domain/flight.js";
import type { Client } from "./setup/client.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { uploadScans, type Venue, World } from "./setup/world.js";

interface Size {
  readonly venues: number;
  readonly gates: number;
  readonly staff: number;
  readonly events: number;
  readonly types: number;
  readonly tickets: number;
  readonly scans: number;
}

/** Of each kind so many below each of the kind above. */
const SMALL: Size = { venues: 1, gates: 1, staff: 1, events: 1, types: 1, tickets: 1, scans: 1 };
const LARGE: Size = { venues: 2, gates: 3, staff: 3, events: 4, types: 2, tickets: 3, scans: 3 };

let gatehouse: TestGatehouse;
let world: World;
let small: Place;
let large: Place;
beforeAll(async () => {
  // The jobs ask for work all the while, and their statements would be counted too.
  gatehouse = await startGatehouse({ jobs: false });
  world = new World(gatehouse.url);
  small = await build(SMALL);
  large = await build(LARGE);
});
afterAll(() => expectCountsRight(gatehouse).finally(() => gatehouse.close()));

/** All that one owner has. */
interface Place {
  readonly size: Size;
  readonly owner: Client;
  readonly venues: readonly Venue[];
  /** Of the tickets of the first venue. */
  readonly codes: readonly string[];
  readonly tickets: readonly string[];
}

async function build(size: Size): Promise<Place> {
  const owner = await world.person("Owner");
  const gates = numbered(size.gates, (gate) => `Gate ${gate}`);
  const venues = await Promise.all(numbered(size.venues, () => world.venue({ gates }, owner)));
  const fillings = await Promise.all(venues.map((venue) => fill(venue, size)));
  return { size, owner: owner.client, venues, codes: fillings[0]?.codes ?? [], tickets: fillings[0]?.ids ?? [] };
}

/** Each event has a holder of its tickets, who pass the gates in turn. */
async function fill(venue: Venue, size: Size): Promise<{ ids: string[]; codes: string[] }> {
  await Promise.all(numbered(size.staff, () => venue.staff()));
  const devices = await Promise.all([...venue.gates.keys()].map((gate) => venue.device(gate)));
  const ids: string[] = [];
  const codes: string[] = [];
  for (const title of numbered(size.events, (event) => `Event ${event}`)) {
    const types = numbered(size.types, (type) => ({ name: `Type ${type}` }));
    const event = await venue.event({ title }, types);
    const { email: holderEmail } = await world.person("Holder");
    for (const { name } of types) {
      const own = numbered(size.tickets, (ticket) => `${title} ${name} ${ticket}`);
      ids.push(...(await event.tickets(own, name, { holderEmail })));
      codes.push(...own);
    }
  }
  for (let scan = 0; scan < size.scans; scan += 1) {
    const client = devices[scan % devices.length]?.client ?? world.anonymous;
    const direction = scan % 2 === 0 ? "ENTRY" : "EXIT";
    const scannedAt = new Date(Date.now() - 60_000 + scan * 1_000).toISOString();
    const scans = codes.map((code) => ({ code, direction, scannedAt }));
    await uploadScans(client, scans);
  }
  return { ids, codes };
}

const numbered = <Item>(count: number, make: (number: number) => Item): Item[] =>
  Array.from({ length: count }, (_, number) => make(number));

/** The ORM may bring a copy of its own. */
const { Client: OrmClient }: typeof pg = createRequire(import.meta.resolve("@mikro-orm/postgresql"))("pg");
const CLIENTS = new Set([pg.Client, OrmClient]);

/** The statements that the server sends while the work is done; looking a token up again is not of the work. */
async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const spies = [...CLIENTS].map((client) => vi.spyOn(client.prototype, "query"));
  try {
    await work();
    const texts = spies.flatMap(({ mock }) => mock.calls.flatMap(([query]) => textsOf(query)));
    return texts.filter((text) => !text.startsWith("/* credential."));
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** A flight of the gates carries several; what only prepares a statement does no work. */
function textsOf(query: unknown): string[] {
  if (typeof query === "string") return [query.trim()];
  if (typeof query !== "object" || query === null) return [];
  if ("calls" in query) return (query.calls as Call[]).map(({ statement }) => statement.text.trim());
  return "text" in query ? [String(query.text).trim()] : [];
}

const PAGE = "totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";

/** Each kind of object is reached in one way, so that a second look at one that is known already saves nothing. */
const CHAIN = `query ($ids: [ID!]!) {
  nodes(ids: $ids) { ... on Venue {
    staff { name } devices { name } gates { name } occupancy { inside gates { inside } }
    events(first: 10) { ${PAGE} nodes {
      title organizer { name } totalTickets ticketsAvailable ticketTypes { name available }
      tickets(first: 20) { ${PAGE} edges { cursor node {
        code inside holderName holder { name } ticketType { name } event { title }
        scans(first: 5) { ${PAGE} nodes { key outcome gate { name } device { name } event { title } ticket { id } } }
      } } }
    } }
  } }
}`;

interface Chain {
  readonly nodes: readonly {
    readonly staff: readonly unknown[];
    readonly devices: readonly unknown[];
    readonly events: {
      readonly nodes: readonly {
        readonly ticketTypes: readonly unknown[];
        readonly tickets: {
          readonly edges: readonly { readonly node: { readonly scans: { readonly nodes: unknown[] } } }[];
        };
      }[];
    };
  }[];
}

function expectWhole({ nodes }: Chain, size: Size): void {
  expect(nodes).toHaveLength(size.venues);
  for (const venue of nodes) {
    expect(venue.staff).toHaveLength(size.staff);
    expect(venue.devices).toHaveLength(size.gates);
    expect(venue.events.nodes).toHaveLength(size.events);
    for (const { ticketTypes, tickets } of venue.events.nodes) {
      expect(ticketTypes).toHaveLength(size.types);
      expect(tickets.edges).toHaveLength(size.types * size.tickets);
      for (const { node } of tickets.edges) expect(node.scans.nodes).toHaveLength(size.scans);
    }
  }
}

it("asks for venues and all below them in as many statements, however many rows there are", async () => {
  const counts: number[] = [];
  for (const { owner, venues, size } of [small, large]) {
    const ids = venues.map(({ id }) => id);
    const statements = await statementsOf(async () => expectWhole(await owner.ok<Chain>(CHAIN, { ids }), size));
    counts.push(statements.length);
  }
  expect(counts[1]).toBe(counts[0]);
  expect(counts[0]).toBeGreaterThan(10);
  expect(counts[0]).toBeLessThanOrEqual(24);
});

/** The same objects again by other ways, which meet in one statement or not as it happens. */
const WEB = `query ($id: ID!) { venue(id: $id) {
  owner { organizedEvents { ${PAGE} nodes { title venue { name } } } }
  gates { occupancy { inside } scans { ${PAGE} nodes { ticket { holder { name } ticketType { name } event { title } } } } }
  devices { gate { venue { name } } }
  events(first: 5) { nodes {
    scans { ${PAGE} nodes { gate { name } device { gate { name } } ticket { inside holder { name } ticketType { available } } } }
    tickets(first: 10) { nodes { scans(first: 10) { nodes { gate { name } ticket { holder { name } event { organizer { name } } } } } } }
  } }
} }`;

it("asks for what many ways lead to in no more statements than there are ways", async () => {
  const statements = await statementsOf(() => large.owner.ok(WEB, { id: large.venues[0]?.id }));
  const ways = WEB.match(/\w+ (\([^)]*\) )?\{/g)?.length ?? 0;
  expect(statements.length).toBeLessThanOrEqual(ways);
});

it("looks many objects up by their ids in as many statements as one of each kind", async () => {
  const query = `query ($ids: [ID!]!) { nodes(ids: $ids) { id
    ... on Ticket { code holder { name } event { title } scans { nodes { gate { name } } } }
    ... on Event { title venue { name } } ... on Gate { name occupancy { inside } } } }`;
  const counts: number[] = [];
  for (const { owner, venues, tickets } of [small, large]) {
    const ids = [...tickets, ...(venues[0]?.gates.values() ?? [])];
    const statements = await statementsOf(async () => {
      const { nodes } = await owner.ok<{ nodes: unknown[] }>(query, { ids });
      expect(nodes.filter((node) => node !== null)).toHaveLength(ids.length);
    });
    counts.push(statements.length);
  }
  expect(counts[1]).toBe(counts[0]);
  expect(counts[0]).toBeGreaterThan(5);
  expect(counts[0]).toBeLessThanOrEqual(10);
});

it("records an upload and tells its scans in as many statements, however many they are", async () => {
  const counts: number[] = [];
  for (const { venues, codes } of [small, large]) {
    const { client } = (await venues[0]?.device("Gate 0")) ?? {};
    const statements = await statementsOf(async () => {
      const results = await uploadScans(
        client ?? world.anonymous,
        codes.map((code) => ({ code })),
      );
      expect(results.filter(({ scan }) => scan?.outcome === "ACCEPTED")).toHaveLength(codes.length);
    });
    counts.push(statements.length);
  }
  expect(counts[1]).toBe(counts[0]);
  expect(counts[0]).toBeGreaterThan(8);
  expect(counts[0]).toBeLessThanOrEqual(20);
});
