import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Client } from "./setup/client.js";
import { enter, fromNow, leave, openDoors, setEvent, setTicket } from "./setup/doors.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { recordScan, type ScanData, type Venue, World } from "./setup/world.js";

let gatehouse: TestGatehouse;
let world: World;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
});
afterAll(() => gatehouse.close());

const PREVIEW = `query ($input: PreviewScanInput!) {
  previewScan(input: $input) { outcome reason capacityOverride ticket { id inside } } }`;

type Verdict = Pick<ScanData, "outcome" | "reason" | "capacityOverride" | "ticket">;

const preview = async (client: Client, input: Record<string, unknown>): Promise<Verdict> =>
  (await client.ok<{ previewScan: Verdict }>(PREVIEW, { input })).previewScan;

const verdictOf = ({ outcome, reason, capacityOverride, ticket }: Verdict) => ({
  ...{ outcome, reason, capacityOverride },
  ticket: ticket?.id ?? null,
});

type Judged = ReturnType<typeof verdictOf>;

/** All that a scan would change, the device's last sign of life included. */
async function traces(venue: Venue): Promise<unknown> {
  const query = `query ($id: ID!) { venue(id: $id) {
    occupancy { inside theoretical entries exits refusals version } devices { lastSeenAt } } }`;
  const state = await venue.owner.client.ok(query, { id: venue.id });
  return [state, await gatehouse.sql("select count(*) from scans"), await gatehouse.sql("select * from presences")];
}

/** What a preview said, and what the gate said right after it. */
async function both(client: Client, venue: Venue, input: Record<string, unknown>): Promise<[Judged, Judged]> {
  const before = await traces(venue);
  const previewed = await preview(client, input);
  expect(await preview(client, input)).toEqual(previewed);
  expect(await traces(venue)).toEqual(before);
  const { scan } = await recordScan(client, { direction: "ENTRY", ...input });
  if (scan === null) throw new Error("no verdict");
  return [verdictOf(previewed), verdictOf(scan)];
}

describe("a preview", () => {
  it("records nothing, and says what the gate says then: an evening long", async () => {
    const venue = await world.venue({ capacity: 2 });
    const types = [{ name: "Standard" }, { name: "VIP", admitsWhenFull: true }];
    const show = await venue.event({ reentryAllowed: false, capacity: 1 }, types);
    await show.tickets(["T1", "T2"]);
    await show.tickets(["V1"], "VIP");
    const [cancelled, reserved] = await show.tickets(["C1", "R1"]);
    await setTicket(gatehouse, cancelled, "CANCELLED");
    await setTicket(gatehouse, reserved, "RESERVED");
    const late = await venue.event({ startsAt: fromNow(-3), endsAt: fromNow(-1) });
    await late.tickets(["L1"]);
    const early = await venue.event({ startsAt: fromNow(9), endsAt: fromNow(10) });
    await early.tickets(["E1"]);
    await (await (await world.venue({}, venue.owner)).event()).tickets(["W1"]);
    const { client } = await venue.device();

    const expected: [Record<string, unknown>, string][] = [
      [{ code: "T1" }, "ACCEPTED"],
      [{ code: " T1 " }, "ALREADY_INSIDE"],
      [{ code: "T1", eventId: late.id }, "UNKNOWN_TICKET"],
      [{ code: "T2" }, "EVENT_FULL"],
      [{ code: "V1" }, "OVERRIDE"],
      [{ code: "T2" }, "VENUE_FULL"],
      [{ code: "T1", direction: "EXIT" }, "ACCEPTED"],
      [{ code: "T1" }, "REENTRY_NOT_ALLOWED"],
      [{ code: "C1" }, "CANCELLED"],
      [{ code: "R1" }, "NOT_PAID"],
      [{ code: "L1" }, "TOO_LATE"],
      [{ code: "E1" }, "TOO_EARLY"],
      [{ code: "W1" }, "WRONG_VENUE"],
      [{ code: "nobody's" }, "UNKNOWN_TICKET"],
      [{ code: "nobody's", direction: "EXIT" }, "ACCEPTED"],
      [{ code: "C1", direction: "EXIT" }, "ACCEPTED"],
    ];
    for (const [input, verdict] of expected) {
      const [previewed, recorded] = await both(client, venue, input);
      expect(previewed, JSON.stringify(input)).toEqual(recorded);
      expect(previewed.capacityOverride ? "OVERRIDE" : (previewed.reason ?? previewed.outcome)).toBe(verdict);
    }
  });

  it("shows the ticket as it is, not as the scan would leave it", async () => {
    const { venue, tickets, client, event } = await openDoors(world);
    expect((await preview(client, { code: "T1" })).ticket).toEqual({ id: tickets[0], inside: false });
    await enter(client, "T1");
    const exit = { code: "T1", direction: "EXIT" };
    expect(await preview(client, exit)).toMatchObject({ outcome: "ACCEPTED", ticket: { inside: true } });
    expect(await enter(client, "T1"), "nobody left by the preview").toBe("ALREADY_INSIDE");
    await leave(client, "T1");
    await setEvent(gatehouse, event, "status = 'CANCELLED'");
    expect((await preview(venue.owner.client, { code: "T1", gateId: venue.gate() })).reason).toBe("EVENT_CANCELLED");
  });

  it("is for those who may scan there: the owner, staff, devices and admins", async () => {
    const { venue, client } = await openDoors(world);
    const [stranger, admin] = [await world.person(), await world.person()];
    await gatehouse.sql("update users set role = 'ADMIN' where email = $1", [admin.email]);
    const input = { code: "T1", gateId: venue.gate() };
    for (const scanner of [client, venue.owner.client, (await venue.staff()).client, admin.client]) {
      expect((await preview(scanner, input)).outcome).toBe("ACCEPTED");
    }
    expect(await stranger.client.codes(PREVIEW, { input })).toEqual(["FORBIDDEN"]);
    expect(await world.anonymous.codes(PREVIEW, { input })).toEqual(["UNAUTHENTICATED"]);
    const { client: elsewhere } = await openDoors(world);
    expect(await elsewhere.codes(PREVIEW, { input })).toEqual(["BAD_USER_INPUT"]);
  });

  it("answers what no gate could judge as BAD_USER_INPUT, with what to mend", async () => {
    const { venue, client } = await openDoors(world, { venue: { gates: ["A", "B"] } });
    const { client: owner } = venue.owner;
    const bad: [Client, Record<string, unknown>, RegExp][] = [
      [client, { code: "" }, /`code` is empty/],
      [client, { code: " \t " }, /`code` is empty/],
      [client, { code: "x".repeat(201) }, /`code` has 201 characters/],
      [client, { code: "T1", gateId: venue.gate("B") }, /own gate/],
      [client, { code: "T1", eventId: "evt_01h455vb4pex5vsknk084sn02q" }, /no such event/],
      [client, { code: "T1", eventId: venue.gate() }, /evt_/],
      [owner, { code: "T1" }, /gate/],
      [owner, { code: "T1", gateId: "gat_01h455vb4pex5vsknk084sn02q" }, /no such gate/],
    ];
    for (const [asker, input, message] of bad) {
      const { body } = await asker.request(PREVIEW, { input });
      expect(body.data, JSON.stringify(input)).toBeNull();
      expect(body.errors).toMatchObject([
        { message: expect.stringMatching(message), path: ["previewScan"], extensions: { code: "BAD_USER_INPUT" } },
      ]);
    }
    expect(await client.codes(PREVIEW, { input: { direction: "ENTRY" } })).toEqual(["BAD_USER_INPUT"]);
  });
});

it("keeps every count as the scans tell", () => expectCountsRight(gatehouse));
