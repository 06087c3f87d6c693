import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { decodeId } from "../src/schema/ids.js";
import { at, makeCrowd, tally } from "./setup/crowd.js";
import { eventWith, outcomeOf, pay, reserve, stockOf } from "./setup/sales.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { type Event, type Person, type Venue, World } from "./setup/world.js";

const BUYERS = 500;
const PLACES = 100;
/** Of holding. More come with RACE_ROUNDS. */
const ROUNDS = Number(process.env["RACE_ROUNDS"] ?? 1);
const TIMEOUT = 120_000;

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
afterEach(() => expectCountsRight(gatehouse));
afterAll(async () => {
  await other?.close();
  await gatehouse?.close();
});

/** Every buyer at once, each at one of the two servers. */
const rush = (buy: (client: Person["client"], index: number) => Promise<string>): Promise<string[]> =>
  Promise.all(buyers.map((buyer, index) => buy(at(index % 2 === 0 ? gatehouse : other, buyer), index)));

/** The rows themselves, for what the API tells is reckoned from the same sums. */
const ticketsOf = async (event: Event): Promise<Record<string, number>> => {
  const rows = await gatehouse.sql<{ status: string }>(
    "select status from tickets where event_id = $1 order by status",
    [decodeId("evt", event.id)],
  );
  return tally(rows.map(({ status }) => status));
};

describe(`${BUYERS} buyers at two servers`, () => {
  it(`for ${PLACES} places get exactly ${PLACES} tickets, and all the others are told that it is sold out`, {
    timeout: TIMEOUT,
  }, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const event = await eventWith(venue, PLACES);
      const outcomes = await rush(async (client) => outcomeOf(await reserve(client, event)));
      expect(tally(outcomes)).toEqual({ RESERVED: PLACES, SOLD_OUT: BUYERS - PLACES });
      expect(await ticketsOf(event)).toEqual({ RESERVED: PLACES });
      expect(await stockOf(event)).toEqual({ quantity: PLACES, sold: 0, reserved: PLACES, available: 0 });
    }
  });

  it("who pay what they hold at once get exactly as many paid tickets", { timeout: TIMEOUT }, async () => {
    const event = await eventWith(venue, PLACES);
    const outcomes = await rush(async (client) => {
      const answer = await reserve(client, event);
      return outcomeOf(answer.reservation === null ? answer : await pay(client, answer.reservation));
    });
    expect(tally(outcomes)).toEqual({ PAID: PLACES, SOLD_OUT: BUYERS - PLACES });
    expect(await ticketsOf(event)).toEqual({ PAID: PLACES });
    expect(await stockOf(event)).toEqual({ quantity: PLACES, sold: PLACES, reserved: 0, available: 0 });
  });

  it("who want one place of each of two types, named in either order, get both or none", {
    timeout: TIMEOUT,
  }, async () => {
    const few = PLACES / 2;
    // The one that is taken last is scarce: who does not get it gives back what was taken before it.
    const event = await venue.event({}, [
      { name: "A", quantity: PLACES },
      { name: "B", quantity: few },
    ]);
    const outcomes = await rush(async (client, index) =>
      outcomeOf(await reserve(client, event, index % 4 < 2 ? { A: 1, B: 1 } : { B: 1, A: 1 })),
    );
    expect(tally(outcomes)).toEqual({ RESERVED: few, SOLD_OUT: BUYERS - few });
    expect(await ticketsOf(event)).toEqual({ RESERVED: 2 * few });
    for (const type of ["A", "B"]) expect(await stockOf(event, type)).toMatchObject({ sold: 0, reserved: few });
  });
});
