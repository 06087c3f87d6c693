import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attendanceOf, type Fact, type Guest, historyOf, type Span, snapshotAt } from "./setup/history-model.js";
import { GATES, type ModelDay, makeDay } from "./setup/model-day.js";
import { OFFLINE_TICKETS, offlineDay, type SentDay, sendDay } from "./setup/offline-day.js";
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
const RUNS = 25;
/** Long enough to make a failing case small before it is told. */
const TIMEOUT = 120_000;

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

const factsOf = ({ scans }: SentDay): Fact[] =>
  scans.map(({ key, gate, ticket, direction, at, outcome, reason }) => ({
    ticket: ticket && nameOf(ticket),
    type: ticket?.type ?? null,
    event: ticket?.event.title ?? null,
    ...{ key, gate, direction, reason, scannedAt: at },
    outcome: outcome === "ACCEPTED" ? "ACCEPTED" : "REFUSED",
    ...{ offline: MOMENTS.includes(at), automatic: false, annulled: false },
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
  const instants = [...new Set(facts.map(({ scannedAt }) => scannedAt))].flatMap((at) => [at - 1, at]);
  const told = await snapshotsAt(venue, instants);
  expect(told).toEqual(instants.map((at) => snapshotAt(facts, { gates: GATES, types: TYPES }, at)));
}

async function expectAttendance({ venue, eventIds }: ModelDay, facts: readonly Fact[], guests: readonly Guest[]) {
  for (const [title, id] of eventIds) {
    const { averageStayMinutes, ...told } = await attendanceAt(venue.owner.client, id);
    const { averageStayMinutes: known, ...attendance } = attendanceOf(facts, guests, title);
    expect(told).toEqual(attendance);
    expect(averageStayMinutes?.toFixed(6)).toBe(known?.toFixed(6));
  }
}

describe("the past, told by offline scans in any order and online ones between them", () => {
  it("is what the scans in the order of their times tell", { timeout: TIMEOUT }, async () => {
    const cancelled = fc.option(fc.constantFrom("Concert cv", "Party p1", "Party pv"));
    await fc.assert(
      fc.asyncProperty(
        offlineDay(MOMENTS),
        fc.array(span(), { minLength: 3 }),
        cancelled,
        async (plan, spans, lost) => {
          const day = await makeDay(world, owner, { capacity: plan.capacity, tickets: OFFLINE_TICKETS });
          const facts = factsOf(await sendDay(day, plan));
          if (lost !== null) await cancel(day, lost);
          await expectSnapshots(day, facts);
          for (const of of spans) expect(await historyFrom(day.venue, of)).toEqual(historyOf(facts, of));
          await expectAttendance(day, facts, guestsBut(lost));
        },
      ),
      { numRuns: RUNS },
    );
  });
});

it("keeps every count as the scans tell", () => expectCountsRight(gatehouse));
