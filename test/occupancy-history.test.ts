import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Client } from "./setup/client.js";
import { fromNow } from "./setup/doors.js";
import { historyFrom, snapshotsAt } from "./setup/past.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { type Event, made, type Person, uploadScans, type Venue, World } from "./setup/world.js";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const LONG_AGO = "2020-01-01T00:00:00Z";

let gatehouse: TestGatehouse;
let world: World;
let owner: Person;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
  owner = await world.person("Owner");
});
afterAll(() => gatehouse.close());

/** The first instant of this month, in UTC; on its first day, of the one before. */
const thisMonth = (): number => {
  const yesterday = new Date(Date.now() - DAY);
  return Date.UTC(yesterday.getUTCFullYear(), yesterday.getUTCMonth());
};

/** The last Sunday of March or October that is over, when clocks in London change at 01:00 UTC. */
function lastClockChange(): number {
  const now = new Date();
  const changes = [1, 0].flatMap((back) => [2, 9].map((month) => lastSunday(now.getUTCFullYear() - back, month)));
  return changes.filter((change) => change < now.getTime() - DAY).at(-1) ?? 0;
}

function lastSunday(year: number, month: number): number {
  const end = new Date(Date.UTC(year, month + 1, 0, 1));
  return end.getTime() - end.getUTCDay() * DAY;
}

const shortOf = (points: readonly { at: string; inside: number; entries: number; exits: number }[]): string[] =>
  points.map(({ at, inside, entries, exits }) => `${at.slice(8, 16)} ${inside} +${entries} -${exits}`);

describe("the history of counts", () => {
  /** Somebody enters half an hour before the moment, somebody at it, and the first leaves half an hour after it. */
  async function passAround(moment: number, timeZone: string): Promise<Venue> {
    const venue = await world.venue({ timeZone }, owner);
    const startsAt = new Date(moment - DAY).toISOString();
    await (await venue.event({ startsAt, autoExitAt: fromNow(24) })).tickets(["T1", "T2"]);
    const scan = (code: string, minutes: number, direction = "ENTRY") => ({
      ...{ code, direction, scannedAt: new Date(moment + minutes * MINUTE).toISOString() },
    });
    const scans = [scan("T1", 30, "EXIT"), scan("T2", 0), scan("T1", -30)];
    await uploadScans((await venue.device()).client, scans);
    return venue;
  }

  const hourAround = (moment: number) => ({ from: moment - 60 * MINUTE, to: moment + 60 * MINUTE, bucketMinutes: 30 });
  const written = (moment: number, minutes: number) => new Date(moment + minutes * MINUTE).toISOString().slice(8, 16);

  it.each([
    ["a month's end", thisMonth, "UTC"],
    ["a change of the clocks", lastClockChange, "Europe/London"],
  ])("goes on through %s", async (_, momentOf, timeZone) => {
    const moment = momentOf();
    const venue = await passAround(moment, timeZone);
    expect(shortOf(await historyFrom(venue, hourAround(moment)))).toEqual([
      `${written(moment, -60)} 0 +0 -0`,
      `${written(moment, -30)} 1 +1 -0`,
      `${written(moment, 0)} 2 +1 -0`,
      `${written(moment, 30)} 1 +0 -1`,
      `${written(moment, 60)} 1 +0 -0`,
    ]);
    const moments = [moment - 31 * MINUTE, moment - 1, moment, moment + 30 * MINUTE, Date.now()];
    expect((await snapshotsAt(venue, moments)).map(({ inside }) => inside)).toEqual([0, 1, 2, 1, 1]);
  });

  it("has buckets as long on the day of a change of the clocks as on any other", async () => {
    const change = lastClockChange();
    const venue = await passAround(change, "Europe/London");
    const points = await historyFrom(venue, {
      from: change - 12 * 60 * MINUTE,
      to: change + 12 * 60 * MINUTE,
      bucketMinutes: 15,
    });
    expect(points).toHaveLength(97);
    expect(
      new Set(points.slice(1).map(({ at }, index) => Date.parse(at) - Date.parse(points[index]?.at ?? ""))),
    ).toEqual(new Set([15 * MINUTE]));
  });

  it("has buckets of 15 minutes where nothing else is asked for, and one point where the end is the beginning", async () => {
    const venue = await world.venue({}, owner);
    const query = `query ($id: ID!) { venue(id: $id) {
      hour: occupancyHistory(from: "${LONG_AGO}", to: "2020-01-01T01:00:00Z") { at }
      moment: occupancyHistory(from: "${LONG_AGO}", to: "${LONG_AGO}") { at inside entries exits } } }`;
    type Data = { venue: { hour: { at: string }[]; moment: unknown[] } };
    const { venue: told } = await owner.client.ok<Data>(query, { id: venue.id });
    expect(told.hour.map(({ at }) => at.slice(14, 16))).toEqual(["00", "15", "30", "45", "00"]);
    expect(told.moment).toEqual([{ at: "2020-01-01T00:00:00.000Z", inside: 0, entries: 0, exits: 0 }]);
  });

  it("is asked of several venues at once, each with its own", async () => {
    const venue = await passAround(thisMonth(), "UTC");
    const other = await world.venue({}, owner);
    const at = new Date(thisMonth()).toISOString();
    const query = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Venue {
      occupancyAt(at: "${at}") { inside gates { inside } } occupancyHistory(from: "${at}", to: "${at}") { inside entries } } } }`;
    const { nodes } = await owner.client.ok<{ nodes: unknown[] }>(query, { ids: [other.id, venue.id] });
    expect(nodes).toEqual([
      { occupancyAt: { inside: 0, gates: [{ inside: 0 }] }, occupancyHistory: [{ inside: 0, entries: 0 }] },
      { occupancyAt: { inside: 2, gates: [{ inside: 2 }] }, occupancyHistory: [{ inside: 2, entries: 1 }] },
    ]);
  });

  it.each([
    ["2020-01-01T00:00:00Z", "2020-01-16T14:45:00Z", 15, 1_500],
    ["2020-01-01T00:00:00Z", "2020-01-16T14:59:59.999Z", 15, 1_500],
    ["2020-01-01T00:00:00Z", "2020-01-16T15:00:00Z", 15, "`bucketMinutes` of 15 makes 1501 points"],
    ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", 2_147_483_647, 3],
    ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", 15, "at most 1500"],
    ["2020-01-01T00:00:00Z", "2019-12-31T23:59:59.999Z", 15, "`to` must not be before `from`"],
    ["2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z", 0, "`bucketMinutes` must be at least 1"],
    ["2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z", -15, "`bucketMinutes` must be at least 1"],
  ])("from %s to %s in buckets of %i is %s", async (from, to, bucketMinutes, told) => {
    const venue = await world.venue({}, owner);
    const query = `query ($id: ID!, $bucketMinutes: Int!) { venue(id: $id) {
      occupancyHistory(from: "${from}", to: "${to}", bucketMinutes: $bucketMinutes) { at } } }`;
    const { body } = await owner.client.request<{ venue: { occupancyHistory: unknown[] | null } }>(query, {
      ...{ id: venue.id, bucketMinutes },
    });
    if (typeof told === "number") {
      expect(body.data?.venue.occupancyHistory).toHaveLength(told);
    } else {
      expect(body.data?.venue.occupancyHistory).toBeNull();
      expect(body.errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
      expect(body.errors?.[0]?.message).toContain(told);
    }
  });
});

describe("counts of the past are told", () => {
  let venue: Venue;
  let show: Event;
  let draft: Event;
  let readers: Readonly<Record<string, Client>>;
  beforeAll(async () => {
    venue = await world.venue({}, owner);
    show = await venue.event({}, [{ name: "Open" }]);
    draft = await venue.event({ publish: false }, [{ name: "Secret" }]);
    await draft.tickets(["guest"], "Secret");
    const { client: device } = await venue.device();
    await uploadScans(device, [{ code: "guest" }]);
    const [staff, stranger] = [(await venue.staff()).client, (await world.person()).client];
    readers = { owner: owner.client, staff, device, stranger, nobody: world.anonymous };
  });

  const COUNTS = `query ($id: ID!) { venue(id: $id) { occupancyAt(at: "${fromNow(1)}") { inside }
    occupancyHistory(from: "${fromNow(1)}", to: "${fromNow(1)}") { at } } }`;

  async function whoReads<Told>(query: string, id: string, isTold: (data: Told) => boolean[]): Promise<unknown> {
    const answers = Object.entries(readers).map(async ([name, client]) => [
      name,
      isTold(await client.ok<Told>(query, { id })),
    ]);
    return Object.fromEntries(await Promise.all(answers));
  }

  const readsCounts = () =>
    whoReads<{ venue: Record<string, unknown> }>(COUNTS, venue.id, ({ venue: told }) =>
      Object.values(told).map((value) => value !== null),
    );

  it("to those who work there, and to anybody where the venue says so", async () => {
    const all = [true, true];
    const none = [false, false];
    expect(await readsCounts()).toEqual({ owner: all, staff: all, device: all, stranger: none, nobody: none });
    await setPublic(true);
    expect(await readsCounts()).toEqual({ owner: all, staff: all, device: all, stranger: all, nobody: all });
  });

  it("without the ticket types of drafts, but to those who work there", async () => {
    await setPublic(true);
    const query = `query ($id: ID!) { venue(id: $id) { occupancyAt(at: "${fromNow(1)}") {
      inside ticketTypes { inside ticketType { name } } } } }`;
    const typesFor = async (client: Client | undefined) =>
      (await (client ?? world.anonymous).ok<{ venue: { occupancyAt: unknown } }>(query, { id: venue.id })).venue
        .occupancyAt;
    const open = { inside: 0, ticketType: { name: "Open" } };
    expect(await typesFor(readers["stranger"])).toEqual({ inside: 1, ticketTypes: [open] });
    expect(await typesFor(readers["staff"])).toMatchObject({
      ticketTypes: expect.arrayContaining([open, { inside: 1, ticketType: { name: "Secret" } }]),
    });
  });

  it("of an event's attendance to its organizer and staff alone, public as the counts may be", async () => {
    await setPublic(true);
    const query = "query ($id: ID!) { event(id: $id) { attendance { registered } } }";
    const told = await whoReads<{ event: { attendance: unknown } }>(query, show.id, ({ event }) => [
      event.attendance !== null,
    ]);
    expect(told).toEqual({ owner: [true], staff: [true], device: [false], stranger: [false], nobody: [false] });
  });

  const setPublic = (publicOccupancy: boolean) =>
    made(owner.client, "updateVenue", "UpdateVenueInput", "venue { id }", { venueId: venue.id, publicOccupancy });
});

it("keeps every count as the scans tell", () => expectCountsRight(gatehouse));
