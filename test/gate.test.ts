import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { enter, fromNow, isInside, leave, openDoors, setCapacity, setEvent, setTicket } from "./setup/doors.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { recordScan, World } from "./setup/world.js";

let gatehouse: TestGatehouse;
let world: World;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
});
afterAll(() => gatehouse.close());

describe("an entry", () => {
  it.each(["device", "staff", "owner"] as const)("is accepted from the %s, and once only", async (scanner) => {
    const { venue, event, tickets } = await openDoors(world);
    const device = await venue.device();
    const client = { device: device.client, staff: (await venue.staff()).client, owner: venue.owner.client }[scanner];
    const gateId = scanner === "device" ? undefined : venue.gate();
    expect(await recordScan(client, { code: " T1\n", key: "a", gateId })).toMatchObject({
      replayed: false,
      userErrors: [],
      scan: {
        key: "a",
        direction: "ENTRY",
        outcome: "ACCEPTED",
        code: "T1",
        capacityOverride: false,
        ticket: { id: tickets[0], inside: true },
        event: { id: event.id },
        gate: { id: venue.gate() },
        device: scanner === "device" ? { id: device.id } : null,
      },
    });
    expect(await enter(client, "T1", { gateId })).toBe("ALREADY_INSIDE");
    expect(await leave(client, "T1", { gateId })).toBe("ACCEPTED");
    expect(await isInside(venue, tickets[0])).toBe(false);
  });

  it("is accepted with a draft's ticket", async () => {
    const { client, event } = await openDoors(world, { event: { publish: false }, codes: ["T1", "T2"] });
    expect(await enter(client, "T1")).toBe("ACCEPTED");
    expect(await enter(client, "T2", { eventId: event.id })).toBe("ACCEPTED");
  });

  it("is refused as UNKNOWN_TICKET where no ticket, or none of the named event, has the code", async () => {
    const { venue, event, client } = await openDoors(world);
    const other = await venue.event();
    await other.tickets(["T2"]);
    for (const code of ["T3", "t1", "T", "T1 T1", "T%"]) expect(await enter(client, code), code).toBe("UNKNOWN_TICKET");
    expect(await enter(client, "T1", { eventId: other.id })).toBe("UNKNOWN_TICKET");
    expect(await recordScan(client, { code: "T2", eventId: event.id })).toMatchObject({
      scan: { reason: "UNKNOWN_TICKET", ticket: null, event: null, code: "T2" },
    });
    expect(await enter(client, "T2", { eventId: other.id })).toBe("ACCEPTED");
  });

  it("is refused as WRONG_VENUE with a ticket for another venue of the owner, and of another owner as unknown", async () => {
    const { venue, event, client } = await openDoors(world);
    const arena = await world.venue({}, venue.owner);
    const match = await arena.event();
    await match.tickets(["M1"]);
    const { event: foreign } = await openDoors(world, { codes: ["F1"] });
    expect(await enter(client, "M1")).toBe("WRONG_VENUE");
    expect(await enter(client, "M1", { eventId: match.id })).toBe("WRONG_VENUE");
    expect(await enter(client, "M1", { eventId: event.id })).toBe("UNKNOWN_TICKET");
    expect(await enter(client, "T1", { eventId: match.id })).toBe("UNKNOWN_TICKET");
    expect(await enter(client, "F1")).toBe("UNKNOWN_TICKET");
    expect(await enter(client, "F1", { eventId: foreign.id })).toBe("UNKNOWN_TICKET");
  });

  it.each([
    ["CANCELLED", "CANCELLED"],
    ["EXPIRED", "EXPIRED"],
    ["RESERVED", "NOT_PAID"],
  ])("is refused with a ticket that is %s as %s", async (status, reason) => {
    const { client, tickets } = await openDoors(world, { codes: ["T1", "T2"] });
    await setTicket(gatehouse, tickets[0], status);
    expect(await enter(client, "T1")).toBe(reason);
    expect(await enter(client, "T2")).toBe("ACCEPTED");
  });

  it("is refused as EVENT_CANCELLED when the event is", async () => {
    const { client, event } = await openDoors(world);
    await setEvent(gatehouse, event, "status = 'CANCELLED'");
    expect(await enter(client, "T1")).toBe("EVENT_CANCELLED");
    expect(await enter(client, "T1", { eventId: event.id })).toBe("EVENT_CANCELLED");
  });

  it("is refused as TOO_EARLY before the doors open, two hours before the start unless said otherwise", async () => {
    const { venue, client } = await openDoors(world, { event: { startsAt: fromNow(2.05) } });
    expect(await enter(client, "T1")).toBe("TOO_EARLY");
    await (await venue.event({ startsAt: fromNow(1.95) })).tickets(["T2"]);
    expect(await enter(client, "T2")).toBe("ACCEPTED");
    await (await venue.event({ startsAt: fromNow(1.95), doorsOpenAt: fromNow(0.05) })).tickets(["T3"]);
    expect(await enter(client, "T3")).toBe("TOO_EARLY");
  });

  it("is refused as TOO_LATE after the end", async () => {
    const { client } = await openDoors(world, { event: { startsAt: fromNow(-3), endsAt: fromNow(-0.01) } });
    expect(await enter(client, "T1")).toBe("TOO_LATE");
  });

  it("is refused as REENTRY_NOT_ALLOWED only after an accepted entry and then an exit", async () => {
    const { client, tickets } = await openDoors(world, { event: { reentryAllowed: false } });
    expect(await leave(client, "T1")).toBe("ACCEPTED");
    await setTicket(gatehouse, tickets[0], "CANCELLED");
    expect(await enter(client, "T1")).toBe("CANCELLED");
    expect(await leave(client, "T1")).toBe("ACCEPTED");
    await setTicket(gatehouse, tickets[0], "PAID");
    expect(await enter(client, "T1")).toBe("ACCEPTED");
    expect(await enter(client, "T1")).toBe("ALREADY_INSIDE");
    expect(await leave(client, "T1")).toBe("ACCEPTED");
    expect(await enter(client, "T1")).toBe("REENTRY_NOT_ALLOWED");
  });

  it("is accepted again after an exit where re-entry is allowed", async () => {
    const { client } = await openDoors(world);
    for (let round = 0; round < 3; round += 1) {
      expect(await enter(client, "T1")).toBe("ACCEPTED");
      expect(await leave(client, "T1")).toBe("ACCEPTED");
    }
  });

  it("is refused at the limit of the venue, across its events, and of the event", async () => {
    const { venue, client } = await openDoors(world, {
      venue: { capacity: 2 },
      event: { capacity: 1 },
      codes: ["T1", "T2"],
    });
    await (await venue.event()).tickets(["U1", "U2"]);
    expect(await enter(client, "T1")).toBe("ACCEPTED");
    expect(await enter(client, "T2")).toBe("EVENT_FULL");
    expect(await enter(client, "U1")).toBe("ACCEPTED");
    expect(await enter(client, "U2")).toBe("VENUE_FULL");
    expect(await enter(client, "T2")).toBe("VENUE_FULL");
    await leave(client, "T1");
    expect(await enter(client, "T2")).toBe("ACCEPTED");
  });

  it("is accepted beyond the limit with a type that admits when full, and says so", async () => {
    const venue = await world.venue({ capacity: 1 });
    const event = await venue.event({}, [{ name: "Standard" }, { name: "VIP", admitsWhenFull: true }]);
    await event.tickets(["T1"]);
    await event.tickets(["V1", "V2"], "VIP");
    const { client } = await venue.device();
    const override = { outcome: "ACCEPTED", reason: null, capacityOverride: true };
    expect((await recordScan(client, { code: "V1" })).scan).toMatchObject({ ...override, capacityOverride: false });
    expect((await recordScan(client, { code: "V2" })).scan).toMatchObject(override);
    expect(await enter(client, "T1")).toBe("VENUE_FULL");
    expect(await enter(client, "V2")).toBe("ALREADY_INSIDE");
    await leave(client, "V1");
    await leave(client, "V2");
    await setEvent(gatehouse, event, "capacity = 1");
    await setCapacity(venue, 5);
    expect(await enter(client, "T1")).toBe("ACCEPTED");
    expect((await recordScan(client, { code: "V1" })).scan).toMatchObject(override);
  });

  it("is refused for the first of several reasons, in the order of the contract", async () => {
    const room = { venue: { capacity: 1 }, event: { capacity: 1, reentryAllowed: false }, codes: ["T1", "T2"] };
    const { venue, event, client, tickets } = await openDoors(world, room);
    const [ticket] = tickets;
    await enter(client, "T1");
    await leave(client, "T1");
    await enter(client, "T2");
    await setEvent(gatehouse, event, "status = 'CANCELLED', ends_at = now() - interval '1 minute'");
    await setTicket(gatehouse, ticket, "CANCELLED");
    expect(await enter(client, "T1")).toBe("EVENT_CANCELLED");
    await setEvent(gatehouse, event, "status = 'PUBLISHED'");
    for (const [status, reason] of Object.entries({
      CANCELLED: "CANCELLED",
      EXPIRED: "EXPIRED",
      RESERVED: "NOT_PAID",
    })) {
      await setTicket(gatehouse, ticket, status);
      expect(await enter(client, "T1")).toBe(reason);
    }
    await setTicket(gatehouse, ticket, "PAID");
    expect(await enter(client, "T1")).toBe("TOO_LATE");
    expect(await enter(client, "T2"), "who is inside").toBe("TOO_LATE");
    await setEvent(gatehouse, event, "ends_at = now() + interval '2 hours', doors_open_at = now() + interval '1 hour'");
    expect(await enter(client, "T1")).toBe("TOO_EARLY");
    await setEvent(gatehouse, event, "doors_open_at = now() - interval '1 hour'");
    expect(await enter(client, "T2"), "who is inside").toBe("ALREADY_INSIDE");
    expect(await enter(client, "T1")).toBe("REENTRY_NOT_ALLOWED");
    await setEvent(gatehouse, event, "reentry_allowed = true");
    expect(await enter(client, "T1")).toBe("VENUE_FULL");
    await setCapacity(venue, 2);
    expect(await enter(client, "T1")).toBe("EVENT_FULL");
    await setEvent(gatehouse, event, "capacity = 2");
    expect(await enter(client, "T1")).toBe("ACCEPTED");
  });
});

describe("a code that two events have", () => {
  const times = (start: number, end: number) => ({ startsAt: fromNow(start), endsAt: fromNow(end) });

  async function clash(first: Record<string, unknown>, second: Record<string, unknown>) {
    const { venue, event, client } = await openDoors(world, { event: first });
    const other = await venue.event(second);
    await other.tickets(["T1"]);
    const chosen = async (more: Record<string, unknown> = {}) => {
      const { scan: recorded } = await recordScan(client, { code: "T1", ...more });
      return { event: recorded?.event?.id === event.id ? "first" : "second", reason: recorded?.reason };
    };
    return { event, other, chosen };
  }

  it("is of the one whose doors are open, though the other starts nearer", async () => {
    const { event, other, chosen } = await clash(times(-30, 1), { ...times(1, 5), doorsOpenAt: fromNow(0.5) });
    expect(await chosen()).toEqual({ event: "first", reason: null });
    expect(await chosen({ eventId: other.id })).toEqual({ event: "second", reason: "TOO_EARLY" });
    expect(await chosen({ eventId: event.id })).toEqual({ event: "first", reason: "ALREADY_INSIDE" });
  });

  it("is of the one that starts nearest where no doors are open, be it past or to come", async () => {
    const { chosen } = await clash(times(-20, -10), times(12, 15));
    expect(await chosen()).toEqual({ event: "second", reason: "TOO_EARLY" });
    const { chosen: chosenNow } = await clash(times(-11, -10), times(12, 15));
    expect(await chosenNow()).toEqual({ event: "first", reason: "TOO_LATE" });
  });
});

describe("an exit", () => {
  it("is never refused: not of an unknown code, a bad ticket, nor somebody who is not inside", async () => {
    const { client, event, tickets } = await openDoors(world, { venue: { capacity: 1 }, codes: ["T1", "T2"] });
    expect(await recordScan(client, { code: "nobody's", direction: "EXIT" })).toMatchObject({
      scan: { outcome: "ACCEPTED", reason: null, ticket: null, event: null },
    });
    expect(await leave(client, "T1"), "not inside").toBe("ACCEPTED");
    expect(await enter(client, "T2")).toBe("ACCEPTED");
    for (const status of ["CANCELLED", "EXPIRED", "RESERVED"]) {
      await setTicket(gatehouse, tickets[0], status);
      expect(await leave(client, "T1"), status).toBe("ACCEPTED");
    }
    await setEvent(gatehouse, event, "status = 'CANCELLED', ends_at = now() - interval '1 minute'");
    expect(await recordScan(client, { code: "T2", direction: "EXIT" })).toMatchObject({
      scan: { outcome: "ACCEPTED", ticket: { id: tickets[1], inside: false } },
    });
  });

  it("at another venue, or for another event, is accepted and never moves the ticket at its own", async () => {
    const { venue, client, tickets } = await openDoors(world);
    const arena = await world.venue({}, venue.owner);
    const match = await arena.event();
    const { client: arenaClient } = await arena.device();
    await enter(client, "T1");
    expect(await leave(arenaClient, "T1")).toBe("ACCEPTED");
    expect(await leave(client, "T1", { eventId: match.id })).toBe("ACCEPTED");
    expect(await isInside(venue, tickets[0])).toBe(true);
    expect(await enter(client, "T1")).toBe("ALREADY_INSIDE");
  });
});

it("keeps every count as the scans tell", () => expectCountsRight(gatehouse));
