import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fromNow } from "./setup/doors.js";
import { attendanceAt, historyFrom, snapshotsAt } from "./setup/past.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { type Event, type Person, uploadScans, type Venue, World } from "./setup/world.js";

const DAY = 86_400_000;
const MIDNIGHT = Math.floor(Date.now() / DAY - 2) * DAY;

/** A time of the day before yesterday, such as "10:05", in milliseconds. */
const clock = (time: string): number => MIDNIGHT + Date.parse(`1970-01-01T${time}Z`);

/** All that happened. Hal has a ticket too, and never came. */
const STORY = `
  10:00  Ada       ENTRY  A
  10:05  Ben       ENTRY  B
  10:05  Eve       ENTRY  A
  10:10  Cleo      ENTRY  C
  10:15  Ben       ENTRY  C  once more, by another gate
  10:20  Dan       EXIT   B  who has not come yet
  10:30  Ada       EXIT   B
  10:33  Ada       ENTRY  A  after three minutes
  10:40  Finn      ENTRY  B  turned away
  10:45  Eve       EXIT   A
  11:00  Finn      ENTRY  B
  11:15  Stranger  ENTRY  A  without a ticket
  11:30  Cleo      EXIT   C
  11:30  Dan       ENTRY  C
  11:45  Ben       EXIT   A
  12:00  Ada       EXIT   A`;

interface Line {
  readonly gate: string;
  readonly scan: {
    readonly key: string;
    readonly code: string;
    readonly direction: string;
    readonly scannedAt: string;
    readonly admitted: boolean;
  };
}

const LINES: readonly Line[] = STORY.trim()
  .split("\n")
  .map((line) => {
    const [time = "", code = "", direction = "", gate = "", ...more] = line.trim().split(/\s+/);
    const scannedAt = new Date(clock(time)).toISOString();
    return {
      gate,
      scan: { key: `${time} ${code}`, code, direction, scannedAt, admitted: more.join(" ") !== "turned away" },
    };
  });

let gatehouse: TestGatehouse;
let world: World;
let owner: Person;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
  owner = await world.person("Owner");
});
afterAll(() => gatehouse.close());

async function makeShow(): Promise<{ venue: Venue; show: Event; send: (lines: readonly Line[]) => Promise<unknown> }> {
  const venue = await world.venue({ gates: ["A", "B", "C"] }, owner);
  const times = { startsAt: new Date(clock("10:00")), endsAt: new Date(clock("14:00")), autoExitAt: fromNow(24) };
  const show = await venue.event(times, [{ name: "Standard" }, { name: "VIP" }]);
  await show.tickets(["Ada", "Ben", "Cleo", "Dan", "Hal"], "Standard");
  await show.tickets(["Eve", "Finn"], "VIP");
  const devices = new Map([
    ["A", (await venue.device("A")).client],
    ["B", (await venue.device("B")).client],
    ["C", (await venue.device("C")).client],
  ]);
  const send = (lines: readonly Line[]) =>
    Promise.all(
      [...Map.groupBy(lines, ({ gate }) => gate)].map(async ([gate, its]) => {
        const results = await uploadScans(
          devices.get(gate) ?? world.anonymous,
          its.map(({ scan }) => scan),
        );
        expect(results.flatMap(({ userErrors }) => userErrors)).toEqual([]);
      }),
    );
  return { venue, show, send };
}

const numbered = LINES.map((line, index) => ({ line, index }));
const every = (count: number, rest: number): Line[] =>
  numbered.filter(({ index }) => index % count === rest).map(({ line }) => line);

/** What is in one list is uploaded at once, each gate's scans together. */
const ARRIVALS: Readonly<Record<string, readonly (readonly Line[])[]>> = {
  "as it happened": LINES.map((line) => [line]),
  "at once": [LINES],
  backwards: [...LINES].reverse().map((line) => [line]),
  "the evening before the morning": [LINES.slice(9), LINES.slice(0, 9)],
  "in shreds, some of them twice": [every(3, 1), every(5, 2), every(3, 0), every(3, 1).reverse(), every(3, 2), LINES],
  "by gates": [..."CAB"].map((gate) => LINES.filter((line) => line.gate === gate)),
};

describe.each(Object.entries(ARRIVALS))("a known day, uploaded %s", (_, uploads) => {
  let venue: Venue;
  let show: Event;
  beforeAll(async () => {
    const day = await makeShow();
    ({ venue, show } = day);
    for (const lines of uploads) await day.send(lines);
  });

  it("tells who was inside at any moment, by gate and ticket type", async () => {
    const known: readonly [time: string, counts: string][] = [
      ["09:59:59.999", "0: A0 B0 C0, 0 Standard, 0 VIP"],
      ["10:00", "1: A1 B0 C0, 1 Standard, 0 VIP"],
      ["10:04:59.999", "1: A1 B0 C0, 1 Standard, 0 VIP"],
      ["10:05", "3: A2 B1 C0, 2 Standard, 1 VIP"],
      ["10:10", "4: A2 B1 C1, 3 Standard, 1 VIP"],
      ["10:14:59.999", "4: A2 B1 C1, 3 Standard, 1 VIP"],
      ["10:15", "4: A2 B0 C2, 3 Standard, 1 VIP"],
      ["10:25", "4: A2 B0 C2, 3 Standard, 1 VIP"],
      ["10:30", "3: A1 B0 C2, 2 Standard, 1 VIP"],
      ["10:33", "4: A2 B0 C2, 3 Standard, 1 VIP"],
      ["10:40", "4: A2 B0 C2, 3 Standard, 1 VIP"],
      ["10:50", "3: A1 B0 C2, 3 Standard, 0 VIP"],
      ["11:00", "4: A1 B1 C2, 3 Standard, 1 VIP"],
      ["11:15", "4: A1 B1 C2, 3 Standard, 1 VIP"],
      ["11:29:59.999", "4: A1 B1 C2, 3 Standard, 1 VIP"],
      ["11:30", "4: A1 B1 C2, 3 Standard, 1 VIP"],
      ["11:45", "3: A1 B1 C1, 2 Standard, 1 VIP"],
      ["12:00", "2: A0 B1 C1, 1 Standard, 1 VIP"],
      ["23:59", "2: A0 B1 C1, 1 Standard, 1 VIP"],
    ];
    const told = await snapshotsAt(
      venue,
      known.map(([time]) => clock(time)),
    );
    const summaries = told.map(({ inside, gates: { A, B, C }, types }) => {
      return `${inside}: A${A} B${B} C${C}, ${types["Standard"]} Standard, ${types["VIP"]} VIP`;
    });
    expect(known.map(([time], index) => [time, summaries[index]])).toEqual(known);
  });

  it("tells the course of the day in buckets, each with what passed after the one before", async () => {
    const told = await historyFrom(venue, { from: clock("10:00"), to: clock("12:14"), bucketMinutes: 15 });
    expect(told.map(({ at, ...counts }) => [at.slice(11, 16), ...Object.values(counts)])).toEqual([
      ["10:00", 1, 1, 0],
      ["10:15", 4, 4, 0],
      ["10:30", 3, 0, 2],
      ["10:45", 3, 1, 1],
      ["11:00", 4, 1, 0],
      ["11:15", 4, 1, 0],
      ["11:30", 4, 1, 1],
      ["11:45", 3, 0, 1],
      ["12:00", 2, 0, 1],
    ]);
    const coarse = await historyFrom(venue, { from: clock("10:07"), to: clock("12:07"), bucketMinutes: 60 });
    expect(coarse.map(({ at, ...counts }) => [at.slice(11, 16), ...Object.values(counts)])).toEqual([
      ["10:07", 3, 3, 0],
      ["11:07", 4, 4, 3],
      ["12:07", 2, 2, 3],
    ]);
    const fine = await historyFrom(venue, { from: clock("10:29"), to: clock("10:34"), bucketMinutes: 1 });
    expect(fine.map(({ inside, entries, exits }) => [inside, entries, exits])).toEqual([
      [4, 0, 0],
      [3, 0, 1],
      [3, 0, 0],
      [3, 0, 0],
      [4, 1, 0],
      [4, 0, 0],
    ]);
  });

  it("tells who came, when the most were there, and how long they stayed", async () => {
    // Ada 30 and 87 minutes, Ben 100, Cleo 80, Eve 40; Dan and Finn are still there.
    expect(await attendanceAt(owner.client, show.id)).toEqual({
      ...{ registered: 7, attended: 6, noShows: 1, inside: 2, refusals: 1 },
      ...{ peakInside: 4, peakAt: new Date(clock("10:10")).toISOString(), averageStayMinutes: 67.4 },
      byTicketType: { Standard: { registered: 5, attended: 4 }, VIP: { registered: 2, attended: 2 } },
    });
  });
});

it("keeps every count as the scans tell", () => expectCountsRight(gatehouse));
