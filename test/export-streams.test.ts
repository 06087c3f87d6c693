import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeId } from "../src/schema/ids.js";
import { readExport } from "./setup/exports.js";
import { planOf, type Statement, statementsOf } from "./setup/plans.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { type Event, made, type Venue, World } from "./setup/world.js";

const SCANS = 100_000;
const PAGE = 1_000;
/** What the kernel takes for a client that does not read, and some: a third of the file. */
const MOST_PAGES_AHEAD = 33;
const PAGE_READ = "/* export.scans */";
/** Milliseconds, where other work has the processor too. */
const LONG = 240_000;

let gatehouse: TestGatehouse;
let venue: Venue;
let event: Event;
beforeAll(async () => {
  // One connection: whoever kept it would keep everybody else from being answered.
  gatehouse = await startGatehouse({ jobs: false, databasePoolSize: 1 });
  venue = await new World(gatehouse.url).venue();
  event = await venue.event();
  await addScans(1, SCANS);
});
afterAll(() => gatehouse.close());

/** Straight into the table. More than a page at each of a few moments, many of them with one key: only their ids are different. */
async function addScans(from: number, to: number): Promise<void> {
  await gatehouse.sql(
    `insert into scans (id, venue_id, gate_id, scanner_id, key, direction, outcome, capacity_override, offline, automatic,
      code, event_id, scanned_at, received_at, version, odd)
    select md5('scan' || i)::uuid, $1, $2, md5('scanner' || i)::uuid, 'key' || i % 7, 'EXIT', 'ACCEPTED', false, true, false,
      'code ' || i, $3, date_trunc('second', now()) - interval '1 minute' * (i % 90), now(), i, false
    from generate_series($4::int, $5::int) i`,
    [decodeId("ven", venue.id), decodeId("gat", venue.gate()), decodeId("evt", event.id), from, to],
  );
}

const path = (extension: string) => `events/${event.id}/scans.${extension}`;

/** An answer that is not read until it is asked for. */
async function begun(extension = "ndjson", token = venue.owner.client.token): Promise<IncomingMessage> {
  const request = get(`${gatehouse.url}/export/${path(extension)}`, { headers: { authorization: `Bearer ${token}` } });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  response.pause();
  response.setEncoding("utf8");
  return response;
}

async function rest(response: IncomingMessage): Promise<string> {
  const pieces: string[] = [];
  for await (const piece of response) pieces.push(piece);
  return pieces.join("");
}

const rowsOf = (text: string): { code: string; scanned_at: string }[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

/** Pages that are read until none is for a second. */
async function pagesUntilStill(): Promise<number> {
  const readWithin = async () => {
    const statements = await statementsOf(() => sleep(1_000));
    return statements.filter(({ text }) => text.includes(PAGE_READ)).length;
  };
  for (let all = 0; ; ) {
    const read = await readWithin();
    if (read === 0) return all;
    all += read;
  }
}

async function tablesReadWhole(statement: Statement | undefined): Promise<(string | undefined)[]> {
  const client = new pg.Client({ connectionString: gatehouse.databaseUrl });
  await client.connect();
  try {
    const nodes = await planOf(client, statement as Statement);
    return nodes.filter((node) => node["Node Type"] === "Seq Scan").map((node) => node["Relation Name"]);
  } finally {
    await client.end();
  }
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
function memory(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe("an export of 100,000 scans", () => {
  it(
    "has every one of them once, in the order of time, a page a statement",
    async () => {
      const statements = await statementsOf(async () => {
        const rows = rowsOf(await rest(await begun()));
        expect(new Set(rows.map(({ code }) => code)).size).toBe(SCANS);
        const times = rows.map(({ scanned_at }) => scanned_at);
        expect(times).toEqual([...times].sort());
      });
      const pages = statements.filter(({ text }) => text.includes(PAGE_READ));
      expect(pages).toHaveLength(SCANS / PAGE + 1);
      expect(await tablesReadWhole(pages[50])).not.toContainEqual(expect.stringMatching(/^scans/));
    },
    LONG,
  );

  it(
    "costs no memory and no connection while its client does not read, and is whole if it does then",
    async () => {
      const before = memory();
      const response = await begun();
      expect(await pagesUntilStill()).toBeLessThan(MOST_PAGES_AHEAD);
      expect(memory() - before).toBeLessThan(8 * 1024 * 1024);
      // PostgreSQL's own workers, such as those that tidy up after so many rows, are none of the server's.
      const busy = `select state from pg_stat_activity where datname = current_database() and application_name <> 'test'
        and backend_type = 'client backend'`;
      // What else the server does takes moments.
      await expect.poll(() => gatehouse.sql(`${busy} and state <> 'idle'`), { timeout: 3_000 }).toEqual([]);
      expect(await venue.owner.client.ok("{ me { name } }")).toEqual({ me: { name: "Owner" } });
      // Before, among and behind what is still to be read.
      await addScans(SCANS + 1, SCANS + 2_000);
      const codes = rowsOf(await rest(response)).map(({ code }) => code);
      await gatehouse.sql("delete from scans where version > $1", [SCANS]);
      const told = new Set(codes);
      expect(told.size).toBe(codes.length);
      expect(Array.from({ length: SCANS }, (_, i) => `code ${i + 1}`).filter((code) => !told.has(code))).toEqual([]);
    },
    LONG,
  );

  it("is read no further when its client leaves", async () => {
    const response = await begun();
    response.destroy();
    expect(await pagesUntilStill()).toBeLessThan(MOST_PAGES_AHEAD);
  });
});

describe("an export that cannot be finished", () => {
  it.each(["csv", "ndjson", "json"])(
    "ends its connection, so that nobody takes it for the whole: %s",
    async (extension) => {
      const response = await begun(extension);
      await gatehouse.sql("alter table devices rename to devices_elsewhere");
      try {
        await expect(rest(response)).rejects.toThrow("aborted");
        expect(response.complete).toBe(false);
      } finally {
        await gatehouse.sql("alter table devices_elsewhere rename to devices");
      }
    },
  );

  it("is one whose viewer's rights end meanwhile", async () => {
    const staff = await venue.staff();
    const response = await begun("ndjson", staff.client.token);
    const input = { venueId: venue.id, email: staff.email };
    await made(venue.owner.client, "removeVenueStaff", "VenueStaffInput", "venue { id }", input);
    await expect(rest(response)).rejects.toThrow("aborted");
  });

  it("is an error like any other while nothing has been sent", async () => {
    await gatehouse.sql("alter table devices rename to devices_elsewhere");
    try {
      const { status, headers, text } = await readExport(gatehouse, path("csv"), venue.owner.client.token);
      expect(status).toBe(500);
      expect(headers.get("content-disposition")).toBeNull();
      expect(JSON.parse(text)).toMatchObject({ errors: [{ extensions: { code: "INTERNAL_SERVER_ERROR" } }] });
    } finally {
      await gatehouse.sql("alter table devices_elsewhere rename to devices");
    }
  });
});
