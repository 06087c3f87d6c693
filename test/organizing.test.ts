import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Client } from "./setup/client.js";
import { cancel, cancelTicket, publish, refusal, update, updateType } from "./setup/organizing.js";
import { codes } from "./setup/race.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { type Event, made, mutate, type Person, type Venue, World } from "./setup/world.js";

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

describe("the rights to organize", () => {
  const changes: Record<
    string,
    (event: Event, client: Client) => Promise<{ userErrors: readonly { code: string }[] }>
  > = {
    updateEvent: (event, client) => update(event, { title: "Mine" }, client),
    publishEvent: publish,
    cancelEvent: cancel,
    updateTicketType: (event, client) => updateType(event, { quantity: 7 }, client),
  };

  async function crew() {
    const admin = await world.person("Admin");
    await gatehouse.sql("update users set role = 'ADMIN' where email = $1", [admin.email]);
    return {
      admin: admin.client,
      staff: (await venue.staff()).client,
      device: (await venue.device()).client,
      other: (await world.venue()).owner.client,
    };
  }

  it.each(Object.entries(changes))(
    "%s is the owner's and admins', whom else one may see it or not",
    async (_name, change) => {
      const { admin, staff, device, other } = await crew();
      const [shown, draft] = [await venue.event(), await venue.event({ publish: false })];
      for (const event of [shown, draft]) {
        for (const client of [staff, device]) await expect(change(event, client)).rejects.toThrow("FORBIDDEN");
        await expect(change(event, world.anonymous)).rejects.toThrow("UNAUTHENTICATED");
      }
      await expect(change(shown, other)).rejects.toThrow("FORBIDDEN");
      expect((await change(draft, other)).userErrors).toMatchObject([{ code: "NOT_FOUND" }]);
      expect((await change(shown, owner.client)).userErrors).toEqual([]);
      expect((await change(draft, admin)).userErrors).toEqual([]);
    },
  );

  it("cancelTicket is the owner's and admins', not the holder's, and hidden from others", async () => {
    const { admin, staff, device, other } = await crew();
    const holder = await world.person("Holder");
    const event = await venue.event();
    const [first, second] = await event.tickets(["ONE", "TWO"], "Standard", { holderEmail: holder.email });
    for (const client of [holder.client, staff, device]) {
      await expect(cancelTicket(client, first)).rejects.toThrow("FORBIDDEN");
    }
    await expect(cancelTicket(world.anonymous, first)).rejects.toThrow("UNAUTHENTICATED");
    expect(await cancelTicket(other, first)).toMatchObject(refusal("NOT_FOUND", "ticketId"));
    expect((await cancelTicket(owner.client, first)).userErrors).toEqual([]);
    expect((await cancelTicket(admin, second)).userErrors).toEqual([]);
  });

  it("knows what is not there as NOT_FOUND, and a malformed id as bad input", async () => {
    const nothing = "01h455vb4pex5vsknk084sn02q";
    expect(
      (await mutate(owner.client, "cancelEvent", "EventIdInput", "event { id }", { eventId: `evt_${nothing}` }))
        .userErrors,
    ).toMatchObject([{ code: "NOT_FOUND", path: ["eventId"] }]);
    expect(await cancelTicket(owner.client, `tkt_${nothing}`)).toMatchObject(refusal("NOT_FOUND", "ticketId"));
    const type = { ticketTypeId: `tty_${nothing}` };
    expect(
      (await mutate(owner.client, "updateTicketType", "UpdateTicketTypeInput", "ticketType { id }", type)).userErrors,
    ).toMatchObject([{ code: "NOT_FOUND", path: ["ticketTypeId"] }]);
    await expect(
      made(owner.client, "cancelTicket", "TicketIdInput", "ticket { id }", { ticketId: "tkt_1" }),
    ).rejects.toThrow("BAD_USER_INPUT");
  });
});

describe("who watches what is left", () => {
  it("is told of every place that the organizer adds, takes or frees, and of none once the event is cancelled", async () => {
    const event = await venue.event({}, [{ name: "Standard", quantity: 10 }]);
    const watch = world.anonymous.subscribe<{ availabilityChanged: { ticketsAvailable: number } }>(
      "subscription ($id: ID!) { availabilityChanged(eventId: $id) { ticketsAvailable } }",
      { id: event.id },
    );
    await using _watch = watch;
    const left = (places: number) =>
      watch.waitFor(({ availabilityChanged: { ticketsAvailable } }) => ticketsAvailable === places, 1_500);
    await left(10);
    const [id] = await event.tickets(["A", "B"]);
    await left(8);
    await cancelTicket(owner.client, id);
    await left(9);
    await updateType(event, { quantity: 20 });
    await left(19);
    await cancel(event);
    await left(0);
  });
});

describe("changes side by side", () => {
  it("wait for each other in line: none fails for another, and the stock adds up", async () => {
    const [giver, receiver] = [await world.person("Giver"), await world.person("Receiver")];
    for (let round = 0; round < 6; round++) {
      const event = await venue.event({}, [{ name: "Standard", quantity: 50 }, { name: "VIP" }]);
      const ids = await event.tickets(codes(12), "Standard", { holderEmail: giver.email });
      const give = (ticketId: string) =>
        mutate(giver.client, "transferTicket", "TransferTicketInput", "ticket { id }", {
          ticketId,
          toEmail: receiver.email,
        });
      await Promise.all([
        ...ids.flatMap((id) => [give(id), cancelTicket(owner.client, id)]),
        ...[20, 30, 40].map((quantity) => updateType(event, { quantity })),
        ...codes(4, "NEW").map((code) => event.tickets([code]).catch(refusedOnly)),
        update(event, { capacity: 10 }),
        round % 2 === 0 ? cancel(event) : publish(event),
      ]);
    }
    await expectCountsRight(gatehouse);
  });
});

function refusedOnly(error: Error): void {
  if (!/ALREADY_CANCELLED|SOLD_OUT/.test(error.message)) throw error;
}

describe("several changes in one request", () => {
  it("are each answered with what is true after it", async () => {
    const event = await venue.event({ publish: false }, [{ name: "Standard", quantity: 3 }]);
    const query = `mutation ($type: ID!, $event: ID!) {
      a: updateTicketType(input: { ticketTypeId: $type, quantity: 5 }) { ticketType { event { status totalTickets } } }
      b: publishEvent(input: { eventId: $event }) { event { totalTickets } }
      c: updateTicketType(input: { ticketTypeId: $type, quantity: 7 }) { ticketType { event { status totalTickets } } }
    }`;
    expect(await owner.client.ok(query, { type: event.types.get("Standard"), event: event.id })).toEqual({
      a: { ticketType: { event: { status: "DRAFT", totalTickets: 5 } } },
      b: { event: { totalTickets: 5 } },
      c: { ticketType: { event: { status: "PUBLISHED", totalTickets: 7 } } },
    });
  });
});
