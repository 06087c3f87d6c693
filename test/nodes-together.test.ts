import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import type { Client } from "./setup/client.js";
import { type ModelEvent, ModelGate, type ModelTicket } from "./setup/model.js";
import { addressOf, execute } from "./setup/postgres.js";
import { codes, type Outcome, tallied, tryScan } from "./setup/race.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { made, type Person, uploadScans, type Venue, World } from "./setup/world.js";

const ROUNDS = 25;

let first: TestGatehouse;
let second: TestGatehouse;
let world: World;
let owner: Person;
/** No messages go between them: what they must agree on, they agree on through the database. */
beforeAll(async () => {
  first = await startGatehouse();
  second = await startGatehouse({ databaseUrl: first.databaseUrl });
  world = new World(first.url);
  owner = await world.person("Owner");
});
afterEach(() => expectCountsRight(first));
afterAll(async () => {
  await second?.close();
  await first?.close();
});

/** The same caller, at the other node. */
const elsewhere = (client: Client): Client => new World(second.url).anonymous.as(client.token);

async function deviceOnBoth(venue: Venue, gate = "A"): Promise<[Client, Client]> {
  const { client } = await venue.device(gate);
  return [client, elsewhere(client)];
}

describe("two servers on one database", () => {
  it.each([
    ["the venue", { capacity: 1 }, {}, "VENUE_FULL"],
    ["the event", {}, { capacity: 1 }, "EVENT_FULL"],
  ])("let exactly one in where %s has one place left", async (_where, ofVenue, ofEvent, reason) => {
    const venue = await world.venue(ofVenue, owner);
    await (await venue.event(ofEvent)).tickets(["one", "two"]);
    const [here, there] = await deviceOnBoth(venue);
    for (let round = 0; round < ROUNDS; round += 1) {
      const entries = await Promise.all([tryScan(here, { code: "one" }), tryScan(there, { code: "two" })]);
      expect(tallied(entries)).toEqual({ ACCEPTED: 1, [reason]: 1 });
      const inside = entries.find(({ outcome }) => outcome === "ACCEPTED")?.code ?? "";
      await tryScan(there, { code: inside, direction: "EXIT" });
    }
  });

  it("admit one ticket once", async () => {
    const venue = await world.venue({ gates: ["A", "B"] }, owner);
    await (await venue.event()).tickets(["copied"]);
    const [here] = await deviceOnBoth(venue, "A");
    const [, there] = await deviceOnBoth(venue, "B");
    for (let round = 0; round < ROUNDS; round += 1) {
      const entries = await Promise.all([here, there].map((gate) => tryScan(gate, { code: "copied" })));
      expect(tallied(entries)).toEqual({ ACCEPTED: 1, ALREADY_INSIDE: 1 });
      await tryScan(here, { code: "copied", direction: "EXIT" });
    }
  });

  it("store one scan of a key that comes to both at once, and answer it alike", async () => {
    const venue = await world.venue({}, owner);
    await (await venue.event()).tickets(codes(ROUNDS));
    const both = await deviceOnBoth(venue);
    const outcomes: Outcome[] = [];
    for (const code of codes(ROUNDS)) {
      const key = randomUUID();
      const [here, there] = await Promise.all(both.map((device) => tryScan(device, { code, key })));
      expect({ ...here, replayed: null }).toEqual({ ...there, replayed: null });
      expect([here?.replayed, there?.replayed].sort()).toEqual([false, true]);
      outcomes.push(here as Outcome);
    }
    expect(await storedIn(outcomes)).toHaveLength(ROUNDS);
  });

  it("decide a busy hour as one would, and each knows afterwards what the other decided", async () => {
    const venue = await world.venue({ capacity: 40, gates: ["A", "B"] }, owner);
    const [tickets, sent] = await busyHour(venue);
    const [hereA, thereA] = await deviceOnBoth(venue, "A");
    const [hereB, thereB] = await deviceOnBoth(venue, "B");
    const lanes = [0, 1, 2, 3].map((lane) => sent.filter((_, index) => index % 4 === lane));
    const outcomes = await inLanes([hereA, thereA, hereB, thereB], lanes);

    const gate = new ModelGate({ capacity: 40, tickets, elsewhere: [] });
    const stored = await storedIn(outcomes.flat());
    expect(stored).toHaveLength(sent.length);
    for (const { key, code, direction, ...verdict } of stored) {
      expect({ key, ...verdict }).toEqual({ key, ...gate.decide({ code, direction, event: null }, Date.now()) });
    }
    const repeated = await inLanes([thereA, hereA, thereB, hereB], outcomes);
    expect(repeated).toEqual(outcomes.map((own) => own.map((outcome) => ({ ...outcome, replayed: true }))));
  });

  it("take the same upload once, whichever of them gets it", async () => {
    const venue = await world.venue({}, owner);
    await (await venue.event()).tickets(codes(200));
    const scans = codes(200).map((code) => ({ code, key: randomUUID() }));
    const uploads = await Promise.all((await deviceOnBoth(venue)).map((device) => uploadScans(device, scans)));
    const ids = uploads.map((results) => results.map(({ scan }) => scan?.id));
    expect(ids[0]).toEqual(ids[1]);
    expect(new Set(ids[0]).size).toBe(200);
    expect(uploads.flat().filter(({ replayed }) => replayed)).toHaveLength(200);
  });
});

/** Entries of more people than there is room for, some at once twice, and some of them leaving again. */
async function busyHour(venue: Venue) {
  const event: ModelEvent = {
    title: "Show",
    ...{ startsAt: Date.now(), doorsOpenAt: 0, endsAt: Number.POSITIVE_INFINITY },
    ...{ capacity: null, reentryAllowed: false },
  };
  const made = await venue.event({ reentryAllowed: false }, [
    { name: "Standard" },
    { name: "VIP", admitsWhenFull: true },
  ]);
  const types = { Standard: codes(50), VIP: codes(10, "V") };
  for (const [name, ofType] of Object.entries(types)) await made.tickets(ofType, name);
  const tickets: ModelTicket[] = Object.entries(types).flatMap(([type, ofType]) =>
    ofType.map((code) => ({ code, event, type, admitsWhenFull: type === "VIP" })),
  );
  const sent = tickets.flatMap(({ code }, index) => [
    { code, direction: "ENTRY" },
    { code, direction: "ENTRY" },
    ...(index % 3 === 0
      ? [
          { code, direction: "EXIT" },
          { code, direction: "ENTRY" },
        ]
      : []),
  ]);
  return [tickets, sent] as const;
}

/** One after the other in each lane, and the lanes side by side. */
function inLanes(
  clients: readonly Client[],
  lanes: readonly (readonly { readonly code: string; readonly direction: string; readonly key?: string }[])[],
): Promise<Outcome[][]> {
  const outcomes = lanes.map(async (lane, index) => {
    const own: Outcome[] = [];
    for (const { code, direction, key = randomUUID() } of lane) {
      own.push(await tryScan(clients[index] as Client, { code, direction, key }));
    }
    return own;
  });
  return Promise.all(outcomes);
}

const storedIn = (outcomes: readonly Outcome[]) =>
  first.sql<{
    key: string;
    code: string;
    direction: "ENTRY" | "EXIT";
    outcome: string;
    reason: string | null;
    capacityOverride: boolean;
  }>(
    `select key, code, direction, outcome, reason, capacity_override as "capacityOverride" from scans
     where key = any($1) order by version`,
    [outcomes.map(({ key }) => key)],
  );

describe("a right that ends at one server", () => {
  it("is dead at the other within two seconds, where the session has ended", async () => {
    const { client } = await world.person();
    const there = elsewhere(client);
    expect(await there.ok("{ me { id } }")).toMatchObject({ me: { id: expect.any(String) } });
    expect(await client.ok("mutation { logout { ok } }")).toEqual({ logout: { ok: true } });
    await expect.poll(() => there.codes("{ me { id } }"), { timeout: 2_000 }).toEqual(["UNAUTHENTICATED"]);
  });

  it("admits nobody at the other from that moment on", async () => {
    const venue = await world.venue({}, owner);
    const { id: deviceId, client } = await venue.device();
    const steward = await venue.staff();
    const leaving = await venue.staff();
    const gateId = venue.gate();
    const scanThere = async (of: Client, input: Record<string, unknown> = {}) =>
      (await tryScan(elsewhere(of), { code: "T", direction: "EXIT", ...input })).outcome;
    const all = async () => [
      await scanThere(client),
      await scanThere(steward.client, { gateId }),
      await scanThere(leaving.client, { gateId }),
    ];
    expect(await all()).toEqual(["ACCEPTED", "ACCEPTED", "ACCEPTED"]);
    await made(owner.client, "revokeDevice", "RevokeDeviceInput", "device { id }", { deviceId });
    await made(owner.client, "removeVenueStaff", "VenueStaffInput", "venue { id }", {
      venueId: venue.id,
      email: steward.email,
    });
    await leaving.client.ok("mutation { logout { ok } }");
    // That a session has ended elsewhere may be known first from what its user may no longer do.
    const ended = expect.stringMatching(/^(UNAUTHENTICATED|FORBIDDEN)$/);
    expect(await all()).toEqual(["UNAUTHENTICATED", "FORBIDDEN", ended]);
    const scanOfLeaving = () => scanThere(leaving.client, { gateId });
    await expect.poll(scanOfLeaving, { timeout: 2_000 }).toBe("UNAUTHENTICATED");
  });
});

describe("several servers that start at once", () => {
  it("bring one empty database up to date, once, and all serve it", async () => {
    const postgresUrl = inject("postgresUrl");
    const name = `gatehouse_test_${randomBytes(8).toString("hex")}`;
    await execute(postgresUrl, `create database ${name}`);
    const databaseUrl = addressOf(postgresUrl, name);
    const servers = await Promise.all([1, 2, 3, 4].map(() => startGatehouse({ databaseUrl })));
    try {
      const migrations = await execute<{ name: string }>(databaseUrl, "select name from migrations");
      expect(migrations.length).toBeGreaterThan(0);
      expect(new Set(migrations.map((migration) => migration.name)).size).toBe(migrations.length);
      const people = await Promise.all(servers.map(({ url }) => new World(url).person()));
      for (const [index, { client }] of people.entries()) {
        const next = servers[(index + 1) % servers.length] as TestGatehouse;
        const query = "{ me { id } }";
        expect(await new World(next.url).anonymous.as(client.token).ok(query)).toEqual(await client.ok(query));
      }
    } finally {
      await Promise.all(servers.map((server) => server.close()));
    }
  });
});
