import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeId } from "../src/schema/ids.js";
import type { Client } from "./setup/client.js";
import { enter, fromNow, setTicket } from "./setup/doors.js";
import { codes, tryScan } from "./setup/race.js";
import { held, outcomeOf, pay } from "./setup/sales.js";
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

const EVENT = `event { id title description category status startsAt endsAt doorsOpenAt autoExitAt capacity reentryAllowed
  totalTickets ticketsSold ticketsAvailable updatedAt ticketTypes { sold reserved available } tickets { nodes { status } } }`;
const TYPE =
  "ticketType { id name price { amountMinor currency } quantity sold reserved available admitsWhenFull event { id } }";

type EventData = { readonly updatedAt: string } & Readonly<Record<string, unknown>>;
type Payload = { readonly event: EventData | null };

const update = (event: Event, input: Record<string, unknown>, client = owner.client) =>
  mutate<Payload>(client, "updateEvent", "UpdateEventInput", EVENT, { eventId: event.id, ...input });
const publish = ({ id }: Event, client = owner.client) =>
  mutate<Payload>(client, "publishEvent", "EventIdInput", EVENT, { eventId: id });
const cancel = ({ id }: Event, client = owner.client) =>
  mutate<Payload>(client, "cancelEvent", "EventIdInput", EVENT, { eventId: id });
const updateType = (event: Event, input: Record<string, unknown>, client = owner.client) =>
  mutate<{ ticketType: object | null }>(client, "updateTicketType", "UpdateTicketTypeInput", TYPE, {
    ticketTypeId: event.types.get("Standard"),
    ...input,
  });
const cancelTicket = (ticketId: string | undefined, client = owner.client) =>
  mutate<{ ticket: object | null }>(
    client,
    "cancelTicket",
    "TicketIdInput",
    "ticket { id status ticketType { sold available } }",
    { ticketId },
  );
const price = (amountMinor: number, currency = "EUR") => ({ price: { amountMinor, currency } });
const refusal = (code: string, ...path: string[]) => ({ userErrors: [{ code, path }] });

const TIMES = {
  startsAt: "2030-06-01T18:00:00.000Z",
  endsAt: "2030-06-01T21:00:00.000Z",
  doorsOpenAt: "2030-06-01T16:00:00.000Z",
  autoExitAt: "2030-06-02T01:00:00.000Z",
};
const later = ({ startsAt, endsAt } = TIMES) => venue.event({ startsAt, endsAt });

describe("updateEvent", () => {
  it("changes what is given and leaves the rest", async () => {
    const event = await later();
    const first = await update(event, { title: " New ", description: "Long", category: "talk", capacity: 5 });
    expect(first.event).toMatchObject({ title: "New", description: "Long", category: "talk", capacity: 5, ...TIMES });
    const second = await update(event, { reentryAllowed: false });
    expect(second.event).toMatchObject({ title: "New", capacity: 5, reentryAllowed: false, status: "PUBLISHED" });
    expect(Date.parse(second.event?.updatedAt ?? "")).toBeGreaterThan(Date.parse(first.event?.updatedAt ?? ""));
  });

  it("takes a capacity away, and only that", async () => {
    const event = await venue.event({ capacity: 5 });
    expect((await update(event, { capacity: null })).event).toMatchObject({ capacity: null });
    for (const name of ["title", "description", "category", "startsAt", "endsAt", "reentryAllowed"]) {
      expect(await update(event, { [name]: null })).toMatchObject({ event: null, ...refusal("INVALID", name) });
    }
  });

  it("moves doors and automatic exits that stand at their defaults with the start and the end", async () => {
    const moved = { startsAt: "2030-07-01T18:00:00.000Z", endsAt: "2030-07-01T22:00:00.000Z" };
    expect((await update(await later(), moved)).event).toMatchObject({
      ...moved,
      doorsOpenAt: "2030-07-01T16:00:00.000Z",
      autoExitAt: "2030-07-02T02:00:00.000Z",
    });
  });

  it("leaves doors and automatic exits that were set where they are, until null gives the defaults back", async () => {
    const set = { doorsOpenAt: "2030-06-01T12:00:00.000Z", autoExitAt: "2030-06-05T12:00:00.000Z" };
    const event = await later();
    await update(event, set);
    const startsAt = "2030-06-01T17:00:00.000Z";
    expect((await update(event, { startsAt })).event).toMatchObject({ ...TIMES, startsAt, ...set });
    expect((await update(event, { doorsOpenAt: null, autoExitAt: null })).event).toMatchObject({
      doorsOpenAt: "2030-06-01T15:00:00.000Z",
      autoExitAt: TIMES.autoExitAt,
    });
  });

  it.each([
    ["an end before the start", { endsAt: "2030-06-01T17:00:00Z" }, "endsAt"],
    ["a start after the end", { startsAt: "2030-06-01T22:00:00Z" }, "startsAt"],
    ["doors at the end", { doorsOpenAt: TIMES.endsAt }, "doorsOpenAt"],
    ["automatic exits at the start", { autoExitAt: TIMES.startsAt }, "autoExitAt"],
    ["a year that is far away", { startsAt: "2300-01-01T00:00:00Z" }, "startsAt"],
    ["a blank title", { title: " " }, "title"],
    ["a capacity of nobody", { capacity: 0 }, "capacity"],
  ])("refuses %s and changes nothing", async (_title, input, path) => {
    const event = await later();
    expect(await update(event, { description: "changed", ...input })).toMatchObject({
      event: null,
      ...refusal("INVALID", path),
    });
    expect((await update(event, {})).event).toMatchObject({ ...TIMES, title: "Show", description: "", capacity: null });
  });

  it("is obeyed by the gate from its answer on", async () => {
    const event = await venue.event();
    await event.tickets(["MOVED"]);
    const { client } = await venue.device();
    const eventId = event.id;
    await update(event, { doorsOpenAt: fromNow(1) });
    expect(await enter(client, "MOVED", { eventId })).toBe("TOO_EARLY");
    await update(event, { doorsOpenAt: fromNow(-1) });
    expect(await enter(client, "MOVED", { eventId })).toBe("ACCEPTED");
  });

  it("tells those who watch the counts of a new capacity", async () => {
    const event = await venue.event();
    const watch = owner.client.subscribe<{
      occupancyChanged: { version: number; events: { event: { id: string }; capacity: number | null }[] };
    }>(`subscription ($id: ID!) { occupancyChanged(venueId: $id) { version events { event { id } capacity } } }`, {
      id: venue.id,
    });
    await using _watch = watch;
    const { version } = (await watch.next()).occupancyChanged;
    await update(event, { capacity: 7 });
    const seen = await watch.waitFor(({ occupancyChanged: { events } }) =>
      events.some((counts) => counts.event.id === event.id && counts.capacity === 7),
    );
    expect(seen.occupancyChanged.version).toBeGreaterThan(version);
  });
});

describe("publishEvent", () => {
  it("shows a draft to everybody; again: the same answer", async () => {
    const draft = await venue.event({ publish: false });
    const query = "query ($id: ID!) { event(id: $id) { status } }";
    expect(await world.anonymous.ok(query, { id: draft.id })).toEqual({ event: null });
    for (const _ of [1, 2]) expect((await publish(draft)).event).toMatchObject({ status: "PUBLISHED" });
    expect(await world.anonymous.ok(query, { id: draft.id })).toEqual({ event: { status: "PUBLISHED" } });
  });
});

describe("cancelEvent", () => {
  it("cancels its tickets, frees their places and offers none", async () => {
    const event = await venue.event({}, [{ name: "Standard", quantity: 5 }]);
    const [, held, lapsed] = await event.tickets(["PAID", "HELD", "LAPSED"]);
    await setTicket(gatehouse, held, "RESERVED");
    await setTicket(gatehouse, lapsed, "EXPIRED");
    expect((await cancel(event)).event).toMatchObject({
      status: "CANCELLED",
      totalTickets: 5,
      ticketsSold: 0,
      ticketsAvailable: 0,
      ticketTypes: [{ sold: 0, reserved: 0, available: 0 }],
      tickets: { nodes: [{ status: "CANCELLED" }, { status: "CANCELLED" }, { status: "EXPIRED" }] },
    });
    await expectCountsRight(gatehouse);
  });

  it("cancels what is held and what is paid for, and nobody pays for it any more", async () => {
    const event = await venue.event();
    const buyer = await world.person("Buyer");
    const [paid, unpaid] = [await held(buyer.client, event), await held(buyer.client, event, { Standard: 2 })];
    await pay(buyer.client, paid);
    expect((await cancel(event)).event).toMatchObject({ ticketTypes: [{ sold: 0, reserved: 0, available: 0 }] });
    const query = "query ($id: ID!) { reservation(id: $id) { status tickets { status } } }";
    const gone = { status: "CANCELLED" };
    expect(await buyer.client.ok(query, { id: paid.id })).toEqual({ reservation: { ...gone, tickets: [gone] } });
    expect(await buyer.client.ok(query, { id: unpaid.id })).toEqual({
      reservation: { ...gone, tickets: [gone, gone] },
    });
    expect(outcomeOf(await pay(buyer.client, unpaid))).toBe("ALREADY_CANCELLED");
    await expectCountsRight(gatehouse);
  });

  it("closes the gate to its tickets as EVENT_CANCELLED, and leaves those of other events good", async () => {
    const [event, other] = [await venue.event(), await venue.event()];
    await event.tickets(["OFF"]);
    await other.tickets(["ON"]);
    await cancel(event);
    const { client } = await venue.device();
    expect(await enter(client, "OFF")).toBe("EVENT_CANCELLED");
    expect(await enter(client, "ON")).toBe("ACCEPTED");
  });

  it("is final: again, and every other change of it, is ALREADY_CANCELLED", async () => {
    const event = await venue.event();
    const [ticket] = await event.tickets(["GONE"]);
    await cancel(event);
    const gone = refusal("ALREADY_CANCELLED", "eventId");
    expect(await cancel(event)).toMatchObject({ event: null, ...gone });
    expect(await publish(event)).toMatchObject({ event: null, ...gone });
    expect(await update(event, { title: "Back" })).toMatchObject({ event: null, ...gone });
    expect(await updateType(event, { quantity: 1 })).toMatchObject(refusal("ALREADY_CANCELLED", "ticketTypeId"));
    expect(await cancelTicket(ticket)).toMatchObject(refusal("ALREADY_CANCELLED", "ticketId"));
  });

  it("hides the event from the public, and not from those who work there", async () => {
    const event = await venue.event();
    await cancel(event);
    const query = "query ($id: ID!) { event(id: $id) { status } }";
    expect(await world.anonymous.ok(query, { id: event.id })).toEqual({ event: null });
    expect(await (await venue.staff()).client.ok(query, { id: event.id })).toEqual({ event: { status: "CANCELLED" } });
  });

  it("lets nobody in once it is answered, and no ticket be issued beside it", async () => {
    const event = await venue.event({}, [{ name: "Standard", quantity: 1_000 }]);
    const names = codes(60, "RACE");
    await event.tickets(names);
    const { client } = await venue.device();
    const issue = () => event.tickets(["LATE"]).catch(() => null);
    const [cancelled] = await Promise.all([
      cancel(event),
      issue(),
      ...names.slice(0, 30).map((code) => tryScan(client, { code })),
    ]);
    expect(cancelled.event).toMatchObject({ status: "CANCELLED", ticketsSold: 0 });
    for (const code of names.slice(30, 40)) expect(await enter(client, code)).toBe("EVENT_CANCELLED");
    await expectCountsRight(gatehouse);
  });
});

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

describe("cancelTicket", () => {
  it("frees the ticket's place, and closes the gate to it as CANCELLED", async () => {
    const event = await venue.event({}, [{ name: "Standard", quantity: 1 }]);
    const [id] = await event.tickets(["ONE"]);
    await expect(event.tickets(["TWO"])).rejects.toThrow("SOLD_OUT");
    expect(await cancelTicket(id)).toEqual({
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
    const answers = await Promise.all(Array.from({ length: 5 }, () => cancelTicket(id)));
    const told = answers.map(({ userErrors: [error] }) => error?.code ?? "cancelled").sort();
    expect(told).toEqual([...Array.from({ length: 4 }, () => "ALREADY_CANCELLED"), "cancelled"]);
    expect((await updateType(event, {})).ticketType).toMatchObject({ sold: 1, available: 999 });
  });

  it.each(["RESERVED", "EXPIRED"])("leaves a ticket that is %s to its hold", async (status) => {
    const [id] = await (await venue.event()).tickets(["HELD"]);
    await setTicket(gatehouse, id, status);
    expect(await cancelTicket(id)).toMatchObject({ ticket: null, ...refusal("CONFLICT", "ticketId") });
  });

  it("lets somebody inside leave", async () => {
    const event = await venue.event();
    const [id] = await event.tickets(["IN"]);
    const { client } = await venue.device();
    await enter(client, "IN", { eventId: event.id });
    await cancelTicket(id);
    expect(await enter(client, "IN", { eventId: event.id, direction: "EXIT" })).toBe("ACCEPTED");
  });
});

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
      await expect(cancelTicket(first, client)).rejects.toThrow("FORBIDDEN");
    }
    await expect(cancelTicket(first, world.anonymous)).rejects.toThrow("UNAUTHENTICATED");
    expect(await cancelTicket(first, other)).toMatchObject(refusal("NOT_FOUND", "ticketId"));
    expect((await cancelTicket(first)).userErrors).toEqual([]);
    expect((await cancelTicket(second, admin)).userErrors).toEqual([]);
  });

  it("knows what is not there as NOT_FOUND, and a malformed id as bad input", async () => {
    const nothing = "01h455vb4pex5vsknk084sn02q";
    expect(
      (await mutate(owner.client, "cancelEvent", "EventIdInput", "event { id }", { eventId: `evt_${nothing}` }))
        .userErrors,
    ).toMatchObject([{ code: "NOT_FOUND", path: ["eventId"] }]);
    expect(await cancelTicket(`tkt_${nothing}`)).toMatchObject(refusal("NOT_FOUND", "ticketId"));
    const type = { ticketTypeId: `tty_${nothing}` };
    expect(
      (await mutate(owner.client, "updateTicketType", "UpdateTicketTypeInput", TYPE, type)).userErrors,
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
    await cancelTicket(id);
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
        ...ids.flatMap((id) => [give(id), cancelTicket(id)]),
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
