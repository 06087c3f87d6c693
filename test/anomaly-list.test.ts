import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anomaliesPage, named, readAnomalies } from "./setup/anomalies.js";
import { fromNow } from "./setup/doors.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { type Event, uploadScans, type Venue, World } from "./setup/world.js";

let gatehouse: TestGatehouse;
let world: World;
let venue: Venue;
let events: readonly [first: Event, second: Event];
/** Kinds and keys, newest first. */
const ALL = [
  "RAPID_REENTRY e back",
  "CLOCK_SKEW d ahead",
  "EXIT_WITHOUT_ENTRY c left",
  "INVALID_TICKET_ADMITTED b none",
  "EXIT_WITHOUT_ENTRY a left",
];
const at = (minutesAgo: number): string => fromNow(-minutesAgo / 60);
/** Of the same moment, to the millisecond, as the scan that it filters. */
const EDGE = at(50);

beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
  venue = await world.venue({ gates: ["A", "B"] });
  events = [await venue.event(), await venue.event()];
  await events[0].tickets(["T1"]);
  await events[1].tickets(["T2"]);
  const [a, b] = [(await venue.device("A")).client, (await venue.device("B")).client];
  const exit = { direction: "EXIT" };
  await uploadScans(a, [
    { code: "T2", key: "e in", scannedAt: at(30) },
    { ...exit, code: "T2", key: "e left", scannedAt: at(20) },
    { code: "T2", key: "e back", scannedAt: at(18) },
    { code: "nobody's", key: "b none", scannedAt: EDGE },
  ]);
  await uploadScans(b, [
    { ...exit, code: "T1", key: "a left", scannedAt: EDGE },
    { ...exit, code: "T2", key: "c left", scannedAt: at(40) },
  ]);
  const ahead = { code: "T1", key: "d ahead", scannedAt: at(25 - 60), admitted: false };
  await uploadScans(b, [ahead], { sentAt: at(-60) });
});
afterAll(() => gatehouse.close());

describe("a venue's anomalies", () => {
  it("are told newest first, with what they are about", async () => {
    const found = await readAnomalies(venue);
    expect(named(found)).toEqual(ALL);
    for (const { at, scan } of found) expect(at).toBe(scan?.scannedAt);
    expect(found[0]).toMatchObject({ ticket: { code: "T2" }, gate: { id: venue.gate("A") } });
    expect(new Set(found.map(({ id }) => id)).size).toBe(ALL.length);
    expect(found.every(({ id }) => /^ano_[0-7][0-9a-hjkmnp-tv-z]{25}$/.test(id))).toBe(true);
    expect((await readAnomalies(venue)).map(({ id }) => id)).toEqual(found.map(({ id }) => id));
  });

  it.each([
    ["kinds", () => ({ kinds: ["CLOCK_SKEW", "RAPID_REENTRY"] }), [0, 1]],
    ["no kind at all", () => ({ kinds: [] }), []],
    ["a kind of which there is none", () => ({ kinds: ["OVER_CAPACITY"] }), []],
    ["an event", () => ({ eventId: events[0].id }), [1, 4]],
    ["a gate", () => ({ gateId: venue.gate("A") }), [0, 3]],
    ["a moment from which on", () => ({ from: EDGE }), [0, 1, 2, 3, 4]],
    ["a moment before which", () => ({ to: EDGE }), []],
    ["a span", () => ({ from: at(45), to: at(22) }), [1, 2]],
    ["all at once", () => ({ gateId: venue.gate("B"), kinds: ["EXIT_WITHOUT_ENTRY"], from: at(45) }), [2]],
  ])("can be asked for by %s", async (_name, filter, expected) => {
    expect(named(await readAnomalies(venue, filter()))).toEqual(expected.map((index) => ALL[index]));
    expect((await anomaliesPage(venue, { first: 1, filter: filter() }))?.totalCount).toBe(expected.length);
  });

  it("come by pages, both ways, each once", async () => {
    const forth: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = await anomaliesPage(venue, { first: 2, after });
      expect(page?.pageInfo).toEqual({ hasPreviousPage: forth.length > 0, hasNextPage: forth.length + 2 < ALL.length });
      forth.push(...named((page?.edges ?? []).map(({ node }) => node)));
      after = page?.edges.at(-1)?.cursor;
      if (!page?.pageInfo.hasNextPage) break;
    }
    expect(forth).toEqual(ALL);
    const back: string[] = [];
    for (let before: string | undefined; ; ) {
      const page = await anomaliesPage(venue, { first: null, last: 2, before });
      back.unshift(...named((page?.edges ?? []).map(({ node }) => node)));
      before = page?.edges[0]?.cursor;
      if (!page?.pageInfo.hasPreviousPage) break;
    }
    expect(back).toEqual(ALL);
  });

  it("are not lost between pages when others come", async () => {
    const page = await anomaliesPage(venue, { first: 2 });
    const other = await venue.device("A");
    await uploadScans(other.client, [{ code: "none either", direction: "EXIT", key: "f", scannedAt: at(1) }]);
    const next = await anomaliesPage(venue, { first: 10, after: page?.edges.at(-1)?.cursor });
    expect(named((next?.edges ?? []).map(({ node }) => node))).toEqual(ALL.slice(2));
    expect(next?.pageInfo.hasPreviousPage).toBe(true);
    expect((await readAnomalies(venue))[0]?.scan?.key).toBe("f");
  });

  it("are the owner's, the staff's and admins' to read, and nobody else's, though the counts be public", async () => {
    const plaza = await world.venue({ publicOccupancy: true });
    const [staff, admin] = [await plaza.staff(), await world.person("Admin")];
    await gatehouse.sql("update users set role = 'ADMIN' where email = $1", [admin.email]);
    for (const { client } of [plaza.owner, staff, admin]) {
      expect(await anomaliesPage(plaza, {}, client)).toMatchObject({ edges: [], totalCount: 0 });
    }
    for (const client of [world.anonymous, venue.owner.client, (await plaza.device()).client]) {
      expect(await anomaliesPage(plaza, {}, client)).toBeNull();
    }
  });

  it("refuse ids of something else", async () => {
    const filters = [{ eventId: venue.gate() }, { gateId: events[0].id }, { gateId: "nonsense" }];
    for (const filter of filters) {
      const query =
        "query ($id: ID!, $filter: AnomalyFilter) { venue(id: $id) { anomalies(filter: $filter) { totalCount } } }";
      expect(await venue.owner.client.codes(query, { id: venue.id, filter })).toEqual(["BAD_USER_INPUT"]);
    }
  });
});
