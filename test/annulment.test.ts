import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Client } from "./setup/client.js";
import { enter, isInside, leave, openDoors } from "./setup/doors.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { mutate, recordScan, type ScanData, uploadScans, type Venue, World } from "./setup/world.js";

let gatehouse: TestGatehouse;
let world: World;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
});
afterAll(() => expectCountsRight(gatehouse).finally(() => gatehouse.close()));

const annul = (client: Client, scanId: string, reason = "Scanned by mistake") =>
  mutate<{ scan: Pick<ScanData, "id" | "outcome" | "key"> | null }>(
    client,
    "annulScan",
    "AnnulScanInput",
    "scan { id outcome key ticket { inside } }",
    { scanId, reason },
  );
/** The outcome, or the code of what stood against it. */
const outcomeOf = async (client: Client, scanId: string, reason?: string): Promise<string | undefined> => {
  const { scan, userErrors } = await annul(client, scanId, reason);
  return scan?.outcome ?? userErrors[0]?.code;
};
const scanned = async (client: Client, code: string, direction = "ENTRY"): Promise<ScanData> => {
  const { scan } = await recordScan(client, { code, direction });
  if (scan === null) throw new Error(`${code} was not scanned`);
  return scan;
};

const COUNTS =
  "inside theoretical entries exits refusals gates { inside entries exits } ticketTypes { inside } events { inside entries }";
async function counts({ owner, id }: Venue) {
  const { venue } = await owner.client.ok<{ venue: { occupancy: Record<string, unknown> & { version: number } } }>(
    `query ($id: ID!) { venue(id: $id) { occupancy { version ${COUNTS} } } }`,
    { id },
  );
  const { version, ...rest } = venue.occupancy;
  return { version, rest };
}

describe("an annulled scan", () => {
  it("counts nowhere, as if it had not been", async () => {
    const { venue, client, tickets } = await openDoors(world, { codes: ["T1", "T2"] });
    await enter(client, "T2");
    const before = await counts(venue);
    const entry = await scanned(client, "T1");
    expect(await annul(client, entry.id)).toMatchObject({
      scan: { id: entry.id, outcome: "ANNULLED", ticket: { inside: false } },
      userErrors: [],
    });
    const after = await counts(venue);
    expect(after.rest).toEqual(before.rest);
    expect(after.version).toBeGreaterThan(before.version + 1);
    expect(await isInside(venue, tickets[0])).toBe(false);
    await expectCountsRight(gatehouse);
  });

  it("leaves its ticket where the scans around it put it", async () => {
    const { venue, client, tickets } = await openDoors(world);
    const first = await scanned(client, "T1");
    const exit = await scanned(client, "T1", "EXIT");
    expect(await isInside(venue, tickets[0])).toBe(false);
    expect(await outcomeOf(client, exit.id)).toBe("ANNULLED");
    expect(await isInside(venue, tickets[0])).toBe(true);
    expect(await outcomeOf(client, first.id)).toBe("ANNULLED");
    expect(await isInside(venue, tickets[0])).toBe(false);
    expect(await enter(client, "T1")).toBe("ACCEPTED");
    await expectCountsRight(gatehouse);
  });

  it("is no exit that closes the way back where re-entry is not allowed", async () => {
    const { client } = await openDoors(world, { event: { reentryAllowed: false } });
    await enter(client, "T1");
    const exit = await scanned(client, "T1", "EXIT");
    expect(await enter(client, "T1")).toBe("REENTRY_NOT_ALLOWED");
    expect(await outcomeOf(client, exit.id)).toBe("ANNULLED");
    expect(await enter(client, "T1")).toBe("ALREADY_INSIDE");
  });

  it("moves people back to the gate of the entry before", async () => {
    const venue = await world.venue({ gates: ["A", "B"] });
    await (await venue.event()).tickets(["T1"]);
    const [a, b] = [await venue.device("A"), await venue.device("B")];
    const at = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
    await uploadScans(a.client, [{ code: "T1", scannedAt: at(20) }]);
    const [moved] = await uploadScans(b.client, [{ code: "T1", scannedAt: at(10) }]);
    const insides = async () =>
      ((await counts(venue)).rest["gates"] as { inside: number }[]).map(({ inside }) => inside);
    expect(await insides()).toEqual([0, 1]);
    expect(await outcomeOf(venue.owner.client, moved?.scan?.id ?? "")).toBe("ANNULLED");
    expect(await insides()).toEqual([1, 0]);
    await expectCountsRight(gatehouse);
  });

  it("may be of a code that no ticket has", async () => {
    const { venue, client } = await openDoors(world);
    const exit = await scanned(client, "nobody's", "EXIT");
    expect((await counts(venue)).rest).toMatchObject({ exits: 1 });
    expect(await outcomeOf(client, exit.id)).toBe("ANNULLED");
    expect((await counts(venue)).rest).toMatchObject({ exits: 0, inside: 0 });
  });

  it("is what its key answers from then on, and counts once more under another", async () => {
    const { venue, client } = await openDoors(world);
    const entry = await scanned(client, "T1");
    await annul(client, entry.id);
    const again = await recordScan(client, { code: "T1", key: entry.key });
    expect(again).toMatchObject({ replayed: true, scan: { id: entry.id, outcome: "ANNULLED", reason: null } });
    expect((await counts(venue)).rest).toMatchObject({ inside: 0, entries: 0 });
    expect(await enter(client, "T1")).toBe("ACCEPTED");
  });

  it("is answered alike again, and told once: by whom, when and why", async () => {
    const { venue, client } = await openDoors(world);
    const entry = await scanned(client, "T1");
    const once = await annul(venue.owner.client, entry.id, "Wrong person");
    const { version } = await counts(venue);
    expect(await annul(client, entry.id, "Another reason")).toEqual(once);
    expect((await counts(venue)).version).toBe(version);
    const kept = await gatehouse.sql<{ reason: string; isOwner: boolean; isNew: boolean }>(
      `select a.reason, a.user_id = v.owner_id and a.device_id is null as "isOwner",
        a.annulled_at > now() - interval '1 minute' as "isNew"
      from annulments a join venues v on v.id = a.venue_id join scans s on s.id = a.scan_id where s.key = $1`,
      [entry.key],
    );
    expect(kept).toEqual([{ reason: "Wrong person", isOwner: true, isNew: true }]);
  });

  it("is taken back once by two at the same time", async () => {
    const { venue, client } = await openDoors(world, { codes: ["T1", "T2"] });
    await enter(client, "T2");
    const entry = await scanned(client, "T1");
    const askers = [client, venue.owner.client, client, venue.owner.client];
    const answers = await Promise.all(askers.map((asker) => outcomeOf(asker, entry.id)));
    expect(answers).toEqual(askers.map(() => "ANNULLED"));
    expect((await counts(venue)).rest).toMatchObject({ inside: 1, entries: 1 });
  });
});

describe("who may annul", () => {
  it("a device: its own scans, within 15 minutes", async () => {
    const { venue, client } = await openDoors(world, { codes: ["T1", "T2"] });
    const other = await venue.device();
    const [entry, late] = [await scanned(client, "T1"), await scanned(client, "T2")];
    const query = "mutation ($input: AnnulScanInput!) { annulScan(input: $input) { scan { id } } }";
    const codes = (asker: Client, scanId: string) => asker.codes(query, { input: { scanId, reason: "Mistake" } });
    expect(await codes(other.client, entry.id)).toEqual(["FORBIDDEN"]);
    await gatehouse.sql("update scans set received_at = received_at - interval '15 minutes 1 second' where key = $1", [
      late.key,
    ]);
    expect(await codes(client, late.id)).toEqual(["FORBIDDEN"]);
    expect(await outcomeOf(venue.owner.client, late.id)).toBe("ANNULLED");
    expect(await outcomeOf(client, entry.id)).toBe("ANNULLED");
  });

  it("staff and the owner, at any time; nobody of another venue, to whom it is nothing", async () => {
    const { venue, client } = await openDoors(world, { codes: ["T1", "T2"] });
    const [one, two] = [await scanned(client, "T1"), await scanned(client, "T2")];
    await gatehouse.sql("update scans set received_at = received_at - interval '300 days'");
    const steward = await venue.staff();
    const stranger = (await world.venue()).owner;
    expect(await annul(stranger.client, one.id)).toMatchObject({
      scan: null,
      userErrors: [{ code: "NOT_FOUND", path: ["scanId"] }],
    });
    expect(await outcomeOf(steward.client, one.id)).toBe("ANNULLED");
    expect(await outcomeOf(venue.owner.client, two.id)).toBe("ANNULLED");
  });
});

describe("what cannot be annulled", () => {
  it("a refused scan: CONFLICT", async () => {
    const { venue, client } = await openDoors(world);
    const { scan } = await recordScan(client, { code: "nobody's" });
    expect(await annul(venue.owner.client, scan?.id ?? "")).toMatchObject({
      scan: null,
      userErrors: [{ code: "CONFLICT", path: ["scanId"] }],
    });
  });

  it("without a reason, or with too long a one: INVALID", async () => {
    const { client, venue } = await openDoors(world);
    const entry = await scanned(client, "T1");
    for (const reason of ["", "  ", "x".repeat(501)]) {
      expect(await annul(client, entry.id, reason)).toMatchObject({
        userErrors: [{ code: "INVALID", path: ["reason"] }],
      });
    }
    expect((await counts(venue)).rest).toMatchObject({ inside: 1 });
    expect(await outcomeOf(client, entry.id, "x".repeat(500))).toBe("ANNULLED");
  });

  it("something that is no scan: NOT_FOUND", async () => {
    const { client } = await openDoors(world);
    expect(await outcomeOf(client, "scn_01h455vb4pex5vsknk084sn02q")).toBe("NOT_FOUND");
  });
});

it("is seen at once by who watches", async () => {
  const { venue, client } = await openDoors(world);
  const entry = await scanned(client, "T1");
  await leave(client, "T1");
  const past = await uploadScans(client, [
    { code: "T1", direction: "ENTRY", scannedAt: new Date(Date.now() - 60_000).toISOString() },
  ]);
  expect((await counts(venue)).rest).toMatchObject({ entries: 2, exits: 1, inside: 0 });
  expect(await outcomeOf(client, entry.id)).toBe("ANNULLED");
  expect(await outcomeOf(client, past[0]?.scan?.id ?? "")).toBe("ANNULLED");
  expect((await counts(venue)).rest).toMatchObject({ entries: 0, exits: 1, inside: 0 });
  await expectCountsRight(gatehouse);
});
