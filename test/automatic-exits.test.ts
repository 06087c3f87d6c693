import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fromNow, isInside } from "./setup/doors.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { type Event, mutate, type ScanData, uploadScans, type Venue, World } from "./setup/world.js";

let gatehouse: TestGatehouse;
let world: World;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
});
afterAll(() => expectCountsRight(gatehouse).finally(() => gatehouse.close()));

/** An evening that is over: from six hours ago to three, everybody out an hour ago. */
const LAST_NIGHT = { startsAt: fromNow(-6), endsAt: fromNow(-3), doorsOpenAt: fromNow(-8), autoExitAt: fromNow(-1) };

async function evening(codes: readonly string[], show: Record<string, unknown> = LAST_NIGHT, name = "A") {
  const venue = await world.venue({ gates: ["A", "B"] });
  const event = await venue.event(show);
  const tickets = await event.tickets(codes);
  const { client } = await venue.device(name);
  return { venue, event, tickets, client };
}

const scans = async ({ venue, id }: Event): Promise<ScanData[]> => {
  const { event } = await venue.owner.client.ok<{ event: { scans: { nodes: ScanData[] } } }>(
    `query ($id: ID!) { event(id: $id) { scans(first: 100) { nodes {
      key direction outcome automatic offline code scannedAt gate { id } device { id } } } } }`,
    { id },
  );
  return event.scans.nodes;
};
const automatic = async (event: Event) => (await scans(event)).filter((scan) => scan.automatic);

async function occupancy({ owner, id }: Venue) {
  const { venue } = await owner.client.ok<{ venue: { occupancy: { inside: number; exits: number } } }>(
    "query ($id: ID!) { venue(id: $id) { occupancy { inside exits } } }",
    { id },
  );
  return venue.occupancy;
}

const moveExit = (event: Event, autoExitAt: string) =>
  mutate(event.venue.owner.client, "updateEvent", "UpdateEventInput", "event { autoExitAt }", {
    eventId: event.id,
    autoExitAt,
  });

describe("at the event's autoExitAt", () => {
  it("everybody still inside is checked out, at the gate of the entry, stamped with that time", async () => {
    const { venue, event, client } = await evening(["T1", "T2", "T3"], { ...LAST_NIGHT, autoExitAt: fromNow(2) });
    await uploadScans(client, [
      { code: "T1", scannedAt: fromNow(-5) },
      { code: "T2", scannedAt: fromNow(-5) },
      { code: "T2", direction: "EXIT", scannedAt: fromNow(-4) },
    ]);
    expect(await occupancy(venue)).toEqual({ inside: 1, exits: 1 });
    const autoExitAt = new Date(Date.now() + 500).toISOString();
    await moveExit(event, autoExitAt);
    await expect.poll(() => occupancy(venue), { timeout: 10_000, interval: 50 }).toEqual({ inside: 0, exits: 2 });
    expect(await automatic(event)).toEqual([
      {
        ...{ key: "auto", direction: "EXIT", outcome: "ACCEPTED", automatic: true, offline: false, code: "T1" },
        ...{ scannedAt: autoExitAt, gate: { id: venue.gate("A") }, device: null },
      },
    ]);
    await expectCountsRight(gatehouse);
  });

  it("it happens once, whatever the number of nodes", async () => {
    await using _other = await startGatehouse({ databaseUrl: gatehouse.databaseUrl });
    const codes = Array.from({ length: 450 }, (_, index) => `T${index}`);
    const { venue, event, client } = await evening(codes, { ...LAST_NIGHT, autoExitAt: fromNow(2) });
    await uploadScans(
      client,
      codes.map((code) => ({ code, scannedAt: fromNow(-5) })),
    );
    await moveExit(event, new Date(Date.now() + 100).toISOString());
    await expect.poll(() => occupancy(venue), { timeout: 15_000, interval: 50 }).toEqual({ inside: 0, exits: 450 });
    await expectCountsRight(gatehouse);
  });

  it("who has come in afterwards stays inside, though they were checked out before", async () => {
    const { venue, event, tickets, client } = await evening(["T1", "T2"], { ...LAST_NIGHT, autoExitAt: fromNow(2) });
    await uploadScans(client, [
      { code: "T1", scannedAt: fromNow(-5) },
      { code: "T1", scannedAt: fromNow(-0.5) },
      { code: "T2", scannedAt: fromNow(-0.5) },
    ]);
    const { userErrors } = await moveExit(event, LAST_NIGHT.autoExitAt);
    expect(userErrors).toEqual([]);
    await expect.poll(() => occupancy(venue), { timeout: 10_000 }).toEqual({ inside: 2, exits: 1 });
    expect(await isInside(venue, tickets[0])).toBe(true);
    await expectCountsRight(gatehouse);
  });
});

/** Until the evening is marked as over. */
const checkedOut = (event: Event) =>
  expect
    .poll(
      async () =>
        (await gatehouse.sql("select from events where auto_exited_at is not null and title = $1", [event.id])).length,
      { timeout: 10_000, interval: 50 },
    )
    .toBe(1);
async function over(codes: readonly string[]) {
  const made = await evening(codes);
  // The id is only known now; the title is a name that no other event has.
  await mutate(made.venue.owner.client, "updateEvent", "UpdateEventInput", "event { id }", {
    eventId: made.event.id,
    title: made.event.id,
  });
  await checkedOut(made.event);
  return made;
}

describe("scans uploaded after it", () => {
  it("an entry from before is checked out with it", async () => {
    const { venue, event, tickets, client } = await over(["T1"]);
    await uploadScans(client, [{ code: "T1", scannedAt: fromNow(-5) }]);
    expect(await occupancy(venue)).toEqual({ inside: 0, exits: 1 });
    expect(await isInside(venue, tickets[0])).toBe(false);
    expect(await automatic(event)).toMatchObject([{ outcome: "ACCEPTED", scannedAt: LAST_NIGHT.autoExitAt }]);
    await expectCountsRight(gatehouse);
  });

  it("a real exit takes the automatic one's place, and an entry after it brings that back, at its own gate", async () => {
    const { venue, event, client } = await over(["T1"]);
    await uploadScans(client, [{ code: "T1", scannedAt: fromNow(-5) }]);
    await uploadScans(client, [{ code: "T1", direction: "EXIT", scannedAt: fromNow(-4) }]);
    expect(await occupancy(venue)).toEqual({ inside: 0, exits: 1 });
    expect(await automatic(event)).toMatchObject([{ outcome: "ANNULLED" }]);
    const b = await venue.device("B");
    await uploadScans(b.client, [{ code: "T1", scannedAt: fromNow(-2) }]);
    expect(await occupancy(venue)).toEqual({ inside: 0, exits: 2 });
    expect(await automatic(event)).toMatchObject([{ outcome: "ACCEPTED", gate: { id: venue.gate("B") } }]);
    await expectCountsRight(gatehouse);
  });

  it("an entry after it stays", async () => {
    const { venue, event, client } = await over(["T1"]);
    await uploadScans(client, [{ code: "T1", scannedAt: fromNow(-0.5) }]);
    expect(await occupancy(venue)).toEqual({ inside: 1, exits: 0 });
    expect(await automatic(event)).toEqual([]);
    await uploadScans(client, [{ code: "T1", scannedAt: fromNow(-2) }]);
    expect(await occupancy(venue)).toEqual({ inside: 1, exits: 1 });
    await expectCountsRight(gatehouse);
  });

  it("an annulled entry takes its automatic exit with it", async () => {
    const { venue, event, client } = await over(["T1"]);
    const [result] = await uploadScans(client, [{ code: "T1", scannedAt: fromNow(-5) }]);
    await mutate(venue.owner.client, "annulScan", "AnnulScanInput", "scan { id }", {
      scanId: result?.scan?.id,
      reason: "Nobody came",
    });
    expect(await occupancy(venue)).toEqual({ inside: 0, exits: 0 });
    expect(await automatic(event)).toMatchObject([{ outcome: "ANNULLED" }]);
    await expectCountsRight(gatehouse);
  });

  it("cannot take the automatic exit itself back", async () => {
    const { venue, event, client } = await over(["T1"]);
    await uploadScans(client, [{ code: "T1", scannedAt: fromNow(-5) }]);
    const { event: found } = await venue.owner.client.ok<{ event: { scans: { nodes: { id: string }[] } } }>(
      "query ($id: ID!) { event(id: $id) { scans(first: 1) { nodes { id } } } }",
      { id: event.id },
    );
    const { userErrors } = await mutate(venue.owner.client, "annulScan", "AnnulScanInput", "scan { id }", {
      scanId: found.scans.nodes[0]?.id,
      reason: "No",
    });
    expect(userErrors).toMatchObject([{ code: "CONFLICT", path: ["scanId"] }]);
  });
});

describe("the time of the automatic exits", () => {
  it("can be moved until it has come, and not after", async () => {
    const { event } = await over(["T1"]);
    const { userErrors } = await moveExit(event, fromNow(3));
    expect(userErrors).toMatchObject([{ code: "INVALID", path: ["autoExitAt"] }]);
    const { userErrors: none } = await mutate(
      event.venue.owner.client,
      "updateEvent",
      "UpdateEventInput",
      "event { id }",
      { eventId: event.id, endsAt: fromNow(-2.5) },
    );
    expect(none).toEqual([]);
  });

  it("is an instant, on the night when the clocks are put back too", async () => {
    const venue = await world.venue({ timeZone: "Europe/London" });
    // 01:30 in London came twice on this night: this is the second.
    const autoExitAt = "2026-10-25T01:30:00.000Z";
    const times = { startsAt: "2026-10-24T19:00:00Z", endsAt: "2026-10-25T00:15:00Z", autoExitAt };
    const event = await venue.event({ ...times, title: "Clocks" });
    await event.tickets(["T1", "T2"]);
    const { client } = await venue.device();
    await uploadScans(client, [
      { code: "T1", scannedAt: "2026-10-25T00:45:00Z" },
      { code: "T2", scannedAt: "2026-10-25T01:45:00Z" },
    ]);
    await expect.poll(() => occupancy(venue), { timeout: 10_000, interval: 50 }).toEqual({ inside: 1, exits: 1 });
    const at = async (instant: string): Promise<number> => {
      const { venue: found } = await venue.owner.client.ok<{ venue: { occupancyAt: { inside: number } } }>(
        "query ($id: ID!, $at: DateTime!) { venue(id: $id) { occupancyAt(at: $at) { inside } } }",
        { id: venue.id, at: instant },
      );
      return found.occupancyAt.inside;
    };
    expect([await at("2026-10-25T01:29:59.999Z"), await at(autoExitAt), await at("2026-10-25T01:45:00Z")]).toEqual([
      1, 0, 1,
    ]);
  });
});
