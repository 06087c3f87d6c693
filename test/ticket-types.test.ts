import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeId } from "../src/schema/ids.js";
import { setTicket } from "./setup/doors.js";
import { refusal, updateType } from "./setup/organizing.js";
import { codes } from "./setup/race.js";
import { held, pay } from "./setup/sales.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { type Person, type Venue, World } from "./setup/world.js";

let gatehouse: TestGatehouse;
let world: World;
let owner: Person;
let venue: Venue;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
  owner = await world.person("Owner");
  venue = await world.venue({}, owner);
});
afterAll(() => expectCountsRight(gatehouse).finally(() => gatehouse.close()));

const price = (amountMinor: number, currency = "EUR") => ({ price: { amountMinor, currency } });

describe("updateTicketType", () => {
  it("changes what is given and leaves the rest", async () => {
    const event = await venue.event();
    await event.tickets(["A", "B"]);
    const changed = { name: "Front", price: { amountMinor: 5, currency: "USD" }, quantity: 2, admitsWhenFull: true };
    const expected = { ...changed, sold: 2, reserved: 0, available: 0, event: { id: event.id } };
    expect((await updateType(event, { ...changed, name: " Front " })).ticketType).toMatchObject(expected);
    expect((await updateType(event, {})).ticketType).toMatchObject(expected);
    expect((await updateType(event, { quantity: 3 })).ticketType).toMatchObject({
      ...expected,
      quantity: 3,
      available: 1,
    });
  });

  it("refuses a quantity below what is sold and reserved", async () => {
    const event = await venue.event();
    const [, held] = await event.tickets(["A", "B", "C"]);
    await setTicket(gatehouse, held, "RESERVED");
    expect(await updateType(event, { quantity: 2, name: "Other" })).toMatchObject({
      ticketType: null,
      ...refusal("INVALID", "quantity"),
    });
    expect((await updateType(event, { quantity: 3 })).ticketType).toMatchObject({ name: "Standard", quantity: 3 });
    await setTicket(gatehouse, held, "CANCELLED");
    expect((await updateType(event, { quantity: 2 })).ticketType).toMatchObject({ quantity: 2, available: 0 });
  });

  it("counts live holds, and not those that ran out", async () => {
    const event = await venue.event();
    const buyer = await world.person("Buyer");
    const { id } = await held(buyer.client, event, { Standard: 3 });
    expect(await updateType(event, { quantity: 2 })).toMatchObject(refusal("INVALID", "quantity"));
    await gatehouse.sql("update tickets set held_until = now() where reservation_id = $1", [decodeId("rsv", id)]);
    expect((await updateType(event, { quantity: 2 })).ticketType).toMatchObject({ reserved: 0, available: 2 });
  });

  it("leaves a live hold at the price it was made at", async () => {
    const event = await venue.event();
    const buyer = await world.person("Buyer");
    const hold = await held(buyer.client, event, { Standard: 2 });
    await updateType(event, price(9_999));
    expect((await pay(buyer.client, hold)).reservation).toMatchObject({
      status: "PAID",
      total: { amountMinor: 2_000 },
    });
  });

  it("keeps one currency for all types of the event", async () => {
    const event = await venue.event({}, [{ name: "Standard" }, { name: "VIP" }]);
    expect(await updateType(event, price(1, "USD"))).toMatchObject(refusal("INVALID", "price", "currency"));
    expect((await updateType(event, price(1))).ticketType).toMatchObject(price(1));
  });

  it.each([
    ["a quantity of less than nothing", { quantity: -1 }, ["quantity"]],
    ["a price of less than nothing", price(-1), ["price", "amountMinor"]],
    ["an unknown currency", price(1, "EURO"), ["price", "currency"]],
    ["a blank name", { name: "" }, ["name"]],
    ["no quantity", { quantity: null }, ["quantity"]],
    ["no price", { price: null }, ["price"]],
    ["a sum of places that no number tells", { quantity: 2_147_483_647 }, ["quantity"]],
  ])("refuses %s", async (_title, input, path) => {
    const event = await venue.event({}, [{ name: "Standard" }, { name: "VIP" }]);
    expect(await updateType(event, input)).toMatchObject({ ticketType: null, ...refusal("INVALID", ...path) });
  });

  it("never sells more than a quantity that is lowered meanwhile", async () => {
    const event = await venue.event({}, [{ name: "Standard", quantity: 20 }]);
    const issued = codes(20).map((code) => event.tickets([code]).catch(() => null));
    const lowered = await Promise.all([5, 10, 15].map((quantity) => updateType(event, { quantity })));
    await Promise.all(issued);
    for (const { userErrors } of lowered)
      expect(userErrors.map(({ code }) => code)).toEqual(userErrors.length ? ["INVALID"] : []);
    await expectCountsRight(gatehouse);
  });
});
