import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Client } from "./setup/client.js";
import { setCapacity } from "./setup/doors.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { World } from "./setup/world.js";

let gatehouse: TestGatehouse;
let world: World;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
});
afterAll(() => gatehouse.close());

const COUNTS = "inside entries exits refusals";
const OCCUPANCY = `inside capacity available theoretical entries exits refusals version
  gates { gate { name } ${COUNTS} } ticketTypes { ticketType { name } inside }
  events { event { title } capacity available theoretical ${COUNTS} }`;

interface Occupancy {
  readonly inside: number;
  readonly version: number;
}

async function scan(client: Client, code: string, direction: string): Promise<[verdict: string, Occupancy]> {
  const query = `mutation ($input: RecordScanInput!) {
    recordScan(input: $input) { scan { outcome reason capacityOverride } occupancy { ${OCCUPANCY} } } }`;
  interface Recorded {
    readonly scan: { readonly outcome: string; readonly reason: string | null; readonly capacityOverride: boolean };
    readonly occupancy: Occupancy;
  }
  const input = { key: randomUUID(), code, direction };
  const { recordScan } = await client.ok<{ recordScan: Recorded }>(query, { input });
  const { outcome, reason, capacityOverride } = recordScan.scan;
  return [capacityOverride ? "OVERRIDE" : (reason ?? outcome), recordScan.occupancy];
}

/** A hall for three, with a concert for two that admits its VIPs when full, and a talk. */
async function openHall() {
  const venue = await world.venue({ capacity: 3, gates: ["A", "B"] });
  const concert = await venue.event({ title: "Concert", capacity: 2 }, [
    { name: "Standard" },
    { name: "VIP", admitsWhenFull: true },
  ]);
  const talk = await venue.event({ title: "Talk" }, [{ name: "Seat" }]);
  await concert.tickets(["S1", "S2", "S3"]);
  await concert.tickets(["V1"], "VIP");
  await talk.tickets(["K1", "K2"], "Seat");
  const gates = { A: (await venue.device("A")).client, B: (await venue.device("B")).client };
  return { venue, gates, concert, talk };
}

/** Who comes to which gate, what the gate says, and how many are inside then. */
const EVENING = [
  ["A", "S1", "ENTRY", "ACCEPTED", 1],
  ["B", "S2", "ENTRY", "ACCEPTED", 2],
  ["A", "S3", "ENTRY", "EVENT_FULL", 2],
  ["B", "V1", "ENTRY", "OVERRIDE", 3],
  ["A", "K1", "ENTRY", "VENUE_FULL", 3],
  ["A", "S1", "ENTRY", "ALREADY_INSIDE", 3],
  ["B", "S1", "EXIT", "ACCEPTED", 2],
  ["A", "K1", "ENTRY", "ACCEPTED", 3],
  ["A", "nobody's", "ENTRY", "UNKNOWN_TICKET", 3],
  ["A", "nobody's", "EXIT", "ACCEPTED", 3],
  // Refused as full, and so inside by the theory until this.
  ["B", "S3", "EXIT", "ACCEPTED", 3],
  ["B", "K2", "ENTRY", "VENUE_FULL", 3],
  ["B", "V1", "EXIT", "ACCEPTED", 2],
  ["A", "V1", "ENTRY", "ACCEPTED", 3],
] as const;

/** Inside at the end: S2 by gate B, K1 and V1 by gate A; in theory K2 too. */
const AT_THE_END = {
  ...{ inside: 3, capacity: 3, available: 0, theoretical: 4, entries: 5, exits: 4, refusals: 5 },
  gates: [
    { gate: { name: "A" }, inside: 2, entries: 3, exits: 1, refusals: 4 },
    { gate: { name: "B" }, inside: 1, entries: 2, exits: 3, refusals: 1 },
  ],
  ticketTypes: [
    { ticketType: { name: "Standard" }, inside: 1 },
    { ticketType: { name: "VIP" }, inside: 1 },
    { ticketType: { name: "Seat" }, inside: 1 },
  ],
  events: [
    {
      event: { title: "Concert" },
      ...{ inside: 2, capacity: 2, available: 0, theoretical: 2, entries: 4, exits: 3, refusals: 2 },
    },
    {
      event: { title: "Talk" },
      ...{ inside: 1, capacity: 3, available: 2, theoretical: 2, entries: 1, exits: 0, refusals: 2 },
    },
  ],
};

const byName = <Item>(items: readonly Item[]): Item[] =>
  [...items].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

it("counts an evening at every place, and tells the same wherever it is asked", async () => {
  const { venue, gates, concert, talk } = await openHall();
  let last: Occupancy = { inside: 0, version: 0 };
  for (const [gate, code, direction, verdict, inside] of EVENING) {
    const [given, occupancy] = await scan(gates[gate], code, direction);
    expect([code, direction, given, occupancy.inside]).toEqual([code, direction, verdict, inside]);
    expect(occupancy.version).toBeGreaterThan(last.version);
    last = occupancy;
  }
  expect(last).toMatchObject({ ...AT_THE_END, ticketTypes: expect.anything(), events: expect.anything() });

  const query = `query ($venue: ID!, $a: ID!, $concert: ID!, $talk: ID!) {
    venue(id: $venue) { occupancy { ${OCCUPANCY} } }
    gate(id: $a) { occupancy { gate { name } ${COUNTS} } }
    concert: event(id: $concert) { occupancy { event { title } capacity available theoretical ${COUNTS} } }
    talk: event(id: $talk) { occupancy { event { title } capacity available theoretical ${COUNTS} } } }`;
  type Place<Value> = { readonly occupancy: Value };
  const variables = { venue: venue.id, a: venue.gate("A"), concert: concert.id, talk: talk.id };
  const asked = await venue.owner.client.ok<{
    venue: Place<typeof AT_THE_END & Occupancy>;
    gate: Place<unknown>;
    concert: Place<unknown>;
    talk: Place<unknown>;
  }>(query, variables);
  const { version, ...whole } = asked.venue.occupancy;
  expect(version).toBe(last.version);
  expect(byName(whole.ticketTypes)).toEqual(byName(AT_THE_END.ticketTypes));
  expect(byName(whole.events)).toEqual(byName(AT_THE_END.events));
  expect(whole).toEqual({ ...AT_THE_END, ticketTypes: whole.ticketTypes, events: whole.events });
  expect(byName((last as unknown as typeof whole).events)).toEqual(byName(whole.events));
  expect(asked.gate.occupancy).toEqual(AT_THE_END.gates[0]);
  expect([asked.concert.occupancy, asked.talk.occupancy]).toEqual(AT_THE_END.events);
});

it("never has less than nothing available, and tells of a new capacity as of any change", async () => {
  const { venue, gates } = await openHall();
  await scan(gates.A, "S1", "ENTRY");
  const [, before] = await scan(gates.A, "K1", "ENTRY");
  await setCapacity(venue, 1);
  const query = `query ($id: ID!) { venue(id: $id) { occupancy { ${OCCUPANCY} } } }`;
  const { venue: after } = await venue.owner.client.ok<{ venue: { occupancy: Occupancy } }>(query, { id: venue.id });
  expect(after.occupancy).toMatchObject({ inside: 2, capacity: 1, available: 0 });
  expect(after.occupancy.version).toBeGreaterThan(before.version);
});

it("keeps every count as the scans tell", () => expectCountsRight(gatehouse));
