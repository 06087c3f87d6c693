import { type Pool, Client as Session } from "pg";
import { describe, expect, it, vi } from "vitest";
import { interfere } from "./setup/interference.js";
import { tryScan } from "./setup/race.js";
import { eventWith, outcomeOf, reserve } from "./setup/sales.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { mutate, type Venue, World } from "./setup/world.js";

const POOL_SIZE = 2;
const SLEEP_SECONDS = 3.5;
const SIZES = { databasePoolSize: POOL_SIZE, gatePoolSize: POOL_SIZE, salesPoolSize: POOL_SIZE };
const run = `perform pg_sleep(${SLEEP_SECONDS});`;

/** Tests that run beside each other have no `expect.poll`. */
const asleep = ({ sql }: TestGatehouse, count: number) =>
  vi.waitFor(async () => {
    const query = "select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'";
    expect(await sql(query)).toHaveLength(count);
  }, 10_000);

/** What was thrown or answered, as its code, and how long that took. */
async function timed(asked: Promise<unknown>): Promise<{ readonly told: string; readonly seconds: number }> {
  const begun = performance.now();
  const told = await asked.then(
    (answer) => JSON.stringify(answer),
    (error: Error) => error.message,
  );
  return { told, seconds: (performance.now() - begun) / 1_000 };
}

/** Soon after the two seconds that a free connection is waited for, and without a word of how the server is made. */
async function expectOverloaded(asked: Promise<unknown>): Promise<void> {
  const { told, seconds } = await timed(asked);
  expect(told).toContain("OVERLOADED");
  expect(told).not.toMatch(/timeout|connect|postgres|select|insert/i);
  expect(seconds).toBeGreaterThan(1.5);
  expect(seconds).toBeLessThan(SLEEP_SECONDS);
}

const addGate = ({ id, owner }: Venue, name: string) =>
  mutate(owner.client, "addGate", "AddGateInput", "gate { id }", { venueId: id, name });

describe.concurrent("a pool that is full", () => {
  it("refuses scans and reservations with OVERLOADED in two seconds, and recovers", async () => {
    await using gatehouse = await startGatehouse(SIZES);
    const world = new World(gatehouse.url);
    await interfere(gatehouse, { when: "new.code = 'HOLD'", run });
    await interfere(gatehouse, { table: "idempotency_keys", when: "new.key like 'HOLD%'", run });
    const venues = await Promise.all(Array.from({ length: POOL_SIZE + 1 }, () => world.venue()));
    const devices = await Promise.all(venues.map((venue) => venue.device()));
    const buyers = await Promise.all(venues.map(() => world.person()));
    const event = await eventWith(venues[0] as Venue, 10);
    const holding = devices.slice(1).map(({ client }) => tryScan(client, { code: "HOLD" }));
    const keeping = buyers
      .slice(1)
      .map(({ client }, index) => reserve(client, event, { Standard: 1 }, `HOLD ${index}`));
    await asleep(gatehouse, 2 * POOL_SIZE);

    const [device, buyer] = [devices[0]?.client as (typeof devices)[number]["client"], buyers[0]?.client];
    if (buyer === undefined) throw new Error("there is no buyer");
    const key = "again";
    await Promise.all([
      expectOverloaded(tryScan(device, { code: "NONE", key })),
      expectOverloaded(reserve(buyer, event, { Standard: 1 }, key)),
      // The others' connections are not for these.
      world.anonymous.ok("{ venues { totalCount } }"),
    ]);
    expect((await Promise.all(holding)).map(({ outcome }) => outcome)).toEqual(holding.map(() => "REFUSED"));
    expect((await Promise.all(keeping)).map(outcomeOf)).toEqual(keeping.map(() => "RESERVED"));
    expect(await tryScan(device, { code: "NONE", key })).toMatchObject({ outcome: "REFUSED", replayed: false });
    expect(await reserve(buyer, event, { Standard: 1 }, key)).toMatchObject({ replayed: false, userErrors: [] });
    await expectCountsRight(gatehouse);
  });

  it("refuses everything else so too, whoever asks, and recovers", async () => {
    await using gatehouse = await startGatehouse(SIZES);
    const world = new World(gatehouse.url);
    const venues = await Promise.all(Array.from({ length: POOL_SIZE }, () => world.venue()));
    const stranger = await world.person();
    await interfere(gatehouse, { table: "gates", when: "new.name = 'HOLD'", run });
    const holding = venues.map((venue) => addGate(venue, "HOLD"));
    await asleep(gatehouse, POOL_SIZE);
    // Of a token, too, nobody can be asked.
    const denied = stranger.client.request("{ me { id } }").then(({ status, headers, body }) => {
      expect([status, headers.get("retry-after")]).toEqual([503, "1"]);
      return body;
    });
    await Promise.all([expectOverloaded(world.anonymous.ok("{ venues { totalCount } }")), expectOverloaded(denied)]);
    for (const { userErrors } of await Promise.all(holding)) expect(userErrors).toEqual([]);
    expect(await stranger.client.ok("{ venues { totalCount } }")).toMatchObject({ venues: { totalCount: POOL_SIZE } });
  });
});

describe.concurrent("whoever keeps a venue's lock", () => {
  it("keeps a scan waiting for five seconds; then it is told OVERLOADED, and is recorded when it comes again", async () => {
    await using gatehouse = await startGatehouse(SIZES);
    const venue = await new World(gatehouse.url).venue();
    const { client } = await venue.device();
    const session = new Session({ connectionString: gatehouse.databaseUrl });
    await session.connect();
    await session.query("begin; select from occupancies for update");
    const begun = performance.now();
    const refused = await tryScan(client, { code: "NONE", key: "again" });
    expect(performance.now() - begun).toBeLessThan(15_000);
    await session.end();
    expect(refused.outcome).toBe("OVERLOADED");
    const repeated = await tryScan(client, { code: "NONE", key: "again" });
    expect(repeated).toMatchObject({ outcome: "REFUSED", replayed: false });
    await expectCountsRight(gatehouse);
  });
});

describe.concurrent("every connection", () => {
  it("has its limits on statements, locks and idle transactions", async () => {
    await using gatehouse = await startGatehouse();
    const { orm, gatePool, salesPool } = await gatehouse.database();
    const names = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"] as const;
    const query = `select ${names.map((name) => `current_setting('${name}') as ${name}`)}`;
    const read = async (pool: Pool) => (await pool.query(query)).rows[0];
    const flights = { statement_timeout: "20s", lock_timeout: "5s", idle_in_transaction_session_timeout: "10s" };
    expect([await read(gatePool), await read(salesPool)]).toEqual([flights, flights]);
    const [limits] = await orm.em.getConnection().execute(query);
    expect(limits).toEqual({
      statement_timeout: "30s",
      lock_timeout: "10s",
      idle_in_transaction_session_timeout: "30s",
    });
  });
});
