import { createRequire } from "node:module";
import type pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { at, makeCrowd, tally } from "./setup/crowd.js";
import { eventWith, outcomeOf, reserve, stockOf } from "./setup/sales.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { type Event, type Person, type Venue, World } from "./setup/world.js";

/**
 * The control of stock-rounds.test.ts: the same buyers, and the server's own statement without its condition, which is asked
 * beforehand instead. Here the race must appear; where it does not, the rounds that find none show nothing.
 */
const BUYERS = 500;
const PLACES = 100;
const TIMEOUT = 60_000;

const TAKE = "/* stock.take */";
const CONDITION = /and quantity - sold - reserved >= (\$\d+)/;
const FREE = "select quantity - sold - reserved as free from ticket_types where id = $1";

let gatehouse: TestGatehouse;
let other: TestGatehouse;
let venue: Venue;
let buyers: Person[];
beforeAll(async () => {
  gatehouse = await startGatehouse({ jobs: false });
  other = await startGatehouse({ databaseUrl: gatehouse.databaseUrl, jobs: false });
  venue = await new World(gatehouse.url).venue();
  buyers = await makeCrowd(gatehouse, BUYERS);
});
afterAll(async () => {
  await other?.close();
  await gatehouse?.close();
});

/** Every buyer at once, each at one of the two servers; a fault is an answer too. */
const rush = (event: Event): Promise<string[]> =>
  Promise.all(
    buyers.map((buyer, index) =>
      reserve(at(index % 2 === 0 ? gatehouse : other, buyer), event).then(outcomeOf, () => "FAULT"),
    ),
  );

it("with the condition in the statement, nothing is sold twice", { timeout: TIMEOUT }, async () => {
  const event = await eventWith(venue, PLACES);
  expect(tally(await rush(event))).toEqual({ RESERVED: PLACES, SOLD_OUT: BUYERS - PLACES });
});

describe("with the condition taken out of the statement and asked before it", () => {
  let taken: { count: number };
  beforeEach(() => {
    taken = askBeforeTaking();
  });
  afterEach(() => vi.restoreAllMocks());

  it("buyers one after the other notice nothing", async () => {
    const event = await eventWith(venue, 2);
    const outcomes: string[] = [];
    for (const buyer of buyers.slice(0, 4)) outcomes.push(outcomeOf(await reserve(buyer.client, event)));
    expect(outcomes).toEqual(["RESERVED", "RESERVED", "SOLD_OUT", "SOLD_OUT"]);
    expect(taken.count).toBe(2);
  });

  it("the table's constraint alone still keeps places from being sold twice, but answers are faults", {
    timeout: TIMEOUT,
  }, async () => {
    const event = await eventWith(venue, PLACES);
    const { RESERVED, FAULT } = tally(await rush(event));
    expect(RESERVED).toBe(PLACES);
    expect(FAULT).toBeGreaterThan(0);
    expect(await stockOf(event)).toMatchObject({ reserved: PLACES, available: 0 });
  });

  it("and without the constraint, the same buyers are sold places twice", { timeout: TIMEOUT }, async () => {
    await gatehouse.sql("alter table ticket_types drop constraint ticket_types_stock");
    const event = await eventWith(venue, PLACES);
    const { RESERVED, FAULT } = tally(await rush(event));
    expect(FAULT).toBeUndefined();
    expect(RESERVED).toBeGreaterThan(PLACES);
    expect((await stockOf(event)).reserved).toBe(RESERVED);
  });
});

/** The ORM's, which may be another copy than ours. */
const { resolve } = createRequire(import.meta.url);
const driver: typeof pg = createRequire(resolve("@mikro-orm/postgresql"))("pg");

/** The driver's `query`, as far as the take statement comes through it. */
type Query = (this: pg.Client, text: unknown, values?: readonly unknown[]) => Promise<pg.QueryResult>;

/** From now on the statement comes to the database as two. Counts the places taken. */
function askBeforeTaking(): { count: number } {
  const taken = { count: 0 };
  const query = driver.Client.prototype.query as unknown as Query;
  const ask: Query = async function (text, values = []) {
    if (typeof text !== "string" || !text.startsWith(TAKE)) return query.call(this, text, values);
    const { id, count, unconditional } = partsOf(text, values);
    const { rows } = await query.call(this, FREE, [id]);
    if (rows[0].free < count) return { rows: [], rowCount: 0, command: "UPDATE", oid: 0, fields: [] };
    taken.count += count;
    return query.call(this, unconditional, values);
  };
  vi.spyOn(driver.Client.prototype, "query").mockImplementation(ask as never);
  return taken;
}

/** `true` for the condition, with its value named still: the driver sends as many values as it is given. */
function partsOf(text: string, values: readonly unknown[]) {
  const [condition, parameter] = CONDITION.exec(text) ?? [];
  const [, id] = /where id = (\$\d+)/.exec(text) ?? [];
  if (condition === undefined || parameter === undefined || id === undefined) {
    throw new Error(`the statement has changed: ${text}`);
  }
  const valueAt = (name: string): unknown => values[Number(name.slice(1)) - 1];
  const unconditional = text.replace(condition, `and ${parameter}::int is not null`);
  return { id: valueAt(id), count: Number(valueAt(parameter)), unconditional };
}
