import pg from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Call, Statement } from "../src/domain/flight.js";
import { at, makeCrowd, tally } from "./setup/crowd.js";
import { eventWith, outcomeOf, reserve, stockOf } from "./setup/sales.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { type Event, type Person, type Venue, World } from "./setup/world.js";

const { Client, DatabaseError } = pg;

/**
 * The control of stock-rounds.test.ts: the same buyers, and the server's own statement without its condition, which is asked
 * beforehand instead. Here the race must appear; where it does not, the rounds that find none show nothing.
 */
const BUYERS = 500;
const PLACES = 100;
const MOST_RUSHES = 5;
const TIMEOUT = 60_000;

const TAKE = "/* stock.take */";
const CONDITION = "and quantity - sold - reserved >= $2";
const FREE = "select quantity - sold - reserved as free from ticket_types where id = $1";

let gatehouse: TestGatehouse;
let venue: Venue;
let buyers: Person[];
beforeAll(async () => {
  gatehouse = await startGatehouse({ jobs: false });
  venue = await new World(gatehouse.url).venue();
  buyers = await makeCrowd(gatehouse, BUYERS);
});
afterAll(() => gatehouse?.close());

interface Outcomes {
  readonly RESERVED: number;
  readonly FAULT: number;
}

/** Every buyer at once, each at one of the two servers; a fault is an answer too. */
const rush = (event: Event, [one, two]: readonly [TestGatehouse, TestGatehouse]): Promise<string[]> =>
  Promise.all(
    buyers.map((buyer, index) => reserve(at(index % 2 === 0 ? one : two, buyer), event).then(outcomeOf, () => "FAULT")),
  );

describe("with the condition taken out of the statement and asked before it", () => {
  let taken: { count: number };
  // Of their own, for each connection prepares the statement once.
  const asking: TestGatehouse[] = [];
  beforeAll(async () => {
    taken = askBeforeTaking();
    const { databaseUrl } = gatehouse;
    for (let count = 0; count < 2; count += 1) asking.push(await startGatehouse({ databaseUrl, jobs: false }));
  });
  afterAll(async () => {
    for (const server of asking) await server.close();
    vi.restoreAllMocks();
  });

  /** Rushes to events of their own, until one has gone wrong: one alone may happen to go well. Answers the last. */
  async function rushUntil(isWrong: (outcomes: Outcomes) => boolean): Promise<Outcomes & { readonly event: Event }> {
    for (let rushes = 1; ; rushes += 1) {
      const event = await eventWith(venue, PLACES);
      const { RESERVED = 0, FAULT = 0 } = tally(await rush(event, asking as [TestGatehouse, TestGatehouse]));
      if (isWrong({ RESERVED, FAULT }) || rushes === MOST_RUSHES) return { RESERVED, FAULT, event };
    }
  }

  it("buyers one after the other notice nothing", async () => {
    const event = await eventWith(venue, 2);
    const outcomes: string[] = [];
    for (const buyer of buyers.slice(0, 4)) {
      outcomes.push(outcomeOf(await reserve(at(asking[0] as TestGatehouse, buyer), event)));
    }
    expect(outcomes).toEqual(["RESERVED", "RESERVED", "SOLD_OUT", "SOLD_OUT"]);
    expect(taken.count).toBe(2);
  });

  it("the table's constraint alone still keeps places from being sold twice, but answers are faults", {
    timeout: TIMEOUT,
  }, async () => {
    const { RESERVED, FAULT, event } = await rushUntil((outcomes) => outcomes.FAULT > 0);
    expect(RESERVED).toBe(PLACES);
    expect(FAULT).toBeGreaterThan(0);
    expect(await stockOf(event)).toMatchObject({ reserved: PLACES, available: 0 });
  });

  it("and without the constraint, the same buyers are sold places twice", { timeout: TIMEOUT }, async () => {
    await gatehouse.sql("alter table ticket_types drop constraint ticket_types_stock");
    const { RESERVED, FAULT, event } = await rushUntil((outcomes) => outcomes.RESERVED > PLACES);
    expect(FAULT).toBe(0);
    expect(RESERVED).toBeGreaterThan(PLACES);
    expect((await stockOf(event)).reserved).toBe(RESERVED);
  });
});

/** The driver's `query`, as far as a flight comes through it, or what prepares one of its statements. */
type Query = (this: pg.Client, query: unknown, values?: readonly unknown[]) => Promise<pg.QueryResult>;
type Sent = { statement?: Statement; calls?: readonly Call[]; handleError(error: Error): void };

/** From now on the statement is prepared without its condition, and the question comes to the database before it. Counts the places taken. */
function askBeforeTaking(): { count: number } {
  const taken = { count: 0 };
  const query = Client.prototype.query as unknown as Query;
  const ask: Query = async function (sent, values) {
    const { statement, calls = [] } = sent as Sent;
    if (statement?.text.startsWith(TAKE)) Object.assign(sent as Sent, { statement: unconditional(statement) });
    const take = calls.find((each) => each.statement.text.startsWith(TAKE));
    if (take === undefined) return query.call(this, sent, values);
    const [id, count] = take.values as [string, number];
    const { rows } = await query.call(this, FREE, [id]);
    if (rows[0].free < count) return (sent as Sent).handleError(soldOut(id)) as never;
    taken.count += count;
    return query.call(this, sent, values);
  };
  vi.spyOn(Client.prototype, "query").mockImplementation(ask as never);
  return taken;
}

/** As what the statement raises. */
const soldOut = (id: string): Error =>
  Object.assign(new DatabaseError("sold out", 0, "error"), { code: "GH001", detail: id });

function unconditional({ name, text }: Statement): Statement {
  if (!text.includes(CONDITION)) throw new Error(`the statement has changed: ${text}`);
  return { name, text: text.replace(CONDITION, "and $2::int is not null") };
}
