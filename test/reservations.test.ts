import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { decodeId } from "../src/schema/ids.js";
import { setEvent } from "./setup/doors.js";
import { cancel, eventWith, held, outcomeOf, readReservation, reserve, stockOf } from "./setup/sales.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { type Person, type Venue, World } from "./setup/world.js";

let gatehouse: TestGatehouse;
let world: World;
let venue: Venue;
let buyer: Person;
beforeAll(async () => {
  gatehouse = await startGatehouse({ holdSeconds: 60 });
  world = new World(gatehouse.url);
  venue = await world.venue();
  buyer = await world.person("Buyer");
});
afterEach(() => expectCountsRight(gatehouse));
afterAll(() => gatehouse.close());

describe("reserveTickets", () => {
  it("holds places of several types at their prices of now, with tickets that are not good yet", async () => {
    const event = await venue.event({}, [
      { name: "Standard", quantity: 5, price: { amountMinor: 1_000, currency: "EUR" } },
      { name: "VIP", quantity: 5, price: { amountMinor: 2_500, currency: "EUR" } },
    ]);
    const reservation = await held(buyer.client, event, { Standard: 2, VIP: 1 });
    expect(reservation).toMatchObject({ status: "RESERVED", paidAt: null });
    expect(reservation.total).toEqual({ amountMinor: 4_500, currency: "EUR" });
    expect(reservation.tickets.map(({ status }) => status)).toEqual(["RESERVED", "RESERVED", "RESERVED"]);
    expect(Date.parse(reservation.expiresAt) - Date.now()).toBeGreaterThan(55_000);
    expect(await stockOf(event)).toEqual({ quantity: 5, sold: 0, reserved: 2, available: 3 });
    expect(await stockOf(event, "VIP")).toEqual({ quantity: 5, sold: 0, reserved: 1, available: 4 });
  });

  it("holds all items or none", async () => {
    const event = await venue.event({}, [
      { name: "Standard", quantity: 5 },
      { name: "VIP", quantity: 1 },
    ]);
    const answer = await reserve(buyer.client, event, { Standard: 2, VIP: 2 });
    expect(answer.userErrors).toMatchObject([{ code: "SOLD_OUT", path: ["items", "1", "quantity"] }]);
    expect(await stockOf(event)).toMatchObject({ reserved: 0, available: 5 });
    expect(await stockOf(event, "VIP")).toMatchObject({ reserved: 0, available: 1 });
  });

  it.each([0, -1])("refuses a quantity of %i", async (quantity) => {
    const event = await eventWith(venue, 5);
    const { userErrors } = await reserve(buyer.client, event, { Standard: quantity });
    expect(userErrors).toMatchObject([{ code: "INVALID", path: ["items", "0", "quantity"] }]);
  });

  it("refuses no items, and a key that is blank or too long", async () => {
    const event = await eventWith(venue, 5);
    expect((await reserve(buyer.client, event, {})).userErrors).toMatchObject([{ code: "INVALID", path: ["items"] }]);
    for (const key of [" ", "k".repeat(101)]) {
      const { userErrors } = await reserve(buyer.client, event, { Standard: 1 }, key);
      expect(userErrors).toMatchObject([{ code: "INVALID", path: ["idempotencyKey"] }]);
    }
  });

  it("refuses a type of another event, and an event that is none", async () => {
    const [event, other] = [await eventWith(venue, 5), await eventWith(venue, 5)];
    const mixed = Object.assign(Object.create(event), { types: other.types });
    const foreign = await reserve(buyer.client, mixed);
    expect(foreign.userErrors).toMatchObject([{ code: "NOT_FOUND", path: ["items", "0", "ticketTypeId"] }]);
    const nowhere = Object.assign(Object.create(event), { id: event.id.replace(/.{4}$/, "0000") });
    expect((await reserve(buyer.client, nowhere)).userErrors).toMatchObject([{ code: "NOT_FOUND", path: ["eventId"] }]);
  });

  it("lets one user hold ten tickets of an event in all, and of another event ten more", async () => {
    const event = await eventWith(venue, 50);
    const person = await world.person();
    await held(person.client, event, { Standard: 6 });
    expect(outcomeOf(await reserve(person.client, event, { Standard: 5 }))).toBe("LIMIT_EXCEEDED");
    await held(person.client, event, { Standard: 4 });
    expect(outcomeOf(await reserve(person.client, event))).toBe("LIMIT_EXCEEDED");
    await held(person.client, await eventWith(venue, 50), { Standard: 10 });
  });

  it("counts to the limit what the same user reserves at the same time", async () => {
    const person = await world.person();
    // More than once, for connections that have yet to be opened come one after the other.
    for (let round = 0; round < 5; round += 1) {
      const event = await eventWith(venue, 50);
      const answers = await Promise.all(
        Array.from({ length: 6 }, () => reserve(person.client, event, { Standard: 4 })),
      );
      expect(answers.map(outcomeOf).toSorted()).toEqual([...Array(4).fill("LIMIT_EXCEEDED"), "RESERVED", "RESERVED"]);
    }
  });

  it("is closed for a draft, a cancelled event and one that is over; to others a draft is not there", async () => {
    const draft = await venue.event({ publish: false });
    expect(outcomeOf(await reserve(venue.owner.client, draft))).toBe("SALES_CLOSED");
    expect(outcomeOf(await reserve(buyer.client, draft))).toBe("NOT_FOUND");
    const cancelled = await eventWith(venue, 5);
    await setEvent(gatehouse, cancelled, "status = 'CANCELLED'");
    expect(outcomeOf(await reserve(buyer.client, cancelled))).toBe("SALES_CLOSED");
    const over = await eventWith(venue, 5);
    await setEvent(gatehouse, over, "starts_at = now() - interval '2 hours', ends_at = now() - interval '1 second'");
    expect(outcomeOf(await reserve(buyer.client, over))).toBe("SALES_CLOSED");
  });

  it("answers what succeeded again under its key, and refuses the key for anything else", async () => {
    const event = await eventWith(venue, 5);
    const key = randomUUID();
    const first = await reserve(buyer.client, event, { Standard: 2 }, key);
    const again = await reserve(buyer.client, event, { Standard: 2 }, key);
    expect(first.replayed).toBe(false);
    expect(again).toEqual({ ...first, replayed: true });
    expect(outcomeOf(await reserve(buyer.client, event, { Standard: 3 }, key))).toBe("KEY_REUSED");
    expect(outcomeOf(await reserve((await world.person()).client, event, { Standard: 2 }, key))).toBe("RESERVED");
    expect(await stockOf(event)).toMatchObject({ reserved: 4 });
  });

  it("answers again under its key whatever has become of the event", async () => {
    const event = await eventWith(venue, 1);
    const key = randomUUID();
    const first = await reserve(buyer.client, event, { Standard: 1 }, key);
    await setEvent(gatehouse, event, "status = 'CANCELLED'");
    expect(await reserve(buyer.client, event, { Standard: 1 }, key)).toEqual({ ...first, replayed: true });
  });

  it("holds once when one key comes many times at once", async () => {
    const event = await eventWith(venue, 50);
    const key = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => reserve(buyer.client, event, { Standard: 1 }, key)),
    );
    expect(new Set(answers.map(({ reservation }) => reservation?.id)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await stockOf(event)).toMatchObject({ reserved: 1 });
  });

  it("may be tried again under a key that was refused", async () => {
    const event = await eventWith(venue, 1);
    const other = await held(venue.owner.client, event);
    const key = randomUUID();
    expect(outcomeOf(await reserve(buyer.client, event, { Standard: 1 }, key))).toBe("SOLD_OUT");
    await cancel(venue.owner.client, other);
    expect(outcomeOf(await reserve(buyer.client, event, { Standard: 1 }, key))).toBe("RESERVED");
  });

  it("needs a signed-in user", async () => {
    const event = await eventWith(venue, 1);
    await expect(reserve(world.anonymous, event)).rejects.toThrow("UNAUTHENTICATED");
    await expect(reserve((await venue.device()).client, event)).rejects.toThrow("FORBIDDEN");
  });
});

describe("cancelReservation", () => {
  it("gives the places back, once", async () => {
    const event = await eventWith(venue, 5);
    const reservation = await held(buyer.client, event, { Standard: 2 });
    const cancelled = await cancel(buyer.client, reservation);
    expect(cancelled.reservation).toMatchObject({ status: "CANCELLED" });
    expect(cancelled.reservation?.tickets.map(({ status }) => status)).toEqual(["CANCELLED", "CANCELLED"]);
    expect(await stockOf(event)).toMatchObject({ reserved: 0, available: 5 });
    expect(outcomeOf(await cancel(buyer.client, reservation))).toBe("ALREADY_CANCELLED");
    expect(await stockOf(event)).toMatchObject({ reserved: 0, available: 5 });
  });

  it("is not for another user, to whom the reservation is not there", async () => {
    const reservation = await held(buyer.client, await eventWith(venue, 5));
    const other = await world.person();
    expect((await cancel(other.client, reservation)).userErrors).toMatchObject([
      { code: "NOT_FOUND", path: ["reservationId"] },
    ]);
    expect(await readReservation(other.client, reservation)).toBeNull();
    expect(await readReservation(buyer.client, reservation)).toMatchObject({ status: "RESERVED" });
  });
});

it("lists a user's reservations, the latest first, to the user alone", async () => {
  const event = await eventWith(venue, 5);
  const person = await world.person();
  const ids = [await held(person.client, event), await held(person.client, event)].map(({ id }) => id);
  const query = "query ($id: ID!) { node(id: $id) { ... on User { reservations { totalCount nodes { id } } } } }";
  const own = await person.client.ok(query, { id: person.id });
  expect(own).toEqual({ node: { reservations: { totalCount: 2, nodes: ids.toReversed().map((id) => ({ id })) } } });
  expect(await buyer.client.ok(query, { id: person.id })).toEqual({ node: { reservations: null } });
});

describe("a hold that has run out", () => {
  it("is seen as such at once, and its places are anybody's, without any job", async () => {
    await using quiet = await startGatehouse({ databaseUrl: gatehouse.databaseUrl, jobs: false });
    const elsewhere = new World(quiet.url);
    const owner = await elsewhere.person();
    const event = await eventWith(await elsewhere.venue({}, owner), 2);
    const [first, second] = [await elsewhere.person(), await elsewhere.person()];
    const reservation = await held(first.client, event, { Standard: 2 });
    expect(outcomeOf(await reserve(second.client, event))).toBe("SOLD_OUT");
    await lapse(reservation.id);
    expect(await stockOf(event)).toEqual({ quantity: 2, sold: 0, reserved: 0, available: 2 });
    expect(await readReservation(first.client, reservation)).toMatchObject({
      status: "EXPIRED",
      tickets: [{ status: "EXPIRED" }, { status: "EXPIRED" }],
    });
    expect(await held(second.client, event, { Standard: 2 })).toMatchObject({ status: "RESERVED" });
    expect(await stockOf(event)).toEqual({ quantity: 2, sold: 0, reserved: 2, available: 0 });
  });

  it("is found among a user's expired tickets, and not among the held ones", async () => {
    const event = await eventWith(venue, 2);
    const person = await world.person();
    await lapse((await held(person.client, event)).id);
    const query =
      "{ me { expired: tickets(status: EXPIRED) { totalCount } held: tickets(status: RESERVED) { totalCount } } }";
    expect(await person.client.ok(query)).toEqual({ me: { expired: { totalCount: 1 }, held: { totalCount: 0 } } });
  });

  it("is written down by the job within seconds", async () => {
    await using hasty = await startGatehouse({ databaseUrl: gatehouse.databaseUrl, holdSeconds: 1 });
    const event = await eventWith(venue, 2);
    const { id } = await held(new World(hasty.url).anonymous.as(buyer.client.token), event);
    const status = () => gatehouse.sql("select status from reservations where id = $1", [decodeId("rsv", id)]);
    await expect.poll(status, { timeout: 6_000, interval: 100 }).toEqual([{ status: "EXPIRED" }]);
    const kept = await gatehouse.sql("select reserved from ticket_types where event_id = $1", [
      decodeId("evt", event.id),
    ]);
    expect(kept).toEqual([{ reserved: 0 }]);
  });
});

/** As if the time had passed. */
async function lapse(id: string): Promise<void> {
  const reservationId = decodeId("rsv", id);
  await gatehouse.sql("update reservations set expires_at = now() where id = $1", [reservationId]);
  await gatehouse.sql("update tickets set held_until = now() where reservation_id = $1", [reservationId]);
}
