import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { enter, setTicket } from "./setup/doors.js";
import { cancelTicket, refusal, updateType } from "./setup/organizing.js";
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

describe("cancelTicket", () => {
  it("frees the ticket's place, and closes the gate to it as CANCELLED", async () => {
    const event = await venue.event({}, [{ name: "Standard", quantity: 1 }]);
    const [id] = await event.tickets(["ONE"]);
    await expect(event.tickets(["TWO"])).rejects.toThrow("SOLD_OUT");
    expect(await cancelTicket(owner.client, id)).toEqual({
      ticket: { id, status: "CANCELLED", ticketType: { sold: 0, available: 1 } },
      userErrors: [],
    });
    const { client } = await venue.device();
    expect(await enter(client, "ONE", { eventId: event.id })).toBe("CANCELLED");
    expect(await event.tickets(["TWO"])).toHaveLength(1);
  });

  it("again is ALREADY_CANCELLED, and frees the place once", async () => {
    const event = await venue.event();
    const [id] = await event.tickets(["ONE", "TWO"]);
    const answers = await Promise.all(Array.from({ length: 5 }, () => cancelTicket(owner.client, id)));
    const told = answers.map(({ userErrors: [error] }) => error?.code ?? "cancelled").sort();
    expect(told).toEqual([...Array.from({ length: 4 }, () => "ALREADY_CANCELLED"), "cancelled"]);
    expect((await updateType(event, {})).ticketType).toMatchObject({ sold: 1, available: 999 });
  });

  it.each(["RESERVED", "EXPIRED"])("leaves a ticket that is %s to its hold", async (status) => {
    const [id] = await (await venue.event()).tickets(["HELD"]);
    await setTicket(gatehouse, id, status);
    expect(await cancelTicket(owner.client, id)).toMatchObject({ ticket: null, ...refusal("CONFLICT", "ticketId") });
  });

  it("lets somebody inside leave", async () => {
    const event = await venue.event();
    const [id] = await event.tickets(["IN"]);
    const { client } = await venue.device();
    await enter(client, "IN", { eventId: event.id });
    await cancelTicket(owner.client, id);
    expect(await enter(client, "IN", { eventId: event.id, direction: "EXIT" })).toBe("ACCEPTED");
  });
});
