import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { enter, fromNow, isInside, openDoors, setTicket } from "./setup/doors.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { type RecordedScan, uploadScans, type Venue, World } from "./setup/world.js";

const MINUTE = 60_000;
const minutes = (fromNowOn: number): string => fromNow(fromNowOn / 60);
const DAY_MINUTES = 24 * 60;

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

interface Counts {
  readonly inside: number;
  readonly theoretical: number;
  readonly entries: number;
  readonly exits: number;
  readonly refusals: number;
  readonly gates: readonly { readonly inside: number }[];
}

async function counts(venue: Venue): Promise<Counts> {
  const query = `query ($id: ID!) {
    venue(id: $id) { occupancy { inside theoretical entries exits refusals gates { inside } } } }`;
  return (await venue.owner.client.ok<{ venue: { occupancy: Counts } }>(query, { id: venue.id })).venue.occupancy;
}

/** What became of each item: its outcome with the reason or the conflict, or the error with its path. */
const summary = (results: readonly RecordedScan[]): string[] =>
  results.map(({ scan, userErrors: [error] }) =>
    scan === null
      ? `${error?.code} ${error?.path?.join(".")}`
      : [scan.outcome, scan.reason, scan.conflict && `despite ${scan.conflict}`].filter(Boolean).join(" "),
  );

describe("an upload", () => {
  it("has one result per item, in order, and a bad item spoils no other", async () => {
    const { venue, client } = await openDoors(world, { codes: ["T1", "T2"] });
    const kept = await scansKept();
    const results = await uploadScans(client, [
      { code: "T1", key: "first" },
      { code: "" },
      { code: " \n " },
      { code: "x".repeat(201) },
      { code: "T2", key: "" },
      { code: "T2", key: "k".repeat(101) },
      { code: "T2", scannedAt: minutes(3) },
      { code: "T2", scannedAt: minutes(-400 * DAY_MINUTES) },
      { code: "T2", eventId: "evt_01h455vb4pex5vsknk084sn02q" },
      { code: "T2", key: "last" },
    ]);
    expect(summary(results)).toEqual([
      "ACCEPTED",
      "INVALID scans.1.code",
      "INVALID scans.2.code",
      "INVALID scans.3.code",
      "INVALID scans.4.key",
      "INVALID scans.5.key",
      "INVALID scans.6.scannedAt",
      "INVALID scans.7.scannedAt",
      "NOT_FOUND scans.8.eventId",
      "ACCEPTED",
    ]);
    expect(results.map(({ scan }) => scan?.key).filter(Boolean)).toEqual(["first", "last"]);
    expect(results.every(({ scan, userErrors }) => (scan === null) === userErrors.length > 0)).toBe(true);
    expect(await scansKept()).toBe(kept + 2);
    expect(await counts(venue)).toMatchObject({ inside: 2, entries: 2, refusals: 0 });
  });

  it("takes none and a thousand scans; of one more nothing is done", async () => {
    const { venue, client } = await openDoors(world);
    const scans = Array.from({ length: 1_001 }, (_, index) => ({
      ...{ key: `k${index}`, code: `nobody ${index}`, direction: "EXIT", scannedAt: minutes(-1) },
    }));
    const kept = await scansKept();
    const query = "mutation ($input: UploadScansInput!) { uploadScans(input: $input) { results { replayed } } }";
    const tooMany = await client.request(query, { input: { sentAt: minutes(0), scans } });
    expect(tooMany.body.data).toBeNull();
    expect(tooMany.body.errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
    expect(await scansKept()).toBe(kept);
    expect(await uploadScans(client, [])).toEqual([]);
    const results = await uploadScans(client, scans.slice(1));
    expect(results.map(({ scan }) => scan?.key)).toEqual(scans.slice(1).map(({ key }) => key));
    expect(await counts(venue)).toMatchObject({ inside: 0, entries: 0, exits: 1_000, refusals: 0 });
  });

  it("is replayed whole when it comes again, and a key that comes twice in it counts once", async () => {
    const { venue, client } = await openDoors(world, { codes: ["T1", "T2"] });
    const scans = [
      { key: "a", code: "T1" },
      { key: "b", code: "T2" },
      { key: "a", code: "T1" },
      { key: "b", code: "T1" },
      { key: "c", code: "T1", direction: "EXIT", scannedAt: minutes(-5), admitted: false },
    ];
    const results = await uploadScans(client, scans);
    expect(summary(results)).toEqual(["ACCEPTED", "ACCEPTED", "ACCEPTED", "KEY_REUSED scans.3.key", "REFUSED"]);
    expect(results.map(({ replayed }) => replayed)).toEqual([false, false, true, false, false]);
    expect(results[2]?.scan).toEqual(results[0]?.scan);
    const before = await counts(venue);
    expect(before).toMatchObject({ inside: 2, entries: 2, exits: 0, refusals: 1 });

    const again = await uploadScans(client, scans, { sentAt: minutes(-60) });
    expect(again).toEqual(results.map((result) => ({ ...result, replayed: result.scan !== null })));
    expect(await counts(venue)).toEqual(before);
  });

  it("is refused whole to those who may not scan, and names its gate as any scan does", async () => {
    const { venue } = await openDoors(world);
    const kept = await scansKept();
    const query = "mutation ($input: UploadScansInput!) { uploadScans(input: $input) { results { replayed } } }";
    const scans = [{ key: "k", code: "T1", direction: "ENTRY", scannedAt: minutes(0) }];
    const input = { sentAt: minutes(0), scans, gateId: venue.gate() };
    expect(await (await world.person()).client.codes(query, { input })).toEqual(["FORBIDDEN"]);
    expect(await world.anonymous.codes(query, { input })).toEqual(["UNAUTHENTICATED"]);
    expect(summary(await uploadScans(venue.owner.client, scans))).toEqual(["INVALID gateId"]);
    expect(await scansKept()).toBe(kept);
    expect(summary(await uploadScans(venue.owner.client, scans, { gateId: venue.gate() }))).toEqual(["ACCEPTED"]);
  });
});

describe("an offline scan", () => {
  it("that was not admitted is REFUSED, with the server's reason if it has one, and moves nobody", async () => {
    const { venue, client, tickets } = await openDoors(world, { codes: ["T1", "T2"] });
    await enter(client, "T2");
    const turnedAway = { admitted: false };
    const results = await uploadScans(client, [
      { code: "T1", ...turnedAway },
      { code: "T2", ...turnedAway },
      { code: "nobody's", ...turnedAway },
      { code: "T2", direction: "EXIT", ...turnedAway },
    ]);
    expect(summary(results)).toEqual(["REFUSED", "REFUSED ALREADY_INSIDE", "REFUSED UNKNOWN_TICKET", "REFUSED"]);
    expect([await isInside(venue, tickets[0]), await isInside(venue, tickets[1])]).toEqual([false, true]);
    expect(await counts(venue)).toMatchObject({ inside: 1, theoretical: 1, entries: 1, exits: 0, refusals: 4 });
  });

  it("that was admitted is ACCEPTED, and keeps what the server would have refused it for", async () => {
    const { venue, client, tickets } = await openDoors(world, { venue: { capacity: 1 }, codes: ["T1", "T2", "T3"] });
    await setTicket(gatehouse, tickets[2], "CANCELLED");
    const results = await uploadScans(client, [
      { code: "T1" },
      { code: "T1" },
      { code: "T2" },
      { code: "T3" },
      { code: "nobody's" },
      { code: "nobody's", direction: "EXIT" },
    ]);
    expect(summary(results)).toEqual([
      "ACCEPTED",
      "ACCEPTED despite ALREADY_INSIDE",
      "ACCEPTED despite VENUE_FULL",
      "ACCEPTED despite CANCELLED",
      "ACCEPTED despite UNKNOWN_TICKET",
      "ACCEPTED",
    ]);
    expect(results.every(({ scan }) => scan?.offline && scan.reason === null)).toBe(true);
    expect(await counts(venue)).toMatchObject({ inside: 3, theoretical: 3, entries: 5, exits: 1, refusals: 0 });
  });

  it("is an override, and no conflict, with a type that admits when full", async () => {
    const venue = await world.venue({ capacity: 1 });
    const event = await venue.event({}, [{ name: "VIP", admitsWhenFull: true }]);
    await event.tickets(["V1", "V2"], "VIP");
    const { client } = await venue.device();
    const results = await uploadScans(client, [{ code: "V1" }, { code: "V2" }]);
    expect(summary(results)).toEqual(["ACCEPTED", "ACCEPTED"]);
    expect(results.map(({ scan }) => scan?.capacityOverride)).toEqual([false, true]);
  });

  it("is judged by the doors at its own time: open from the first instant, closed from the end", async () => {
    const [doors, end] = [Date.now() - 180 * MINUTE, Date.now() - 60 * MINUTE];
    const at = (time: number) => new Date(time).toISOString();
    const times = { doorsOpenAt: at(doors), startsAt: at(doors + MINUTE), endsAt: at(end) };
    const { client } = await openDoors(world, { event: times, codes: ["T1", "T2", "T3", "T4"] });
    const scans = [doors - 1, doors, end - 1, end].map((time, index) => ({
      code: `T${index + 1}`,
      scannedAt: at(time),
    }));
    const results = await uploadScans(client, scans);
    expect(summary(results)).toEqual([
      "ACCEPTED despite TOO_EARLY",
      "ACCEPTED",
      "ACCEPTED",
      "ACCEPTED despite TOO_LATE",
    ]);
    expect(results.map(({ scan }) => scan?.scannedAt)).toEqual(scans.map(({ scannedAt }) => scannedAt));
  });

  it("with a code of two events is of the one whose doors were open at its own time", async () => {
    const morning = { startsAt: minutes(-300), endsAt: minutes(-240), doorsOpenAt: minutes(-310) };
    const { venue, event, client } = await openDoors(world, { event: morning });
    const evening = await venue.event({ startsAt: minutes(-60), doorsOpenAt: minutes(-70) });
    await evening.tickets(["T1"]);
    const results = await uploadScans(client, [
      { code: "T1", scannedAt: minutes(-10) },
      { code: "T1", scannedAt: minutes(-250) },
      { code: "T1", scannedAt: minutes(-200) },
    ]);
    expect(results.map(({ scan }) => scan?.event?.id)).toEqual([evening.id, event.id, event.id]);
    expect(summary(results)[2]).toBe("ACCEPTED despite TOO_LATE");
  });
});

describe("a scanner's clock", () => {
  const reported = (key: string) =>
    gatehouse.sql<{ reported_at: Date }>("select reported_at from scans where key = $1", [key]);

  it.each([
    ["ten minutes fast", 10],
    ["ten minutes slow", -10],
    ["years slow", -40 * 365 * DAY_MINUTES],
  ])("that is %s is corrected, and its own time kept", async (name, off) => {
    const { client } = await openDoors(world);
    const scannedAt = minutes(off - 5);
    const [result] = await uploadScans(client, [{ code: "T1", key: name, scannedAt }], { sentAt: minutes(off) });
    const difference = Date.parse(result?.scan?.scannedAt ?? "") - (Date.now() - 5 * MINUTE);
    expect(Math.abs(difference)).toBeLessThan(10_000);
    expect(result?.scan?.conflict).toBeNull();
    expect(await reported(name)).toEqual([{ reported_at: new Date(scannedAt) }]);
  });

  it.each([1, -1])("that is off by %s minute is taken as it is", async (off) => {
    const { client } = await openDoors(world);
    const scannedAt = minutes(off - 5);
    const [result] = await uploadScans(client, [{ code: "T1", scannedAt }], { sentAt: minutes(off) });
    expect(result?.scan?.scannedAt).toBe(scannedAt);
  });

  it("is corrected before the future and the past are judged", async () => {
    const { client } = await openDoors(world, { codes: ["T1", "T2"] });
    const ahead = [
      { code: "T1", scannedAt: minutes(60) },
      { code: "T2", scannedAt: minutes(64) },
    ];
    expect(summary(await uploadScans(client, ahead, { sentAt: minutes(60) }))).toEqual([
      "ACCEPTED",
      "INVALID scans.1.scannedAt",
    ]);
    expect(
      summary(await uploadScans(client, [{ code: "T2", scannedAt: minutes(0) }], { sentAt: minutes(-3) })),
    ).toEqual(["INVALID scans.0.scannedAt"]);
    expect(summary(await uploadScans(client, [{ code: "T2", scannedAt: minutes(1) }]))).toEqual(["ACCEPTED"]);
  });
});

it("keeps every count as the scans tell", () => expectCountsRight(gatehouse));
