import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Database, openDatabase } from "../src/database.js";
import { register } from "../src/domain/account.js";
import { createEvent } from "../src/domain/event.js";
import { GateQueue } from "../src/domain/gate-queue.js";
import { type OfflineScanInput, uploadScans } from "../src/domain/scan.js";
import type { Scope } from "../src/domain/scope.js";
import { issueTickets } from "../src/domain/ticket.js";
import { addTicketType } from "../src/domain/ticket-type.js";
import { addGate, createVenue } from "../src/domain/venue.js";
import { verifyCounts } from "../src/domain/verify-counts.js";
import { ANONYMOUS, type Viewer } from "../src/domain/viewer.js";
import { ScanDirection } from "../src/entities/scan.js";
import { dropDatabase, execute, makeDatabase } from "./setup/postgres.js";
import { runProgram } from "./setup/program.js";

const CODES = ["one", "two", "three", "four", "vip"];
const NOW = Date.now();
const ENTRY = { direction: ScanDirection.ENTRY, eventId: null, scannedAt: new Date(NOW), admitted: true };
const HOUR_MS = 3_600_000;

let url: string;
let database: Database;
let queue: GateQueue;
let owner: Viewer;
let venueId: string;
let gateIds: string[];

beforeAll(async () => {
  url = await makeDatabase(inject("postgresUrl"));
  database = await openDatabase({ databaseUrl: url, databasePoolSize: 2, gatePoolSize: 2, salesPoolSize: 1 });
  queue = new GateQueue({ pool: database.gatePool, retentionMonths: 12, clockSkewSeconds: 120, announce: () => {} });
  await makeWorld();
});

afterAll(async () => {
  await database.close();
  await dropDatabase(inject("postgresUrl"), url);
});

describe("the check of the counts", () => {
  it("finds none to differ after any uploads, in any order", async () => {
    const upload = fc.record({ gate: fc.integer({ min: 0, max: 1 }), scans: fc.array(anyScan(), { maxLength: 30 }) });
    await fc.assert(
      fc.asyncProperty(upload, async ({ gate, scans }) => {
        const input = { scans, sentAt: new Date(), gateId: gateIds[gate] as string };
        await uploadScans(scope(owner), queue, input);
        expect(await verifyCounts(database.orm.em)).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});

describe("the check of counts that something has spoilt", () => {
  beforeAll(async () => {
    const scans = CODES.map((code, index) => ({ ...ENTRY, key: `spoilt ${index}`, code }));
    await uploadScans(scope(owner), queue, { scans, sentAt: new Date(), gateId: gateIds[0] as string });
    await remember();
  });

  it.each([
    [
      "a gate's count",
      "update occupancies set entries = entries + 1 where kind = 'GATE' and id = $id",
      /^gate .*entries/,
    ],
    ["the sum of the gates", "update occupancies set exits = exits + 1 where kind = 'GATE' and id = $id", /sum of its/],
    ["a missing row", "delete from occupancies where kind = 'TICKET_TYPE'", /^ticket type .* has no counts/],
    ["a presence", "update presences set latest_key = 'other'", /^presence of ticket .*latest_key is kept as other/],
    ["a missing presence", "delete from presences", /^presence of ticket .*theoretical_at is kept as null/],
    ["the stock", "update ticket_types set sold = sold - 1 where sold > 0", /^stock of ticket type .*sold is kept as/],
    ["a lost scan", "delete from scans", /^venue .*is kept as/],
  ])("finds %s wrong", async (_what, statement, message) => {
    await execute(url, statement.replace("$id", `'${gateIds[0]}'`));
    const messages = (await verifyCounts(database.orm.em)).map((difference) => difference.message);
    await restore();
    expect(messages).toContainEqual(expect.stringMatching(message));
    expect(await verifyCounts(database.orm.em)).toEqual([]);
  });

  it("can be run beside a server, and exits with 1 when a count differs", async () => {
    const environment = { DATABASE_URL: url, AUTH_SECRET: "for-tests-only-for-tests-only-for-tests-only" };
    const run = () => runProgram("verify-counts", { environment });
    const all = "Every count agrees with the scans.";
    expect(await run()).toMatchObject({ code: 0, output: expect.stringContaining(all) });
    await execute(url, "update occupancies set refusals = refusals + 7 where id = $1", [venueId]);
    expect(await run()).toMatchObject({ code: 1, output: expect.stringContaining(`venue ${venueId}`) });
    await restore();
  });
});

const scope = (viewer: Viewer): Scope => ({ em: database.orm.em.fork(), viewer, announce: () => {} });

const KEPT = ["scans", "presences", "occupancies"];

/** Remembers what is right, to be put back by `restore`. */
async function remember(): Promise<void> {
  for (const table of [...KEPT, "ticket_types"]) await execute(url, `create table right_${table} as table ${table}`);
}

async function restore(): Promise<void> {
  await execute(url, `truncate ${KEPT.join(", ")}`);
  for (const table of KEPT) await execute(url, `insert into ${table} table right_${table}`);
  await execute(url, "update ticket_types t set sold = r.sold from right_ticket_types r where r.id = t.id");
}

async function makeWorld(): Promise<void> {
  const { user, sessionId } = await register(
    scope(ANONYMOUS),
    { name: "Owner", email: "owner@example.org", password: "correct horse" },
    60,
  );
  owner = { kind: "user", userId: user.id, sessionId, role: user.role, expiresAt: new Date(NOW + HOUR_MS) };
  const place = { name: "Hall", address: "", location: null, timeZone: "UTC", publicOccupancy: false, gates: [] };
  venueId = (await createVenue(scope(owner), { ...place, capacity: 2 })).id;
  gateIds = [];
  for (const name of ["A", "B"]) gateIds.push((await addGate(scope(owner), { venueId, name })).id);
  const event = await createEvent(scope(owner), {
    ...{ venueId, title: "Show", description: "", category: "general", capacity: null, reentryAllowed: true },
    ...{ startsAt: new Date(NOW - HOUR_MS), endsAt: new Date(NOW + HOUR_MS), doorsOpenAt: null, autoExitAt: null },
    ...{ publish: true, ticketTypes: [] },
  });
  const ticketType = { name: "Any", price: { amountMinor: 0, currency: "EUR" }, quantity: 10, admitsWhenFull: false };
  const { id: ticketTypeId } = await addTicketType(scope(owner), { eventId: event.id, ticketType });
  const tickets = CODES.map((code) => ({ code, holderName: null, holderEmail: null }));
  await issueTickets(scope(owner), { eventId: event.id, ticketTypeId, tickets });
}

/** Minutes so few that scans of one ticket often come at one instant, and keys so few that some come again. */
const anyScan = (): fc.Arbitrary<OfflineScanInput> =>
  fc.record({
    key: fc.string({ minLength: 1, maxLength: 2, unit: fc.constantFrom(..."aBé19") }),
    code: fc.constantFrom(...CODES, "unknown"),
    direction: fc.constantFrom(ScanDirection.ENTRY, ScanDirection.EXIT),
    eventId: fc.constant(null),
    scannedAt: fc.integer({ min: 0, max: 20 }).map((minutes) => new Date(NOW - minutes * 60_000)),
    admitted: fc.boolean(),
  });
