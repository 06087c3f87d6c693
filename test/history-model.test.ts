import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attendanceOf, type Fact, type Guest, historyOf, type Span, snapshotAt } from "./setup/history-model.js";
import { GATES, type ModelDay, makeDay } from "./setup/model-day.js";
import { OFFLINE_TICKETS, offlineDay, type Plan, type SentDay, sendDay } from "./setup/offline-day.js";
import { attendanceAt, historyFrom, snapshotsAt } from "./setup/past.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { made, type Person, World } from "./setup/world.js";

const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;
/** The start of a quarter of an hour, two hours ago. */
const START = Math.floor(Date.now() / QUARTER) * QUARTER - 120 * MINUTE;
/** About the edges of quarters, and within them. */
const MOMENTS = [-1, 0, 1, 7 * MINUTE, QUARTER - 1, QUARTER, 29 * MINUTE, 45 * MINUTE, 46 * MINUTE, 75 * MINUTE].map(
  (after) => START + after,
);
const TYPES = [...new Set(OFFLINE_TICKETS.map(({ type }) => type))];
const RUNS = Number(process.env["MODEL_RUNS"] ?? 12);
/** Long enough to make a failing case small; what was found by then is told. */
const ENOUGH = 150_000;
const TIMEOUT = ENOUGH + 30_000;
/** A mean of many stays differs in its last digits by the order they are summed in. */
const MEAN_DIGITS = 9;

let gatehouse: TestGatehouse;
let world: World;
let owner: Person;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
  owner = await world.person("Owner");
});
afterAll(() => gatehouse?.close());

const nameOf = ({ code, event }: { code: string; event: { title: string } }): string => `${event.title} ${code}`;

const factsOf = ({ scans }: SentDay, annulled: ReadonlySet<string>): Fact[] =>
  scans.map(({ key, gate, ticket, direction, at, outcome, reason }) => ({
    ticket: ticket && nameOf(ticket),
    type: ticket?.type ?? null,
    event: ticket?.event.title ?? null,
    ...{ key, gate, direction, reason, scannedAt: at },
    outcome: outcome === "ACCEPTED" ? "ACCEPTED" : "REFUSED",
    ...{ offline: MOMENTS.includes(at), automatic: false, annulled: annulled.has(key) },
  }));

const guestsBut = (cancelled: string | null): Guest[] =>
  OFFLINE_TICKETS.map((ticket) => ({
    ...{ ticket: nameOf(ticket), type: ticket.type, event: ticket.event.title },
    isPaid: nameOf(ticket) !== cancelled,
  }));

async function cancel({ venue, eventIds }: ModelDay, name: string): Promise<void> {
  const [title = "", code = ""] = name.split(" ");
  const query = "query ($eventId: ID!, $code: String!) { ticketByCode(eventId: $eventId, code: $code) { id } }";
  const { ticketByCode } = await venue.owner.client.ok<{ ticketByCode: { id: string } }>(query, {
    ...{ eventId: eventIds.get(title), code },
  });
  await made(venue.owner.client, "cancelTicket", "TicketIdInput", "ticket { id }", { ticketId: ticketByCode.id });
}

/** Takes some of the accepted offline scans back, those at these places in the list. Answers their keys. */
async function annul({ venue }: ModelDay, { answers }: SentDay, places: readonly number[]): Promise<Set<string>> {
  const accepted = [...answers.values()].filter(({ outcome }) => outcome === "ACCEPTED");
  const chosen = new Set(places.flatMap((place) => accepted[place % accepted.length] ?? []));
  for (const { id } of chosen) {
    const input = { scanId: id, reason: "by mistake" };
    await made(venue.owner.client, "annulScan", "AnnulScanInput", "scan { outcome }", input);
  }
  return new Set([...chosen].map(({ key }) => key));
}

/** Sends the first scans of the plan, takes some of them back, and sends the others. */
async function live(day: ModelDay, plan: Plan, { first, annulled }: Annulments): Promise<Fact[]> {
  const early = await sendDay(day, { ...plan, scans: plan.scans.slice(0, first) });
  const keys = await annul(day, early, annulled);
  const late = await sendDay(day, { ...plan, scans: plan.scans.slice(first) });
  return [...factsOf(early, keys), ...factsOf(late, new Set())];
}

interface Annulments {
  readonly first: number;
  readonly annulled: readonly number[];
}

const annulments = (): fc.Arbitrary<Annulments> =>
  fc.record({ first: fc.nat(40), annulled: fc.array(fc.nat(), { maxLength: 6 }) });

const span = (): fc.Arbitrary<Span> =>
  fc
    .record({
      from: fc.constantFrom(START - 60 * MINUTE, START - 17 * MINUTE, START, START + 1, START + QUARTER - 1),
      minutes: fc.constantFrom(0, 44, 95, 3 * 24 * 60),
      bucketMinutes: fc.constantFrom(1, 7, 15, 30, 60, 97, 1_440),
    })
    .filter(({ minutes, bucketMinutes }) => minutes / bucketMinutes < 1_499)
    .map(({ from, minutes, bucketMinutes }) => ({ from, to: from + minutes * MINUTE, bucketMinutes }));

async function expectSnapshots({ venue }: ModelDay, facts: readonly Fact[]): Promise<void> {
  const instants = [...new Set(facts.map(({ scannedAt }) => scannedAt))];
  const told = await snapshotsAt(venue, instants);
  expect(told).toEqual(instants.map((at) => snapshotAt(facts, { gates: GATES, types: TYPES }, at)));
}

async function expectAttendance({ venue, eventIds }: ModelDay, facts: readonly Fact[], guests: readonly Guest[]) {
  for (const [title, id] of eventIds) {
    const { averageStayMinutes, ...told } = await attendanceAt(venue.owner.client, id);
    const { averageStayMinutes: known, ...attendance } = attendanceOf(facts, guests, title);
    expect(told).toEqual(attendance);
    if (known === null) expect(averageStayMinutes).toBeNull();
    else expect(averageStayMinutes).toBeCloseTo(known, MEAN_DIGITS);
  }
}

const question = () =>
  fc.record({
    spans: fc.array(span(), { minLength: 2, maxLength: 4 }),
    cancelled: fc.option(fc.constantFrom("Concert cv", "Party p1", "Party pv")),
  });

describe("the past, told by offline scans in any order, online ones between them, and some taken back", () => {
  it("is what the scans that are left tell in the order of their times", { timeout: TIMEOUT }, async () => {
    await fc.assert(
      fc.asyncProperty(offlineDay(MOMENTS), annulments(), question(), async (plan, taken, { spans, cancelled }) => {
        const day = await makeDay(world, owner, { capacity: plan.capacity, tickets: OFFLINE_TICKETS });
        const facts = await live(day, plan, taken);
        if (cancelled !== null) await cancel(day, cancelled);
        await expectSnapshots(day, facts);
        for (const asked of spans) expect(await historyFrom(day.venue, asked)).toEqual(historyOf(facts, asked));
        await expectAttendance(day, facts, guestsBut(cancelled));
      }),
      { numRuns: RUNS, interruptAfterTimeLimit: ENOUGH, markInterruptAsFailure: true },
    );
  });
});

it("keeps every count as the scans tell", () => expectCountsRight(gatehouse));
