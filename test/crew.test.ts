import { createHash, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { made, mutate, type Person, recordScan, World } from "./setup/world.js";

let gatehouse: TestGatehouse;
let world: World;
let owner: Person;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
  owner = await world.person("Owner");
});
afterAll(() => expectCountsRight(gatehouse).finally(() => gatehouse.close()));

describe("the staff", () => {
  const change = (name: "addVenueStaff" | "removeVenueStaff", venueId: string, email: string) =>
    mutate<{ venue: { staff: readonly { readonly id: string }[] } | null }>(
      owner.client,
      name,
      "VenueStaffInput",
      "venue { id staff { id } }",
      { venueId, email },
    );

  async function staffOf(id: string) {
    const query = "query ($id: ID!) { venue(id: $id) { staff { id } } }";
    const { venue } = await owner.client.ok<{ venue: { staff: { id: string }[] } }>(query, { id });
    return venue.staff;
  }

  it("may scan from when they are added until they are removed, and a second time changes nothing", async () => {
    const venue = await world.venue({}, owner);
    const event = await venue.event();
    const [ticket] = await event.tickets(["T1"]);
    const person = await world.person("Steward");
    const scan = { gateId: venue.gate(), code: "T1" };
    await expect(recordScan(person.client, scan)).rejects.toThrow("FORBIDDEN");
    for (const email of [person.email, ` ${person.email.toUpperCase()} `]) {
      expect(await change("addVenueStaff", venue.id, email)).toMatchObject({
        venue: { staff: [{ id: person.id }] },
        userErrors: [],
      });
    }
    expect(await recordScan(person.client, scan)).toMatchObject({
      scan: { outcome: "ACCEPTED", ticket: { id: ticket } },
    });
    for (const email of [person.email.toUpperCase(), person.email]) {
      expect(await change("removeVenueStaff", venue.id, email)).toMatchObject({ venue: { staff: [] }, userErrors: [] });
    }
    await expect(recordScan(person.client, scan)).rejects.toThrow("FORBIDDEN");
  });

  it("are listed in the order in which they were added", async () => {
    const venue = await world.venue({}, owner);
    const people = [await world.person(), await world.person(), await world.person()];
    for (const { email } of [...people].reverse()) {
      await change("addVenueStaff", venue.id, email);
      await sleep(2);
    }
    expect(await staffOf(venue.id)).toEqual([...people].reverse().map(({ id }) => ({ id })));
  });

  it.each(["addVenueStaff", "removeVenueStaff"] as const)("%s knows only who is registered", async (name) => {
    const venue = await world.venue({}, owner);
    for (const email of [`${randomUUID()}@example.com`, "no address", ""]) {
      expect(await change(name, venue.id, email)).toMatchObject({
        venue: null,
        userErrors: [{ code: "NOT_FOUND", path: ["email"] }],
      });
    }
  });
});

describe("a device", () => {
  const DEVICE = "device { id name enrolledAt lastSeenAt revokedAt gate { id name } }";
  const enroll = (gateId: string, name = "Scanner") =>
    mutate<{ device: { id: string; enrolledAt: string } | null; token: string | null }>(
      owner.client,
      "enrollDevice",
      "EnrollDeviceInput",
      `${DEVICE} token`,
      { gateId, name },
    );
  const revoke = (deviceId: string) =>
    made<{ device: { revokedAt: string } }>(owner.client, "revokeDevice", "RevokeDeviceInput", DEVICE, { deviceId });

  it("is enrolled at a gate, with a token that is shown once and kept as a digest alone", async () => {
    const venue = await world.venue({}, owner);
    const { device, token, userErrors } = await enroll(venue.gate(), "  Left ");
    expect(userErrors).toEqual([]);
    expect(device).toMatchObject({ name: "Left", revokedAt: null, gate: { id: venue.gate(), name: "A" } });
    expect(token).toMatch(/^ghd_[\w-]{43}[0-9a-f]{8}$/);
    const [row] = await gatehouse.sql<{ token_digest: Buffer; text: string }>(
      "select d.token_digest, d::text || encode(d.token_digest, 'escape') as text from devices d order by enrolled_at desc limit 1",
    );
    expect(row?.text).not.toContain(token);
    expect(row?.token_digest).toEqual(
      createHash("sha256")
        .update(token ?? "")
        .digest(),
    );
    const again = await owner.client.ok(`query ($id: ID!) { node(id: $id) { ... on Device { id name } } }`, {
      id: device?.id,
    });
    expect(again).toEqual({ node: { id: device?.id, name: "Left" } });
  });

  it("stops at once when it is revoked; a second time changes nothing", async () => {
    const venue = await world.venue({}, owner);
    const device = await venue.device();
    expect((await device.client.request("{ __typename }")).status).toBe(200);
    const first = await revoke(device.id);
    expect(Date.parse(first.device.revokedAt)).toBeGreaterThan(Date.now() - 10_000);
    expect((await device.client.request("{ __typename }")).status).toBe(401);
    await sleep(5);
    expect(await revoke(device.id)).toEqual(first);
    expect((await device.client.request("{ __typename }")).status).toBe(401);
  });

  it("leaves the others of its gate at work when it is revoked", async () => {
    const venue = await world.venue({}, owner);
    const [one, other] = [await venue.device(), await venue.device()];
    await revoke(one.id);
    expect((await other.client.request("{ __typename }")).status).toBe(200);
    const { venue: seen } = await owner.client.ok<{ venue: { devices: { id: string; revokedAt: string | null }[] } }>(
      `query ($id: ID!) { venue(id: $id) { devices { id revokedAt } } }`,
      { id: venue.id },
    );
    expect(seen.devices).toEqual([
      { id: one.id, revokedAt: expect.any(String) },
      { id: other.id, revokedAt: null },
    ]);
  });

  it.each(["", " ", "d".repeat(201)])("is not enrolled under the name %j", async (name) => {
    const venue = await world.venue({}, owner);
    expect(await enroll(venue.gate(), name)).toMatchObject({
      device: null,
      token: null,
      userErrors: [{ code: "INVALID", path: ["name"] }],
    });
  });
});
