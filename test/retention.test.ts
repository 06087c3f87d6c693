import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openDatabase } from "../src/database.js";
import { keepAndDetachMonths } from "../src/domain/retention.js";
import { encodeId } from "../src/schema/ids.js";
import { fromNow } from "./setup/doors.js";
import { keepScanMonths, monthStart, monthsOf, type OldScan, sendOld, tableOfMonth } from "./setup/months.js";
import { attendanceAt, historyFrom, snapshotsAt } from "./setup/past.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { type Event, made, recordScan, uploadScans, type Venue, World } from "./setup/world.js";

const HOUR = 3_600_000;
const QUARTER = HOUR / 4;
const KEPT_MONTHS = 5;
/** From here on scans are kept: the events' nights are around it. */
const BORDER = monthStart(-KEPT_MONTHS);
const CODES = ["Ada", "Ben", "Cleo", "Dan"];
const iso = (time: number): string => new Date(time).toISOString();

interface Night {
  readonly venue: Venue;
  readonly show: Event;
}

/** At the turn of the month, with check-out six hours after it. */
async function makeNight(world: World): Promise<Night> {
  const venue = await world.venue({ gates: ["A", "B"] });
  const show = await venue.event({
    startsAt: iso(BORDER - 5 * HOUR),
    endsAt: iso(BORDER + 5 * HOUR),
    autoExitAt: iso(BORDER + 6 * HOUR),
  });
  await show.tickets(CODES);
  return { venue, show };
}

/** All that is told of the night; by quarter-hours, for of what is detached there is no more. */
async function toldOf({ venue, show }: Night) {
  const hours = Array.from({ length: 17 }, (_, hour) => BORDER + (hour - 8) * HOUR);
  const { venue: now } = await venue.owner.client.ok<{ venue: object }>(
    "query ($id: ID!) { venue(id: $id) { occupancy { inside entries exits refusals theoretical gates { gate { name } inside entries exits refusals } } } }",
    { id: venue.id },
  );
  return {
    now,
    snapshots: await snapshotsAt(venue, hours),
    history: await historyFrom(venue, { from: BORDER - 8 * HOUR, to: BORDER + 8 * HOUR, bucketMinutes: 15 }),
    attendance: await attendanceAt(venue.owner.client, show.id),
  };
}

/** Of the kept scans, what each follows. Which automatic exits there are that were taken back again depends on the order of arrival. */
const followsOf = (gatehouse: TestGatehouse) =>
  gatehouse.sql(
    `select s.key, s.code, s.scanned_at, s.outcome, s.before_at, g.name from scans s left join gates g on g.id = s.before_gate_id
      where s.scanned_at >= $1 and not (s.automatic and s.outcome = 'ANNULLED') order by s.key, s.code, s.scanned_at, s.outcome, s.before_at, g.name`,
    [iso(BORDER)],
  );

/** Never at the turn of a quarter, at which counts of detached quarters are those of all before it. */
const oldScan = (): fc.Arbitrary<Omit<OldScan, "key">> =>
  fc.record({
    gate: fc.constantFrom("A", "B"),
    code: fc.constantFrom(...CODES),
    direction: fc.constantFrom("ENTRY", "EXIT"),
    at: fc.integer({ min: -20, max: 20 }).map((quarter) => BORDER + quarter * QUARTER + 60_000),
  });

const NIGHTS = 4;
const STORIES = fc
  .sample(fc.array(oldScan(), { minLength: 24, maxLength: 24 }), { seed: 7, numRuns: NIGHTS })
  .map((scans, night) => scans.map((scan, index) => ({ ...scan, key: `${night} ${index}` })));
const isFirstSent = ({ at }: OldScan, index: number): boolean => at < BORDER || index % 2 === 0;

describe("months past keeping", () => {
  let gatehouse: TestGatehouse;
  let node: TestGatehouse;
  let control: TestGatehouse;
  const nights: Night[] = [];
  const controls: Night[] = [];
  let before: unknown[];
  const annulOne = async ({ venue }: Night, { sql }: TestGatehouse, night: number) => {
    const [scan] = await sql<{ id: string }>(
      `select id from scans where scanned_at >= $1 and outcome = 'ACCEPTED' and not automatic and key like $2 order by scanned_at, key limit 1`,
      [iso(BORDER), `${night} %`],
    );
    const scanId = encodeId("scn", scan?.id ?? "");
    await made(venue.owner.client, "annulScan", "AnnulScanInput", "scan { id }", { scanId, reason: "a test" });
  };

  beforeAll(async () => {
    gatehouse = await startGatehouse({ jobs: false });
    node = await startGatehouse({ databaseUrl: gatehouse.databaseUrl, retentionMonths: KEPT_MONTHS });
    control = await startGatehouse();
    for (const story of STORIES) {
      for (const [server, its] of [
        [gatehouse, nights],
        [control, controls],
      ] as const) {
        const night = await makeNight(new World(server.url));
        its.push(night);
        const answers = await sendOld(night.venue, story.filter(isFirstSent));
        expect([...answers.values()].flat()).toEqual([]);
      }
    }
    before = await Promise.all(nights.map(toldOf));
    await Promise.all([keepScanMonths(node), keepScanMonths(node)]);
  }, 240_000);
  afterAll(async () => {
    await node.close();
    await gatehouse.close();
    await control.close();
  });

  it("are archived, but for those without scans, and the rest is kept until three months ahead", async () => {
    const { attached, archived } = await monthsOf(gatehouse);
    expect(archived).toEqual([tableOfMonth(monthStart(-KEPT_MONTHS - 1))]);
    expect(attached).toEqual(
      Array.from({ length: KEPT_MONTHS + 4 }, (_, n) => tableOfMonth(monthStart(n - KEPT_MONTHS))),
    );
    expect(await gatehouse.sql("select from scan_keys where scanned_at < $1", [iso(BORDER)])).toEqual([]);
  });

  it("leave the counts of the past as they were", async () => {
    expect(await Promise.all(nights.map(toldOf))).toEqual(before);
    await expectCountsRight(gatehouse);
  });

  it("take no scan more, under an old key or a new one, at a node that would keep them either", async () => {
    const [night] = nights as [Night];
    const [story] = STORIES as [OldScan[]];
    const old = story.filter(({ at }) => at < BORDER);
    const fresh = old.map((scan) => ({ ...scan, key: `new ${scan.key}` }));
    const answers = await sendOld(night.venue, [...old, ...fresh]);
    expect([...answers.values()]).toEqual([...old, ...fresh].map(() => ["INVALID"]));
    expect(await toldOf(night)).toEqual(before[0]);
  });

  it("are known well enough for scans that come late after them, and for some that are taken back", async () => {
    for (const [index, story] of STORIES.entries()) {
      const rest = story.filter((scan, place) => !isFirstSent(scan, place));
      for (const [server, night] of [
        [gatehouse, nights[index]],
        [control, controls[index]],
      ] as const) {
        const answers = await sendOld((night as Night).venue, rest);
        expect([...answers.values()].flat()).toEqual([]);
        await annulOne(night as Night, server, index);
      }
      expect(await toldOf(nights[index] as Night)).toEqual(await toldOf(controls[index] as Night));
    }
    expect(await followsOf(gatehouse)).toEqual(await followsOf(control));
    await expectCountsRight(gatehouse);
    await expectCountsRight(control);
  }, 120_000);

  it("are not touched by another run, nor by two at once", async () => {
    const months = await monthsOf(gatehouse);
    const rows = () =>
      gatehouse.sql(
        "select *, xmin from scan_months union all select month_at, null, null, null, xmin from carried_presences order by 1",
      );
    const known = await rows();
    await using _second = await startGatehouse({ databaseUrl: gatehouse.databaseUrl, retentionMonths: KEPT_MONTHS });
    await Promise.all([keepScanMonths(node), keepScanMonths(node), keepScanMonths(node)]);
    expect(await monthsOf(gatehouse)).toEqual(months);
    expect(await rows()).toEqual(known);
  }, 120_000);

  it("come back, keys and all, when they are to be kept longer again", async () => {
    const told = await Promise.all(nights.map(toldOf));
    await using _longer = await startGatehouse({ databaseUrl: gatehouse.databaseUrl, jobs: false });
    const { attached, archived } = await monthsOf(gatehouse);
    expect(archived).toEqual([]);
    expect(attached).toContain(tableOfMonth(monthStart(-KEPT_MONTHS - 1)));
    expect(attached).toContain(tableOfMonth(monthStart(-12)));
    expect(await gatehouse.sql("table carried_presences")).toEqual([]);
    expect(await gatehouse.sql("table event_months")).toEqual([]);
    for (const [index, story] of STORIES.entries()) {
      const answers = await sendOld((nights[index] as Night).venue, story);
      expect([...answers.values()].flat()).toEqual([]);
    }
    expect(await Promise.all(nights.map(toldOf))).toEqual(told);
    await expectCountsRight(gatehouse);
  }, 120_000);

  it("take late scans again then, and go once more with all of them", async () => {
    for (const [index, story] of STORIES.entries()) {
      const late = { ...(story[0] as OldScan), key: `late ${index}`, at: BORDER - QUARTER - 30_000 };
      for (const night of [nights[index], controls[index]]) await sendOld((night as Night).venue, [late]);
    }
    await keepScanMonths(node);
    expect((await monthsOf(gatehouse)).archived).toEqual([tableOfMonth(monthStart(-KEPT_MONTHS - 1))]);
    expect(await Promise.all(nights.map(toldOf))).toEqual(await Promise.all(controls.map(toldOf)));
    expect(await followsOf(gatehouse)).toEqual(await followsOf(control));
    await expectCountsRight(gatehouse);
  }, 120_000);

  it("stay away when the operator has taken them out of the archive", async () => {
    const table = tableOfMonth(monthStart(-KEPT_MONTHS - 1));
    await gatehouse.sql(`drop table archive.${table}`);
    await using longer = await startGatehouse({ databaseUrl: gatehouse.databaseUrl, jobs: false });
    expect((await monthsOf(longer)).attached[0]).toBe(tableOfMonth(BORDER));
    const [night] = nights as [Night];
    const answers = await sendOld(night.venue, [
      { gate: "A", key: "gone", code: "Ada", direction: "ENTRY", at: BORDER - HOUR },
    ]);
    expect(answers.get("gone")).toEqual(["INVALID"]);
    await expectCountsRight(gatehouse);
  }, 60_000);
});

describe("the nightly task", () => {
  let gatehouse: TestGatehouse;
  let world: World;
  let venue: Venue;
  beforeAll(async () => {
    gatehouse = await startGatehouse({ jobs: false });
    world = new World(gatehouse.url);
    ({ venue } = await makeNight(world));
  });
  afterAll(() => gatehouse.close());

  /** As the task does it; answers what it told. */
  async function detach(): Promise<string[]> {
    const database = await openDatabase({
      databaseUrl: gatehouse.databaseUrl,
      databasePoolSize: 1,
      salesPoolSize: 1,
      gatePoolSize: 1,
    });
    const told: string[] = [];
    const tell = (message: string) => void told.push(message);
    const log = { info: tell, warn: tell, error: tell };
    try {
      await keepAndDetachMonths(database.orm.em.fork(), {
        databaseUrl: gatehouse.databaseUrl,
        retentionMonths: KEPT_MONTHS,
        log,
      });
      return told;
    } finally {
      await database.close();
    }
  }

  const isWaiting = async (statement: string): Promise<boolean> => {
    const waiting =
      "select from pg_stat_activity where wait_event_type = 'Lock' and query ~ $1 and datname = current_database()";
    return (await gatehouse.sql(waiting, [statement])).length > 0;
  };

  it("says when there was no room for the month's scans", async () => {
    for (const offset of [0, 1, 2, 3]) await gatehouse.sql(`drop table ${tableOfMonth(monthStart(offset))}`);
    const told = await detach();
    expect(told).toContainEqual(expect.stringContaining("4 more months"));
    expect(told).toContainEqual(expect.stringContaining("JOBS=on"));
    const { scan } = await recordScan(venue.owner.client, { code: "Ada", gateId: venue.gate("A") });
    expect(scan?.reason).toBe("TOO_LATE");
  });

  it("leaves a month of which the sums are wrong, and says so", async () => {
    const longer = await startGatehouse({ databaseUrl: gatehouse.databaseUrl, jobs: false });
    await longer.close();
    await sendOld(venue, [{ gate: "A", key: "1", code: "Ada", direction: "ENTRY", at: BORDER - HOUR }]);
    await gatehouse.sql("update scan_quarters set entries = entries + 1 where quarter_at < $1", [iso(BORDER)]);
    expect(await detach()).toContainEqual(
      expect.stringMatching(/stay, although.*1 of its quarter-hours do not add up/),
    );
    expect((await monthsOf(gatehouse)).archived).toEqual([]);
    await gatehouse.sql("update scan_quarters set entries = entries - 1 where quarter_at < $1", [iso(BORDER)]);
    await expectCountsRight(gatehouse);
  });

  it("leaves a month whose guests are yet to be checked out", async () => {
    await gatehouse.sql("update events set auto_exit_at = $1, auto_exited_at = null", [iso(BORDER - QUARTER)]);
    expect(await detach()).toContainEqual(expect.stringMatching(/yet to be checked out/));
    await gatehouse.sql("update events set auto_exit_at = $1", [iso(BORDER + 6 * HOUR)]);
  });

  it("waits for a batch that may have begun before the month was closed", async () => {
    const batch = new pg.Client({ connectionString: gatehouse.databaseUrl });
    await batch.connect();
    await batch.query("begin");
    await batch.query("select from occupancies where kind = 'VENUE' for update");
    const detaching = detach();
    await vi.waitUntil(() => isWaiting("hold-scans"), { timeout: 20_000, interval: 5 });
    await batch.query("update scan_quarters set exits = exits + 1 where quarter_at < $1", [iso(BORDER)]);
    await batch.query("commit");
    expect(await detaching).toContainEqual(expect.stringContaining("do not add up"));
    await batch.query("update scan_quarters set exits = exits - 1 where quarter_at < $1", [iso(BORDER)]);
    await batch.end();
  });

  it("waits for who reads scans, and lets the gates go on meanwhile", async () => {
    const reader = new pg.Client({ connectionString: gatehouse.databaseUrl });
    await reader.connect();
    await reader.query("begin");
    await reader.query("select count(*) from scans");
    let isDone = false;
    const detaching = detach().finally(() => {
      isDone = true;
    });
    await vi.waitUntil(() => isWaiting("lock table"), { timeout: 20_000, interval: 5 });
    for (let scans = 0; scans < 10; scans++) {
      const { scan } = await recordScan(venue.owner.client, { code: "nobody", gateId: venue.gate("A") });
      expect(scan?.reason).toBe("UNKNOWN_TICKET");
    }
    expect(isDone).toBe(false);
    await reader.query("commit");
    await reader.end();
    expect(await detaching).toContainEqual(
      expect.stringContaining(`archive.${tableOfMonth(monthStart(-KEPT_MONTHS - 1))}`),
    );
    await expectCountsRight(gatehouse);
  });

  it("loses no scan that is uploaded beside it", async () => {
    const longer = await startGatehouse({ databaseUrl: gatehouse.databaseUrl, jobs: false });
    const { client } = await venue.device("A");
    let next = 0;
    const stop = { now: false };
    const recorded: string[] = [];
    const uploading = Promise.all(
      [1, 2, 3].map(async () => {
        while (!stop.now) {
          const scans = [-1, 1].map((side) => ({
            ...{
              key: `beside ${next++}`,
              code: CODES[next % CODES.length],
              direction: next % 3 === 0 ? "EXIT" : "ENTRY",
            },
            scannedAt: iso(BORDER + side * (HOUR + (next % 60) * 60_000)),
          }));
          for (const { scan, userErrors } of await uploadScans(client, scans)) {
            if (scan !== null) recorded.push(scan.key);
            else expect(userErrors).toMatchObject([{ code: "INVALID" }]);
          }
        }
      }),
    );
    const told = await detach();
    stop.now = true;
    await uploading;
    await longer.close();
    expect(told).toContainEqual(expect.stringContaining("are kept no longer"));
    const kept = await gatehouse.sql<{ key: string }>(
      `select key from scans where key like 'beside %' union all
        select key from archive.${tableOfMonth(monthStart(-KEPT_MONTHS - 1))} where key like 'beside %'`,
    );
    expect(kept.map(({ key }) => key).sort()).toEqual(recorded.sort());
    await expectCountsRight(gatehouse);
  }, 60_000);

  it("knows who came in long ago, and checks them out when their time comes", async () => {
    const show = await venue.event({
      startsAt: iso(BORDER - 5 * HOUR),
      endsAt: iso(Date.now() - HOUR),
      autoExitAt: fromNow(1),
    });
    await show.tickets(["Longstay"]);
    const longer = await startGatehouse({ databaseUrl: gatehouse.databaseUrl, jobs: false });
    await longer.close();
    await sendOld(venue, [{ gate: "B", key: "long", code: "Longstay", direction: "ENTRY", at: BORDER - HOUR }]);
    await detach();
    expect(await gatehouse.sql("select from scans where code = 'Longstay'")).toEqual([]);
    expect(await attendanceAt(venue.owner.client, show.id)).toMatchObject({
      inside: 1,
      peakInside: 1,
      peakAt: iso(BORDER - HOUR),
    });
    await using _worker = await startGatehouse({ databaseUrl: gatehouse.databaseUrl, retentionMonths: KEPT_MONTHS });
    const input = { eventId: show.id, autoExitAt: new Date().toISOString() };
    await made(venue.owner.client, "updateEvent", "UpdateEventInput", "event { id }", input);
    await vi.waitFor(
      async () =>
        expect(await attendanceAt(venue.owner.client, show.id)).toMatchObject({ inside: 0, averageStayMinutes: null }),
      { timeout: 20_000, interval: 200 },
    );
    const [exit] = await gatehouse.sql(
      "select direction, automatic, gate_id, before_gate_id, before_at from scans where code = 'Longstay'",
    );
    expect(exit).toMatchObject({
      direction: "EXIT",
      automatic: true,
      gate_id: exit?.["before_gate_id"],
      before_at: new Date(BORDER - HOUR),
    });
    await expectCountsRight(gatehouse);
  }, 60_000);
});
