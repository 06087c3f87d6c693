import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Database, openDatabase } from "../src/database.js";
import { verifyCounts } from "../src/domain/verify-counts.js";
import { type ModelAttempt, type ModelEvent, ModelGate, type ModelTicket, type ModelVerdict } from "./setup/model.js";
import { GATES, type ModelDay, makeDay, readCounts } from "./setup/model-day.js";
import { expectReplayed, LATE_REFUSAL, OFFLINE_TICKETS, offlineDay, sendDay } from "./setup/offline-day.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { type Person, recordScan, type ScanData, World } from "./setup/world.js";

const MINUTE = 60_000;
const NOW = Date.now();
/** Of each kind; more are made with MODEL_RUNS. */
const RUNS = Number(process.env["MODEL_RUNS"] ?? 5);
/** Long enough to make a failing case small before it is told. */
const TIMEOUT = 120_000;

let gatehouse: TestGatehouse;
let database: Database;
let world: World;
let owner: Person;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  const { databaseUrl } = gatehouse;
  database = await openDatabase({ databaseUrl, databasePoolSize: 1, gatePoolSize: 1, salesPoolSize: 1 });
  world = new World(gatehouse.url);
  owner = await world.person("Owner");
  const event = await (await world.venue({}, owner)).event();
  await event.tickets(["elsewhere"]);
});
afterAll(async () => {
  await database?.close();
  await gatehouse?.close();
});

describe("offline scans, shuffled, split, repeated and mixed with online ones", () => {
  it("give the counts that the scans in the order of their times give", { timeout: TIMEOUT }, async () => {
    await fc.assert(
      fc.asyncProperty(offlineDay(), async (plan) => {
        const day = await makeDay(world, owner, { capacity: plan.capacity, tickets: OFFLINE_TICKETS });
        const sent = await sendDay(day, plan);
        expect(await readCounts(day)).toEqual(sent.counts());
        await expectReplayed(day, plan, sent);
        expect(await readCounts(day)).toEqual(sent.counts());
        expect(await verifyCounts(database.orm.em)).toEqual([]);
      }),
      { numRuns: RUNS, examples: [[LATE_REFUSAL]] },
    );
  });
});

const event = (title: string, more: Partial<ModelEvent>): ModelEvent => ({
  title,
  startsAt: NOW,
  doorsOpenAt: NOW - 60 * MINUTE,
  endsAt: NOW + 300 * MINUTE,
  capacity: null,
  reentryAllowed: true,
  ...more,
});

const tickets = (of: ModelEvent, type: string, codes: readonly string[]): ModelTicket[] =>
  codes.map((code) => ({ code, event: of, type: `${of.title} ${type}`, admitsWhenFull: type === "VIP" }));

const CONCERT = event("Concert", {});
const CLUB = event("Club", { capacity: 1, reentryAllowed: false });
const TONIGHT = event("Tonight", { doorsOpenAt: NOW + 60 * MINUTE, startsAt: NOW + 90 * MINUTE });
const MATINEE = event("Matinee", {
  startsAt: NOW - 90 * MINUTE,
  doorsOpenAt: NOW - 120 * MINUTE,
  endsAt: NOW - MINUTE,
});

const ONLINE_TICKETS: readonly ModelTicket[] = [
  ...tickets(CONCERT, "Standard", ["c1", "c2", "both"]),
  ...tickets(CONCERT, "VIP", ["cv"]),
  ...tickets(CLUB, "Standard", ["k1", "k2"]),
  ...tickets(CLUB, "VIP", ["kv", "both"]),
  ...tickets(TONIGHT, "Standard", ["t1"]),
  ...tickets(MATINEE, "Standard", ["m1"]),
];

type OnlineScan = ModelAttempt & { readonly gate: string };

/** Entries are commoner than exits, so that the places fill. Where both events have the code, the scanner names one. */
const onlineScan = (): fc.Arbitrary<OnlineScan> =>
  fc
    .record({
      gate: fc.constantFrom(...GATES),
      direction: fc.constantFrom("ENTRY", "ENTRY", "ENTRY", "EXIT"),
      ...{ code: fc.constant(""), event: fc.constant<string | null>(null) },
    })
    .chain((scan) =>
      fc.oneof(
        {
          weight: 8,
          arbitrary: fc.constantFrom("c1", "c2", "cv", "k1", "k2", "kv").map((code) => ({ ...scan, code })),
        },
        { weight: 2, arbitrary: fc.constantFrom("t1", "m1", "nobody", "elsewhere").map((code) => ({ ...scan, code })) },
        {
          weight: 2,
          arbitrary: fc.constantFrom("Concert", "Club").map((name) => ({ ...scan, code: "both", event: name })),
        },
        { weight: 1, arbitrary: fc.constant({ ...scan, code: "c1", event: "Club" }) },
      ),
    );

const onlineDay = (most: number) =>
  fc.record({
    capacity: fc.integer({ min: 1, max: 3 }),
    scans: fc.array(onlineScan(), { minLength: 1, maxLength: most, size: "max" }),
  });

const verdictOf = ({ outcome, reason, capacityOverride }: ScanData): unknown => ({ outcome, reason, capacityOverride });

const modelGate = (capacity: number): ModelGate =>
  new ModelGate({ capacity, tickets: ONLINE_TICKETS, elsewhere: ["elsewhere"] });

async function send({ devices, eventIds }: ModelDay, scan: OnlineScan): Promise<ScanData> {
  const device = devices.get(scan.gate);
  if (device === undefined) throw new Error(`no device at ${scan.gate}`);
  const eventId = scan.event === null ? null : eventIds.get(scan.event);
  const { scan: recorded } = await recordScan(device, { code: scan.code, direction: scan.direction, eventId });
  if (recorded === null) throw new Error("the scan was not recorded");
  return recorded;
}

describe("online scans", () => {
  it("one after the other, get the verdicts of the rules", { timeout: TIMEOUT }, async () => {
    await fc.assert(
      fc.asyncProperty(onlineDay(25), async ({ capacity, scans }) => {
        const day = await makeDay(world, owner, { capacity, tickets: ONLINE_TICKETS });
        const gate = modelGate(capacity);
        for (const scan of scans) {
          const expected = gate.decide(scan, NOW);
          expect({ scan, verdict: verdictOf(await send(day, scan)) }).toEqual({ scan, verdict: expected });
        }
        expect(await verifyCounts(database.orm.em)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it("in one burst through all gates, get the verdicts of the rules in the order of their commit", {
    timeout: TIMEOUT,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(onlineDay(40), async ({ capacity, scans }) => {
        const day = await makeDay(world, owner, { capacity, tickets: ONLINE_TICKETS });
        const answers = await Promise.all(scans.map((scan) => send(day, scan)));
        const scanOf = new Map(answers.map(({ key }, index) => [key, scans[index]]));
        const stored = await storedVerdicts(answers.map(({ key }) => key));
        expect(stored.length).toBe(scans.length);
        const gate = modelGate(capacity);
        const expected = stored.map(({ key }) => ({ key, ...gate.decide(scanOf.get(key) as OnlineScan, NOW) }));
        expect(stored).toEqual(expected);
        const told = new Map(answers.map((scan) => [scan.key, verdictOf(scan)]));
        for (const { key, ...verdict } of stored) expect(told.get(key)).toEqual(verdict);
        expect(await verifyCounts(database.orm.em)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });
});

/** In the order in which they were committed. */
const storedVerdicts = (keys: readonly string[]): Promise<(ModelVerdict & { readonly key: string })[]> =>
  gatehouse.sql(
    `select key, outcome, reason, capacity_override as "capacityOverride" from scans where key = any($1) order by version`,
    [keys],
  );
