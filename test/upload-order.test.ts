import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { enter, fromNow, isInside, leave, openDoors } from "./setup/doors.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { uploadScans, type Venue, World } from "./setup/world.js";

const minutes = (fromNowOn: number): string => fromNow(fromNowOn / 60);

let gatehouse: TestGatehouse;
let world: World;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
});
afterAll(() => gatehouse.close());

interface Counts {
  readonly inside: number;
  readonly entries: number;
  readonly exits: number;
  readonly gates: readonly { readonly inside: number }[];
}

async function counts(venue: Venue): Promise<Counts> {
  const query = "query ($id: ID!) { venue(id: $id) { occupancy { inside entries exits gates { inside } } } }";
  return (await venue.owner.client.ok<{ venue: { occupancy: Counts } }>(query, { id: venue.id })).venue.occupancy;
}

const conflicts = async (...upload: Parameters<typeof uploadScans>): Promise<(string | null | undefined)[]> =>
  (await uploadScans(...upload)).map(({ scan }) => scan?.conflict);

/** All the orders of the items. */
function orders<Item>(items: readonly Item[]): Item[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((first, index) => orders(items.toSpliced(index, 1)).map((rest) => [first, ...rest]));
}

describe("who is inside follows the time of the scans, not their arrival", () => {
  it("so that an older scan that comes late changes the totals, and not who is inside", async () => {
    const { venue, client, tickets } = await openDoors(world);
    await enter(client, "T1");
    await uploadScans(client, [{ code: "T1", direction: "EXIT", scannedAt: minutes(-10) }]);
    expect(await isInside(venue, tickets[0])).toBe(true);
    expect(await counts(venue)).toMatchObject({ inside: 1, entries: 1, exits: 1 });
    await leave(client, "T1");
    expect(await conflicts(client, [{ code: "T1", scannedAt: minutes(-20) }])).toEqual([null]);
    expect(await isInside(venue, tickets[0])).toBe(false);
    expect(await counts(venue)).toMatchObject({ inside: 0, entries: 2, exits: 2 });
  });

  it.each(
    orders([
      { code: "T1", key: "1", direction: "ENTRY", scannedAt: -30 },
      { code: "T1", key: "2", direction: "EXIT", scannedAt: -20 },
      { code: "T1", key: "3", direction: "ENTRY", scannedAt: -10 },
    ]).map((scans) => ({ scans, order: scans.map(({ key }) => key).join(", then ") })),
  )("several in one upload or in as many: $order", async ({ scans }) => {
    const { venue, client, tickets } = await openDoors(world, {
      event: { reentryAllowed: false },
      codes: ["T1", "T2"],
    });
    const timed = scans.map((scan) => ({ ...scan, scannedAt: minutes(scan.scannedAt) }));
    await uploadScans(client, timed);
    for (const scan of timed) await uploadScans(client, [{ ...scan, code: "T2", key: `later ${scan.key}` }]);
    expect(await Promise.all(tickets.map((ticket) => isInside(venue, ticket)))).toEqual([true, true]);
    expect(await counts(venue)).toMatchObject({ inside: 2, entries: 4, exits: 2 });
    for (const code of ["T1", "T2"]) {
      expect(await enter(client, code)).toBe("ALREADY_INSIDE");
      expect(await leave(client, code)).toBe("ACCEPTED");
      expect(await enter(client, code)).toBe("REENTRY_NOT_ALLOWED");
    }
  });

  it("and so does whether somebody has left before they come again", async () => {
    const { client } = await openDoors(world, { event: { reentryAllowed: false }, codes: ["T1", "T2"] });
    const exit = { direction: "EXIT", scannedAt: minutes(-20) };
    await uploadScans(client, [
      { ...exit, code: "T1" },
      { ...exit, code: "T2" },
    ]);
    expect(await conflicts(client, [{ code: "T1", scannedAt: minutes(-30) }])).toEqual([null]);
    expect(await enter(client, "T1"), "entered, then left").toBe("REENTRY_NOT_ALLOWED");
    expect(await conflicts(client, [{ code: "T1" }])).toEqual(["REENTRY_NOT_ALLOWED"]);
    expect(await enter(client, "T2"), "left, and had never entered").toBe("ACCEPTED");
  });

  it("except that an online scan is the last word, though a fast scanner has been heard of the next minute", async () => {
    const { venue, client, tickets } = await openDoors(world);
    await uploadScans(client, [{ code: "T1", key: "z", scannedAt: minutes(1) }]);
    expect(await leave(client, "T1", { key: "a" })).toBe("ACCEPTED");
    expect(await isInside(venue, tickets[0])).toBe(false);
    expect(await enter(client, "T1", { key: "A" })).toBe("ACCEPTED");
    expect(await isInside(venue, tickets[0])).toBe(true);
  });

  it("so that each of several scans in one upload sees those before it", async () => {
    const { client } = await openDoors(world, { venue: { capacity: 1 }, codes: ["T1", "T2"] });
    const scans = [
      { code: "T1", scannedAt: minutes(-30) },
      { code: "T1", scannedAt: minutes(-29) },
      { code: "T2", scannedAt: minutes(-28) },
      { code: "T1", direction: "EXIT", scannedAt: minutes(-27) },
      { code: "T2", direction: "EXIT", scannedAt: minutes(-26) },
      { code: "T1", scannedAt: minutes(-25) },
    ];
    expect(await conflicts(client, scans)).toEqual([null, "ALREADY_INSIDE", "VENUE_FULL", null, null, null]);
  });
});

describe("where somebody counts", () => {
  it("is the gate of their latest entry, whichever of two comes late", async () => {
    const { venue, client: atA } = await openDoors(world, { venue: { gates: ["A", "B"] }, codes: ["T1", "T2"] });
    const { client: atB } = await venue.device("B");
    await uploadScans(atA, [
      { code: "T1", scannedAt: minutes(-20) },
      { code: "T2", scannedAt: minutes(-10) },
    ]);
    expect((await counts(venue)).gates).toEqual([{ inside: 2 }, { inside: 0 }]);
    expect(await conflicts(atB, [{ code: "T1", scannedAt: minutes(-10) }])).toEqual(["ALREADY_INSIDE"]);
    expect((await counts(venue)).gates).toEqual([{ inside: 1 }, { inside: 1 }]);
    await uploadScans(atB, [{ code: "T2", scannedAt: minutes(-20) }]);
    expect(await counts(venue)).toMatchObject({ inside: 2, gates: [{ inside: 1 }, { inside: 1 }] });
    await leave(atA, "T1");
    expect((await counts(venue)).gates).toEqual([{ inside: 1 }, { inside: 0 }]);
  });
});

describe("scans of one instant", () => {
  const scannedAt = minutes(-5);

  /** The later by their bytes is the second, against what an alphabet, a length or UTF-16 would say. */
  it.each([
    ["a", "b"],
    ["Z", "a"],
    ["10", "9"],
    ["a", "aa"],
    ["z", "é"],
    ["\uffee", "😀"],
  ])("are ordered by the bytes of their keys: %s before %s", async (first, second) => {
    const { venue, client, tickets } = await openDoors(world, { codes: ["T1", "T2", "T3", "T4"] });
    const pair = (code: string, [before, after]: [string, string]) => [
      { code, key: `${code} ${first}`, direction: before, scannedAt },
      { code, key: `${code} ${second}`, direction: after, scannedAt },
    ];
    await uploadScans(client, pair("T1", ["ENTRY", "EXIT"]));
    await uploadScans(client, pair("T2", ["ENTRY", "EXIT"]).reverse());
    await uploadScans(client, pair("T3", ["EXIT", "ENTRY"]));
    for (const scan of pair("T4", ["EXIT", "ENTRY"]).reverse()) await uploadScans(client, [scan]);
    const inside = await Promise.all(tickets.map((ticket) => isInside(venue, ticket)));
    expect(inside).toEqual([false, false, true, true]);
    expect(await counts(venue)).toMatchObject({ inside: 2, entries: 4, exits: 4 });
  });
});

it("keeps every count as the scans tell", () => expectCountsRight(gatehouse));
