import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { enter, fromNow, setTicket } from "./setup/doors.js";
import { cancel, cancelTicket, publish, refusal, update, updateType } from "./setup/organizing.js";
import { codes, tryScan } from "./setup/race.js";
import { held, outcomeOf, pay } from "./setup/sales.js";
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
    expect(await cancelTicket(owner.client, ticket)).toMatchObject(refusal("ALREADY_CANCELLED", "ticketId"));
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
