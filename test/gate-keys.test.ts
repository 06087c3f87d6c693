import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeId } from "../src/schema/ids.js";
import { enter, isInside, leave, openDoors } from "./setup/doors.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { made, recordScan, uploadScans, type Venue, World } from "./setup/world.js";

const NO_EVENT = "evt_01h455vb4pex5vsknk084sn02q";
const NO_GATE = "gat_01h455vb4pex5vsknk084sn02q";
const RECORD = "mutation ($input: RecordScanInput!) { recordScan(input: $input) { scan { id } } }";

let gatehouse: TestGatehouse;
let world: World;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
});
afterAll(() => gatehouse.close());

async function scansKept(): Promise<number> {
  const [row] = await gatehouse.sql<{ count: number }>("select count(*)::int as count from scans");
  return row?.count ?? 0;
}

async function counts(venue: Venue): Promise<unknown> {
  const query = "query ($id: ID!) { venue(id: $id) { occupancy { inside entries exits refusals version } } }";
  return (await venue.owner.client.ok<{ venue: { occupancy: unknown } }>(query, { id: venue.id })).venue.occupancy;
}

describe("the same key again", () => {
  it("gives the stored verdict, though the state has changed since, and counts once", async () => {
    const { venue, tickets, client } = await openDoors(world, { venue: { capacity: 1 }, codes: ["T1", "T2"] });
    const first = await recordScan(client, { code: "T1", key: "first" });
    const full = await recordScan(client, { code: "T2", key: "full" });
    expect(full.scan?.reason).toBe("VENUE_FULL");
    await leave(client, "T1");
    const before = await counts(venue);

    const again = await recordScan(client, { code: "T1", key: "first" });
    const outside = { ...first.scan, ticket: { id: tickets[0], inside: false } };
    expect(again).toEqual({ scan: outside, replayed: true, userErrors: [] });
    expect(await recordScan(client, { code: " T2 ", key: "full" })).toEqual({ ...full, replayed: true });
    expect(await isInside(venue, tickets[0])).toBe(false);
    expect(await counts(venue)).toEqual(before);
  });

  it("comes before everything else: a wrong gate, an event of nothing, a time too old", async () => {
    const { venue, client } = await openDoors(world, { venue: { gates: ["A", "B"] } });
    const first = await recordScan(client, { code: "T1", key: "k" });
    const replayed = { ...first, replayed: true };
    expect(await recordScan(client, { code: "T1", key: "k", gateId: venue.gate("B") })).toEqual(replayed);
    expect(await recordScan(client, { code: "T1", key: "k", gateId: NO_GATE })).toEqual(replayed);
    expect(await recordScan(client, { code: "T1", key: "k", eventId: NO_EVENT })).toEqual(replayed);
    const old = { code: "T1", key: "k", scannedAt: "1999-12-31T00:00:00Z", admitted: false };
    expect(await uploadScans(client, [old], { gateId: venue.gate("B") })).toEqual([replayed]);
  });

  it("is the same one across recordScan and uploadScans", async () => {
    const { client } = await openDoors(world, { codes: ["T1", "T2"] });
    const online = await recordScan(client, { code: "T1", key: "online" });
    const [offline] = await uploadScans(client, [{ code: "T2", key: "offline" }]);
    expect(await uploadScans(client, [{ code: "T1", key: "online" }])).toEqual([{ ...online, replayed: true }]);
    expect(await recordScan(client, { code: "T2", key: "offline" })).toEqual({ ...offline, replayed: true });
    expect(offline?.scan?.offline).toBe(true);
  });

  it("is another device's own, at another gate or at the same", async () => {
    const { venue, client } = await openDoors(world, { venue: { gates: ["A", "B"] }, codes: ["T1", "T2", "T3"] });
    const { client: beside } = await venue.device("A");
    const { client: elsewhere } = await venue.device("B");
    const scans = [
      await recordScan(client, { code: "T1", key: "k" }),
      await recordScan(beside, { code: "T2", key: "k" }),
      await recordScan(elsewhere, { code: "T3", key: "k" }),
    ];
    expect(scans.map(({ scan, replayed }) => [scan?.outcome, replayed])).toEqual(Array(3).fill(["ACCEPTED", false]));
    expect(await recordScan(beside, { code: "T2", key: "k" })).toEqual({ ...scans[1], replayed: true });
  });

  it("is the user's own at each gate", async () => {
    const { venue } = await openDoors(world, { venue: { gates: ["A", "B"] }, codes: ["T1", "T2", "T3"] });
    const { client } = await venue.staff();
    const first = await recordScan(client, { code: "T1", key: "k", gateId: venue.gate("A") });
    const atB = await recordScan(client, { code: "T2", key: "k", gateId: venue.gate("B") });
    const owners = await recordScan(venue.owner.client, { code: "T3", key: "k", gateId: venue.gate("A") });
    for (const { scan, replayed } of [first, atB, owners]) {
      expect([scan?.outcome, replayed]).toEqual(["ACCEPTED", false]);
    }
    expect(await recordScan(client, { code: "T1", key: "k", gateId: venue.gate("A") })).toEqual({
      ...first,
      replayed: true,
    });
  });

  it("is KEY_REUSED with another code or direction, and nothing is recorded", async () => {
    const { client } = await openDoors(world, { codes: ["T1", "T2"] });
    await recordScan(client, { code: "T1", key: "k" });
    const kept = await scansKept();
    const changed = [{ code: "T2" }, { code: "T1", direction: "EXIT" }, { code: "t1" }, { code: "x".repeat(201) }];
    for (const change of changed) {
      expect(await recordScan(client, { key: "k", ...change })).toMatchObject({
        scan: null,
        replayed: false,
        userErrors: [{ code: "KEY_REUSED", path: ["key"] }],
      });
      expect(
        await uploadScans(client, [
          { key: "k", code: "T1" },
          { key: "k", ...change },
        ]),
      ).toMatchObject([
        { scan: { outcome: "ACCEPTED" }, replayed: true },
        { scan: null, userErrors: [{ code: "KEY_REUSED", path: ["scans", "1", "key"] }] },
      ]);
    }
    expect(await scansKept()).toBe(kept);
  });
});

describe("who may scan, and where", () => {
  it("is a device at its own gate only: any other is INVALID", async () => {
    const { venue, client } = await openDoors(world, { venue: { gates: ["A", "B"] } });
    const kept = await scansKept();
    const { venue: another } = await openDoors(world);
    for (const gateId of [venue.gate("B"), another.gate(), NO_GATE]) {
      expect(await recordScan(client, { code: "T1", gateId })).toMatchObject({
        scan: null,
        userErrors: [{ code: "INVALID", path: ["gateId"] }],
      });
    }
    expect(await scansKept()).toBe(kept);
    expect(await enter(client, "T1", { gateId: venue.gate("A") })).toBe("ACCEPTED");
  });

  it("is a user who names the gate: none is INVALID, one of nothing NOT_FOUND", async () => {
    const { venue } = await openDoors(world);
    const { client } = venue.owner;
    expect((await recordScan(client, { code: "T1" })).userErrors).toMatchObject([
      { code: "INVALID", path: ["gateId"] },
    ]);
    expect((await recordScan(client, { code: "T1", gateId: NO_GATE })).userErrors).toMatchObject([
      { code: "NOT_FOUND", path: ["gateId"] },
    ]);
  });

  it("names an event that can be seen: nothing, and another owner's draft, are NOT_FOUND", async () => {
    const { client } = await openDoors(world);
    const { event: draft } = await openDoors(world, { event: { publish: false } });
    const kept = await scansKept();
    for (const eventId of [NO_EVENT, draft.id]) {
      for (const direction of ["ENTRY", "EXIT"]) {
        expect(await recordScan(client, { code: "T1", direction, eventId })).toMatchObject({
          scan: null,
          userErrors: [{ code: "NOT_FOUND", path: ["eventId"] }],
        });
      }
    }
    expect(await scansKept()).toBe(kept);
  });

  it("is an admin anywhere, and no stranger, nobody, nor somebody who is no longer staff", async () => {
    const { venue } = await openDoors(world);
    const kept = await scansKept();
    const input = { key: randomUUID(), code: "T1", direction: "ENTRY", gateId: venue.gate() };
    const [stranger, steward, admin] = [await world.person(), await venue.staff(), await world.person()];
    expect(await stranger.client.codes(RECORD, { input })).toEqual(["FORBIDDEN"]);
    expect(await world.anonymous.codes(RECORD, { input })).toEqual(["UNAUTHENTICATED"]);
    await made(venue.owner.client, "removeVenueStaff", "VenueStaffInput", "venue { id }", {
      venueId: venue.id,
      email: steward.email,
    });
    expect(await steward.client.codes(RECORD, { input })).toEqual(["FORBIDDEN"]);
    expect(await scansKept()).toBe(kept);
    await gatehouse.sql("update users set role = 'ADMIN' where email = $1", [admin.email]);
    expect(await enter(admin.client, "T1", { gateId: venue.gate() })).toBe("ACCEPTED");
  });

  it("is no device that was revoked and no session that was ended, at once and even for a replay", async () => {
    const { venue } = await openDoors(world);
    const device = await venue.device();
    const { client } = await venue.staff();
    const input = { key: "k", code: "T1", direction: "EXIT", gateId: venue.gate() };
    for (const scanner of [device.client, client]) await scanner.ok(RECORD, { input });
    await made(venue.owner.client, "revokeDevice", "RevokeDeviceInput", "device { id }", { deviceId: device.id });
    await client.ok("mutation { logout { ok } }");
    for (const scanner of [device.client, client]) {
      const { status, body } = await scanner.request(RECORD, { input });
      expect([status, body.errors?.map(({ extensions }) => extensions?.code)]).toEqual([401, ["UNAUTHENTICATED"]]);
    }
  });

  it("is decided with the scan, though the token was good a moment ago", async () => {
    const { venue } = await openDoors(world);
    const [device, steward] = [await venue.device(), await venue.staff()];
    const input = { key: "k", code: "nobody's", direction: "EXIT", gateId: venue.gate() };
    for (const scanner of [device.client, steward.client]) await scanner.ok(RECORD, { input });
    const kept = await scansKept();
    await gatehouse.sql("update devices set revoked_at = now() where id = $1", [decodeId("dev", device.id)]);
    await gatehouse.sql("update sessions set ended_at = now() where user_id = $1", [decodeId("usr", steward.id)]);
    const again = { input: { ...input, key: "new" } };
    expect(await device.client.codes(RECORD, again)).toEqual(["UNAUTHENTICATED"]);
    // Who is nobody at the venue is turned away before the session is looked at.
    expect(["UNAUTHENTICATED", "FORBIDDEN"]).toContain((await steward.client.codes(RECORD, again)).join());
    expect(await scansKept()).toBe(kept);
  });
});

it("keeps every count as the scans tell", () => expectCountsRight(gatehouse));
