import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "./live/door.js";
import { until } from "./live/world.js";
import { enter, leave, setCapacity, setEvent } from "./setup/doors.js";
import { codes } from "./setup/race.js";
import {
  expectConsistent,
  expectRising,
  type GateState,
  readGate,
  readVenue,
  type Screen,
  timeless,
  type VenueState,
  watchGate,
  watchVenue,
} from "./setup/screens.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { made, type Person, uploadScans, World } from "./setup/world.js";

let gatehouse: TestGatehouse;
let world: World;
let owner: Person;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
  owner = await world.person("Owner");
});
afterAll(async () => {
  await expectCountsRight(gatehouse);
  await gatehouse.close();
});

/** Less than the two seconds after which a node looks without having been told. */
const TOLD_MILLISECONDS = 1_500;
const QUIET_MILLISECONDS = 300;

/** Two gates with a scanner each, and an event with these tickets. */
async function open({ tickets = codes(3), venue: place = {} }: { tickets?: string[]; venue?: object } = {}) {
  const venue = await world.venue({ capacity: 10, gates: ["A", "B"], ...place }, owner);
  const event = await venue.event({}, [{ name: "Standard" }, { name: "VIP", admitsWhenFull: true }]);
  await event.tickets(tickets);
  await event.tickets(["VIP"], "VIP");
  const [atA, atB] = await Promise.all([venue.device("A"), venue.device("B")]);
  return { venue, event, atA: atA.client, atB: atB.client };
}

const nextState = async <State>(screen: Screen<State>): Promise<State> => (await screen.next(TOLD_MILLISECONDS)).state;

const updateVenue = (input: Record<string, unknown>): Promise<unknown> =>
  made(owner.client, "updateVenue", "UpdateVenueInput", "venue { id }", input);

/** Whatever else comes within a while. */
async function unread(screen: Screen<VenueState> | Screen<GateState>, read: number): Promise<unknown[]> {
  await sleep(QUIET_MILLISECONDS);
  return screen.messages.slice(read);
}

describe("a screen of a venue's counts", () => {
  it("shows the present state at once, then each change, all as the query has it", async () => {
    const { venue, event, atA, atB } = await open();
    await enter(atA, "C0000");
    await using screen = watchVenue(owner.client, venue.id);
    const expectSameAsQuery = async () =>
      expect(timeless(await nextState(screen))).toEqual(timeless(await readVenue(owner.client, venue.id)));
    await expectSameAsQuery();
    await enter(atB, "VIP");
    await expectSameAsQuery();
    expect(await enter(atB, "C0000")).toBe("ALREADY_INSIDE");
    await expectSameAsQuery();
    await leave(atB, "C0000");
    await expectSameAsQuery();
    await leave(atA, "nobody's");
    await expectSameAsQuery();
    expect(await unread(screen, 5)).toEqual([]);
    expectConsistent(screen);

    const id = expect.any(String);
    const counts = { inside: 1, theoretical: 1, entries: 2, exits: 2, refusals: 1, capacity: 10, available: 9 };
    expect(screen.messages.at(-1)?.state).toMatchObject({
      ...counts,
      venue: { id: venue.id, name: "Hall" },
      gates: [
        { gate: { id: venue.gate("A") }, inside: 0, entries: 1, exits: 1, refusals: 0 },
        { gate: { id: venue.gate("B") }, inside: 1, entries: 1, exits: 1, refusals: 1 },
      ],
      ticketTypes: [
        { ticketType: { id, name: "Standard" }, inside: 0 },
        { ticketType: { id, name: "VIP" }, inside: 1 },
      ],
      events: [{ event: { id: event.id, title: "Show" }, ...counts, exits: 1 }],
    });
  });

  it("merges a burst to at most ten messages a second, and shows its last state", async () => {
    const tickets = codes(200, "BURST");
    const { venue, atA, atB } = await open({ tickets, venue: { capacity: 1_000 } });
    await using screen = watchVenue(owner.client, venue.id);
    await using gateScreen = watchGate(atA, venue.gate("A"));
    await Promise.all([screen.next(), gateScreen.next()]);
    const begun = performance.now();
    for (let first = 0; first < 200; first += 10) {
      const group = tickets.slice(first, first + 10);
      await Promise.all(group.map((code, index) => enter(index % 2 ? atA : atB, code)));
      await sleep(Math.max(0, begun + (first + 10) * 5 - performance.now()));
    }
    await screen.waitFor(({ state }) => state.inside === 200, 1_000);
    await gateScreen.waitFor(({ state }) => state.inside === 100, 1_000);
    const most = 2 + (performance.now() - begun) / 100;
    for (const { messages } of [screen, gateScreen]) {
      expect(messages.length).toBeGreaterThan(4);
      expect(messages.length).toBeLessThanOrEqual(most);
    }
    expect(await unread(screen, screen.messages.length)).toEqual([]);
    const [last, lastOfGate] = [screen.messages.at(-1), gateScreen.messages.at(-1)];
    expect(last && timeless(last.state)).toEqual(timeless(await readVenue(owner.client, venue.id)));
    expect(lastOfGate && timeless(lastOfGate.state)).toEqual(timeless(await readGate(atA, venue.gate("A"))));
    expectConsistent(screen);
    expectRising(gateScreen.messages.map(({ state }) => state));
  });

  it("follows an upload", async () => {
    const tickets = codes(100, "LATE");
    const { venue, atA } = await open({ tickets, venue: { capacity: 1_000 } });
    await using screen = watchVenue(owner.client, venue.id);
    await screen.next();
    await uploadScans(
      atA,
      tickets.map((code) => ({ code })),
    );
    await screen.waitFor(({ state }) => state.inside === 100 && state.entries === 100, TOLD_MILLISECONDS);
    expectConsistent(screen);
  });

  it("shows a new capacity, a new gate, a new event and a new ticket type without a scan", async () => {
    const { venue, event } = await open();
    await using screen = watchVenue(owner.client, venue.id);
    await using gateScreen = watchGate(owner.client, venue.gate("A"));
    await Promise.all([screen.next(), gateScreen.next()]);

    await setCapacity(venue, 7);
    expect(await nextState(screen)).toMatchObject({ capacity: 7, available: 7, events: [{ capacity: 7 }] });
    await made(owner.client, "addGate", "AddGateInput", "gate { id }", { venueId: venue.id, name: "C" });
    const { gates } = await nextState(screen);
    expect(gates.map(({ gate }) => gate.name)).toEqual(["A", "B", "C"]);
    await venue.event({ title: "Matinee", capacity: 5 }, [{ name: "Balcony" }]);
    const { events, ticketTypes } = await nextState(screen);
    expect(events.map(({ event: { title }, capacity }) => [title, capacity])).toContainEqual(["Matinee", 5]);
    expect(ticketTypes.map(({ ticketType }) => ticketType.name)).toContain("Balcony");
    await made(owner.client, "addTicketType", "AddTicketTypeInput", "ticketType { id }", {
      eventId: event.id,
      ticketType: { name: "Stalls", price: { amountMinor: 1, currency: "EUR" }, quantity: 1 },
    });
    const last = await nextState(screen);
    expect(last.ticketTypes.map(({ ticketType }) => ticketType.name)).toContain("Stalls");
    expect(timeless(last)).toEqual(timeless(await readVenue(owner.client, venue.id)));
    expectConsistent(screen);
    expect(await unread(gateScreen, 1)).toEqual([]);
  });

  it("shows what is around the counts as it is at each change", async () => {
    const { venue, atA } = await open();
    await using screen = watchVenue(owner.client, venue.id);
    await using gateScreen = watchGate(owner.client, venue.gate("A"));
    expect((await nextState(screen)).venue.name).toBe("Hall");
    expect((await nextState(gateScreen)).gate.venue.name).toBe("Hall");
    await updateVenue({ venueId: venue.id, name: "Arena" });
    await enter(atA, "C0000");
    const { state } = await screen.waitFor((data) => data.state.inside === 1);
    expect(state.venue.name).toBe("Arena");
    expect((await nextState(gateScreen)).gate.venue.name).toBe("Arena");
  });

  it("counts whom only drafts and cancelled events let in, but tells of those to nobody outside the crew", async () => {
    const { venue, event, atA } = await open({ venue: { publicOccupancy: true } });
    const draft = await venue.event({ title: "Secret", publish: false }, [{ name: "Backstage" }]);
    const cancelled = await venue.event({ title: "Off" }, [{ name: "Void" }]);
    await draft.tickets(["SECRET"], "Backstage");
    await setEvent(gatehouse, cancelled, "status = 'CANCELLED'");
    const stranger = await world.person();
    const steward = await venue.staff();
    const crew = [owner.client, steward.client, atA];
    for (const client of [world.anonymous, stranger.client, ...crew]) {
      await using screen = watchVenue(client, venue.id);
      const first = await nextState(screen);
      await enter(atA, "SECRET");
      const second = (await screen.waitFor(({ state }) => state.version > first.version)).state;
      for (const { events, ticketTypes } of [first, second]) {
        const isCrew = crew.includes(client);
        expect(events.map((each) => each.event.title).sort()).toEqual(isCrew ? ["Off", "Secret", "Show"] : ["Show"]);
        expect(ticketTypes.map(({ ticketType }) => ticketType.name).sort()).toEqual(
          isCrew ? ["Backstage", "Standard", "VIP", "Void"] : ["Standard", "VIP"],
        );
      }
      expect(second).toMatchObject({ inside: 1 });
      expect(second.events.find((each) => each.event.id === event.id)).toMatchObject({ inside: 0 });
      expect(timeless(second)).toEqual(timeless(await readVenue(client, venue.id)));
    }
  });
});

describe("a screen of a gate's counts", () => {
  it("shows the present state at once, and changes only when that gate's do", async () => {
    const { venue, atA, atB } = await open();
    await using screenA = watchGate(atA, venue.gate("A"));
    await using screenB = watchGate(atB, venue.gate("B"));
    const none = { inside: 0, entries: 0, exits: 0, refusals: 0 };
    expect(await nextState(screenA)).toMatchObject({ ...none, gate: { id: venue.gate("A"), name: "A" } });
    expect(await nextState(screenB)).toMatchObject({ ...none, gate: { id: venue.gate("B"), name: "B" } });
    await enter(atA, "C0000");
    await enter(atA, "C0001");
    await screenA.waitFor(({ state }) => state.inside === 2);
    expect(await unread(screenB, 1)).toEqual([]);
    const read = screenA.messages.length;
    expect(await enter(atB, "C0001")).toBe("ALREADY_INSIDE");
    expect(await nextState(screenB)).toMatchObject({ ...none, refusals: 1 });
    expect(await unread(screenA, read)).toEqual([]);
    await leave(atB, "C0000");
    expect(await nextState(screenB)).toMatchObject({ ...none, refusals: 1, exits: 1 });
    expect(await nextState(screenA)).toMatchObject({ ...none, inside: 1, entries: 2 });
    for (const [screen, gate] of [
      [screenA, "A"],
      [screenB, "B"],
    ] as const) {
      const last = screen.messages.at(-1)?.state;
      expect(last && timeless(last)).toEqual(timeless(await readGate(owner.client, venue.gate(gate))));
      expectRising(screen.messages.map(({ state }) => state));
    }
  });
});

describe("one socket", () => {
  it("carries many subscriptions, queries and mutations side by side", async () => {
    const { venue, atA } = await open();
    const socketUrl = gatehouse.url.replace(/^http/, "ws");
    const socket = await connect(socketUrl, { authorization: `Bearer ${atA.token}` });
    const ids = Array.from({ length: 30 }, (_, index) => `screen ${index}`);
    for (const [index, id] of ids.entries()) {
      const venueFields = `occupancyChanged(venueId: "${venue.id}") { version inside }`;
      const gateFields = `gateOccupancyChanged(gateId: "${venue.gate("A")}") { version inside }`;
      socket.subscribe(id, `subscription { it: ${index % 2 ? venueFields : gateFields} }`);
    }
    await until(() => ids.every((id) => socket.of(id).length === 1));
    const payload = (inside: number) => ({ data: { it: { inside, version: expect.any(Number) } } });
    for (const id of ids) expect(socket.of(id)[0]?.payload).toMatchObject(payload(0));

    socket.send({ id: "screen 0", type: "complete" });
    socket.subscribe("query", `{ venue(id: "${venue.id}") { name occupancy { capacity } } }`);
    socket.subscribe(
      "mutation",
      `mutation { recordScan(input: { key: "k", code: "C0000", direction: ENTRY }) { scan { outcome } } }`,
    );
    const rest = ids.slice(1);
    await until(() => [...rest, "query", "mutation"].every((id) => socket.of(id).length === 2));
    for (const id of rest) expect(socket.of(id)[1]?.payload).toMatchObject(payload(1));
    for (const [id, data] of [
      ["query", { venue: { name: "Hall", occupancy: { capacity: 10 } } }],
      ["mutation", { recordScan: { scan: { outcome: "ACCEPTED" } } }],
    ] as const) {
      expect(socket.of(id).map(({ type }) => type)).toEqual(["next", "complete"]);
      expect(socket.of(id)[0]?.payload).toMatchObject({ data });
    }
    await sleep(QUIET_MILLISECONDS);
    expect(socket.of("screen 0").length).toBe(1);
    expect(rest.map((id) => socket.of(id).length)).toEqual(rest.map(() => 2));
    socket.socket.close();
    await socket.closed();
  });
});
