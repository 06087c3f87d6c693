import fc from "fast-check";
import { sql } from "kysely";
import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Database, openDatabase } from "../src/database.js";
import { insertRows } from "../src/domain/insert.js";
import { type Page, type PageInput, pageArgs, readCounts, readPages } from "../src/domain/page.js";
import { type Scan, ScanDirection, ScanEntity, ScanOutcome } from "../src/entities/scan.js";
import { dropDatabase, makeDatabase } from "./setup/postgres.js";

const NEWEST_FIRST = {
  entity: ScanEntity,
  parentColumn: "gate_id",
  order: [
    { column: "scanned_at", direction: "desc" },
    { column: "key", direction: "asc" },
    { column: "id", direction: "desc" },
  ],
} as const;
const [FULL_GATE, SMALL_GATE, EMPTY_GATE] = [uuidv7(), uuidv7(), uuidv7()] as const;
const GATES = [FULL_GATE, SMALL_GATE, EMPTY_GATE];
const SCANS = [...makeScans(FULL_GATE, 25), ...makeScans(SMALL_GATE, 3)];

let url: string;
let database: Database;

beforeAll(async () => {
  url = await makeDatabase(inject("postgresUrl"));
  database = await openDatabase({ databaseUrl: url, databasePoolSize: 2, gatePoolSize: 1, salesPoolSize: 1 });
  await insertRows(database.orm.em.fork(), ScanEntity, SCANS);
});

afterAll(async () => {
  await database.close();
  await dropDatabase(inject("postgresUrl"), url);
});

describe("a page of every parent", () => {
  it("is, forwards and backwards from any cursor, what a sorted list has there", async () => {
    const cursors = (await read({ first: 100 })).get(FULL_GATE)?.edges.map((edge) => edge.cursor) ?? [];
    const cursor = fc.option(fc.integer({ min: 0, max: cursors.length - 1 }));
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.integer({ min: 1, max: 100 }), cursor, async (forward, size, at) => {
        const from = at === null ? null : cursors[at];
        const pages = await read(forward ? { first: size, after: from } : { last: size, before: from });
        const rows = sorted(FULL_GATE);
        const [begin, end] = forward
          ? [at === null ? 0 : at + 1, Math.min(rows.length, (at === null ? 0 : at + 1) + size)]
          : [Math.max(0, (at ?? rows.length) - size), at ?? rows.length];
        const page = pages.get(FULL_GATE);
        expect(idsOf(page)).toEqual(rows.slice(begin, end).map((scan) => scan.id));
        expect(page).toMatchObject({ hasPreviousPage: begin > 0, hasNextPage: end < rows.length });
        expect(pages.get(EMPTY_GATE)).toEqual({ edges: [], hasNextPage: false, hasPreviousPage: false });
      }),
      { numRuns: 60 },
    );
  });

  it("has rows as the ORM would read them", async () => {
    const [first] = sorted(SMALL_GATE);
    expect((await read({ first: 1 })).get(SMALL_GATE)?.edges[0]?.node).toEqual(first);
  });

  it("tells of rows that were added before it", async () => {
    const page = (await read({ first: 2 })).get(SMALL_GATE);
    const before = page?.edges[0]?.cursor ?? null;
    expect((await read({ last: 5, before })).get(SMALL_GATE)).toMatchObject({ edges: [], hasPreviousPage: false });
    const newer: Scan = { ...(SCANS.at(-1) as Scan), id: uuidv7(), key: "newer", scannedAt: new Date(), version: 999 };
    const em = database.orm.em.fork();
    await insertRows(em, ScanEntity, [newer]);
    const added = (await read({ last: 5, before })).get(SMALL_GATE);
    expect(idsOf(added)).toEqual([newer.id]);
    expect(added).toMatchObject({ hasPreviousPage: false, hasNextPage: true });
    await sql`delete from scans where id = ${newer.id}`.execute(em.getKysely());
  });

  it("is read, and counted, under a condition", async () => {
    const where = sql`t.direction = ${ScanDirection.EXIT} and t.key <> ${"it's"}`;
    const em = database.orm.em.fork();
    const pages = await readPages(em, { ...NEWEST_FIRST, where }, pageArgs({ first: 100 }), GATES);
    const exits = sorted(FULL_GATE).filter((scan) => scan.direction === ScanDirection.EXIT);
    expect(idsOf(pages.get(FULL_GATE))).toEqual(exits.map((scan) => scan.id));
    expect((await readCounts(em, { ...NEWEST_FIRST, where }, GATES)).get(FULL_GATE)).toBe(exits.length);
    expect([...(await readCounts(em, NEWEST_FIRST, GATES)).values()]).toEqual([25, 3, 0]);
  });
});

describe("the arguments of a page", () => {
  it.each<[PageInput, string]>([
    [{ first: 0 }, "`first` must be from 1 to 100"],
    [{ first: 101 }, "`first` must be from 1 to 100"],
    [{ last: -1 }, "`last` must be from 1 to 100"],
    [{ first: 1, last: 1 }, "Give either `first` or `last`"],
    [{ last: 1, after: "x" }, "`after` goes with `first`"],
    [{ first: 1, before: "x" }, "`before` goes with `last`"],
    [{ before: "x" }, "`before` goes with `last`"],
  ])("refuses %o", (input, message) => {
    expect(() => pageArgs(input)).toThrow(message);
  });

  it("takes twenty forwards unless told otherwise", () => {
    expect(pageArgs({ first: null, after: null })).toEqual({ size: 20, direction: "forward", cursor: null });
    expect(pageArgs({ last: 5 })).toEqual({ size: 5, direction: "backward", cursor: null });
  });

  const id = uuidv7();
  it.each([
    "",
    "nonsense",
    "x".repeat(10_000),
    cursorOf({}),
    cursorOf([]),
    cursorOf([MARK, "2026-01-01T00:00:00.000000Z", "key"]),
    cursorOf([MARK, "2026-02-30T00:00:00.000000Z", "key", id]),
    cursorOf([MARK, "tomorrow", "key", id]),
    cursorOf([MARK, "2026-01-01T00:00:00.000000Z", "k\0", id]),
    cursorOf([MARK, "2026-01-01T00:00:00.000000Z", "key", "1' or true --"]),
    cursorOf([MARK, "2026-01-01T00:00:00.000000Z", 1, id]),
    cursorOf(["2026-01-01T00:00:00.000000Z", "key", id]),
    cursorOf([MARK.replace("scans", "tickets"), "2026-01-01T00:00:00.000000Z", "key", id]),
    cursorOf([MARK.replace("key asc", "key desc"), "2026-01-01T00:00:00.000000Z", "key", id]),
  ])("refuses the cursor %j", async (after) => {
    await expect(read({ first: 1, after })).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
  });

  it("takes one of no row, as of one that has gone", async () => {
    const after = cursorOf([MARK, "2026-01-01T00:00:00.000000Z", "key", id]);
    await expect(read({ first: 1, after })).resolves.toBeDefined();
  });
});

const read = (input: PageInput) => readPages(database.orm.em.fork(), NEWEST_FIRST, pageArgs(input), GATES);

const idsOf = (page: Page<Scan> | undefined) => page?.edges.map(({ node }) => node.id);

const MARK = "scans, scanned_at desc, key asc, id desc";
const cursorOf = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

const sorted = (gateId: string): Scan[] =>
  SCANS.filter((scan) => scan.gateId === gateId).sort(
    (a, b) =>
      b.scannedAt.getTime() - a.scannedAt.getTime() || compare(a.key, b.key) || (compare(a.id, b.id) < 0 ? 1 : -1),
  );

const compare = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Few times and few keys, so that many rows are told apart by the last column alone. */
function makeScans(gateId: string, count: number): Scan[] {
  return Array.from({ length: count }, (_, index) => ({
    id: uuidv7(),
    venueId: gateId,
    gateId,
    scannerId: uuidv7(),
    deviceId: null,
    key: ["a", "B", "é", '"'][index % 4] as string,
    direction: index % 3 === 0 ? ScanDirection.EXIT : ScanDirection.ENTRY,
    outcome: ScanOutcome.ACCEPTED,
    reason: null,
    conflict: null,
    capacityOverride: false,
    offline: false,
    automatic: false,
    code: "code",
    ticketId: null,
    eventId: null,
    ticketTypeId: null,
    scannedAt: new Date(Date.UTC(2026, 0, 1) + (index % 3)),
    reportedAt: null,
    receivedAt: new Date(Date.UTC(2026, 0, 1)),
    version: index + 1,
    beforeAt: null,
    beforeGateId: null,
    odd: false,
  }));
}
