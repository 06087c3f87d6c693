import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { cancel, eventWith, held, outcomeOf, pay, reserve, stockOf } from "./setup/sales.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { type Person, type Venue, World } from "./setup/world.js";

const BUYERS = 120;
const PLACES = 100;

let gatehouse: TestGatehouse;
let other: TestGatehouse;
let world: World;
let venue: Venue;
let buyers: Person[];
beforeAll(async () => {
  gatehouse = await startGatehouse({ holdSeconds: 1, ticketsPerUser: 1000 });
  other = await startGatehouse({ databaseUrl: gatehouse.databaseUrl, holdSeconds: 60, ticketsPerUser: 1000 });
  world = new World(gatehouse.url);
  venue = await world.venue();
  buyers = await Promise.all(Array.from({ length: 8 }, () => world.person()));
});
afterEach(() => expectCountsRight(gatehouse));
afterAll(async () => {
  await other.close();
  await gatehouse.close();
});

const buyer = (index: number): Person => buyers[index % buyers.length] as Person;
/** The buyer at the first or the second server, in turn. */
const clientOf = (index: number) => {
  const { client } = buyer(index);
  return index % 2 === 0 ? client : new World(other.url).anonymous.as(client.token);
};

const count = (answers: readonly string[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(answers, (answer) => answer)].map(([name, of]) => [name, of.length]));

describe("buyers at once", () => {
  it("are one holder and one sold out where one place is left, at two servers", async () => {
    for (let round = 0; round < 10; round += 1) {
      const event = await eventWith(venue, 1);
      const answers = await Promise.all([1, 3].map((index) => reserve(clientOf(index), event)));
      expect(count(answers.map(outcomeOf))).toEqual({ RESERVED: 1, SOLD_OUT: 1 });
    }
  });

  it("who pay, cancel and let go at will never oversell, and lose no place", async () => {
    const event = await venue.event({}, [
      { name: "A", quantity: PLACES },
      { name: "B", quantity: PLACES },
    ]);
    const outcomes = await Promise.all(Array.from({ length: BUYERS }, (_, index) => buyAtWill(index, event)));
    expect(outcomes.filter((outcome) => outcome.startsWith("fault"))).toEqual([]);
    for (const type of ["A", "B"]) {
      const { quantity, sold, reserved, available } = await stockOf(event, type);
      expect(available + reserved + sold).toBe(quantity);
      expect(available).toBeGreaterThanOrEqual(0);
      const [kept] = await gatehouse.sql<{ sold: number }>(
        "select count(*)::int as sold from tickets where status = 'PAID' and ticket_type_id in (select id from ticket_types where name = $1)",
        [type],
      );
      expect(kept?.sold).toBe(sold);
    }
  });

  it("who pay a hold while it is cancelled come to one end alone", async () => {
    const event = await eventWith(venue, PLACES);
    for (let round = 0; round < 10; round += 1) {
      const client = clientOf(1);
      const reservation = await held(client, event);
      const [paid, cancelled] = await Promise.all([pay(client, reservation), cancel(client, reservation)]);
      expect([
        ["PAID", "ALREADY_PAID"],
        ["ALREADY_CANCELLED", "CANCELLED"],
      ]).toContainEqual([outcomeOf(paid), outcomeOf(cancelled)]);
    }
  });
});

/** Every third pays, every third cancels, the rest let the hold run out; types are named in either order. */
async function buyAtWill(index: number, event: Parameters<typeof reserve>[1]): Promise<string> {
  const client = clientOf(index);
  const places = index % 4 < 2 ? { A: 1, B: 1 } : { B: 2, A: 1 };
  try {
    const { reservation, userErrors } = await reserve(client, event, places);
    if (reservation === null) return userErrors[0]?.code ?? "nothing";
    if (index % 3 === 0) return outcomeOf(await pay(client, reservation));
    if (index % 3 === 1) return outcomeOf(await cancel(client, reservation));
    return "let go";
  } catch (error) {
    return `fault ${error}`;
  }
}
