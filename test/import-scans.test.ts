import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { decodeId } from "../src/schema/ids.js";
import { fromNow, openDoors } from "./setup/doors.js";
import { csv, readImport, refusal, scansOf, send, ticketsOf } from "./setup/imports.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { recordScan, uploadScans, type Venue, World } from "./setup/world.js";

const DAY = 24;
const minutes = (count: number): string => fromNow(count / 60);

let gatehouse: TestGatehouse;
let world: World;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
});
afterEach(() => expectCountsRight(gatehouse));
afterAll(() => gatehouse.close());

interface Line {
  readonly [column: string]: string;
}

const scan = (code: string, more: Line = {}): Line => ({
  key: `key-${code}`,
  direction: "ENTRY",
  outcome: "ACCEPTED",
  code,
  gate: "A",
  scanned_at: minutes(-10),
  ...more,
});

async function counts({ id, owner }: Venue) {
  const query = "query ($id: ID!) { venue(id: $id) { occupancy { inside entries exits refusals } } }";
  return (await owner.client.ok<{ venue: { occupancy: object } }>(query, { id })).venue.occupancy;
}

interface KeptScan {
  readonly code: string;
  readonly key: string;
  readonly direction: string;
  readonly outcome: string;
  readonly conflict: string | null;
  readonly offline: boolean;
  readonly gate: string;
  readonly scanned_at: Date;
}

const kept = ({ id }: Venue): Promise<(KeptScan & Record<string, unknown>)[]> =>
  gatehouse.sql(
    `select s.code, s.key, s.direction, s.outcome, s.conflict, s.offline, g.name as gate, s.scanned_at
    from scans s join gates g on g.id = s.gate_id
    where s.venue_id = $1 order by s.version`,
    [decodeId("ven", id)],
  );

describe("a file of scans", () => {
  it("is taken line by line in the columns of the export", async () => {
    const { venue } = await openDoors(world, { venue: { gates: ["A", "B"] }, codes: ["T1", "T2"] });
    const file = csv([
      scan("T1", { scanned_at: minutes(-30) }),
      scan("T2", { gate: venue.gate("B"), scanned_at: minutes(-20) }),
      scan("T1", { key: "out", direction: "exit", gate: "b", scanned_at: minutes(-10) }),
      scan("T3", { outcome: "REFUSED" }),
    ]);
    const { result, bad, begin } = await send(venue.owner.client, scansOf(venue.id), file);
    expect(bad).toEqual([]);
    expect(result).toEqual({ status: "DONE", reason: null, lines: 4, taken: 4, repeated: 0, skipped: 0, bad: 0 });
    expect(begin).toMatchObject({ ignored: [], columns: expect.arrayContaining(["scanned_at", "gate"]) });
    expect(await counts(venue)).toEqual({ inside: 1, entries: 2, exits: 1, refusals: 1 });
    expect(await kept(venue)).toMatchObject([
      { code: "T1", gate: "A", direction: "ENTRY", outcome: "ACCEPTED", conflict: null, offline: true },
      { code: "T2", gate: "B", direction: "ENTRY", outcome: "ACCEPTED", conflict: null },
      { code: "T1", gate: "B", direction: "EXIT", outcome: "ACCEPTED", conflict: null },
      { code: "T3", outcome: "REFUSED" },
    ]);
  });

  it("may have the columns that the replay reads, and those of a spreadsheet", async () => {
    const { venue } = await openDoors(world, { codes: ["T1", "=T2"] });
    const at = minutes(-10);
    const plain = await send(
      venue.owner.client,
      scansOf(venue.id),
      `ticket_id,gate,timestamp,scan_type\nT1,A,${at},entry\n\nT1,A,${minutes(-5)},Out\n`,
    );
    expect(plain.result).toMatchObject({ lines: 2, taken: 2 });
    const spreadsheet = await send(
      venue.owner.client,
      scansOf(venue.id),
      `\uFEFF"Code";"Note";gate;scanned_at;direction\r\n'=T2;"says ""hi""; waits";A;${at};entry\r\n`,
    );
    expect(spreadsheet.bad).toEqual([]);
    expect(spreadsheet.begin.ignored).toEqual(["note"]);
    expect(await counts(venue)).toEqual({ inside: 1, entries: 2, exits: 1, refusals: 0 });
  });

  it("has each of its bad lines told by number, column and reason, and the others taken", async () => {
    const { venue } = await openDoors(world, { codes: ["T1", "T2"] });
    const good = scan("T1");
    const text = (more: Line = {}) => csv([scan("T9", more)]).split("\n")[1] ?? "";
    const file = Buffer.concat([
      Buffer.from(`${csv([good])}\n`),
      ...[
        text({ code: "" }), // 3
        text({ code: "x".repeat(201) }),
        text({ code: "a\u0007b" }), // 5
        text({ key: "" }),
        text({ key: "k".repeat(101) }), // 7
        text({ direction: "sideways" }),
        text({ outcome: "PERHAPS" }), // 9
        text({ gate: "Nowhere" }),
        text({ gate: "gat_01h455vb4pex5vsknk084sn02q" }), // 11
        text({ scanned_at: "yesterday" }),
        text({ scanned_at: "2026-02-30T10:00:00Z" }), // 13
        text({ scanned_at: "2026-11-01T10:00:00" }),
        text({ scanned_at: minutes(5) }), // 15
        text({ scanned_at: fromNow(-400 * DAY) }),
        "only,three,fields", // 17
        `${text()},"one more"`,
        text({ code: 'a"b' }), // 19
        text({ code: '"never closed' }),
        text({ code: "y".repeat(10_001) }), // 21
      ].map((line) => Buffer.from(`${line}\r\n`)),
      Buffer.from([0x54, 0xff, 0xfe, 0x0a]), // 22
      Buffer.from(csv([scan("T2")]).split("\n")[1] ?? ""),
    ]);
    const { bad, result, begin } = await send(venue.owner.client, scansOf(venue.id), file);
    expect(bad.map(({ line, column, message }) => `${line} ${column}: ${message}`)).toEqual([
      "3 code: The line has nothing in `code`.",
      "4 code: `code` has 201 characters; at most 200 are allowed.",
      "5 code: `code` contains a control character.",
      "6 key: `key` is empty.",
      "7 key: `key` has 101 characters; at most 100 are allowed.",
      '8 direction: "sideways" is neither ENTRY nor EXIT.',
      '9 outcome: "PERHAPS" is none of ACCEPTED, REFUSED and ANNULLED.',
      '10 gate: There is no gate "Nowhere" here.',
      '11 gate: There is no gate "gat_01h455vb4pex5vsknk084sn02q" here.',
      expect.stringMatching(/^12 scanned_at: "yesterday" is not an RFC 3339 timestamp/),
      expect.stringMatching(/^13 scanned_at: .*is not an RFC 3339 timestamp/),
      expect.stringMatching(/^14 scanned_at: .*is not an RFC 3339 timestamp with an offset/),
      expect.stringMatching(/^15 scanned_at: .*in the future/),
      expect.stringMatching(/^16 scanned_at: .*older than what is kept/),
      "17 null: The line has 3 fields where the header has 6.",
      "18 null: The line has 7 fields where the header has 6.",
      "19 null: The line has a quote out of place.",
      "20 null: The line has a quote out of place.",
      "21 null: The line is longer than 10000 bytes.",
      "22 null: The line is not UTF-8 text.",
    ]);
    expect(result).toEqual({ status: "DONE", reason: null, lines: 22, taken: 2, repeated: 0, skipped: 0, bad: 20 });
    expect(await readImport(venue.owner.client, begin.import)).toMatchObject({ ...result, firstBad: bad });
  });

  it("names the column as the file does", async () => {
    const { venue } = await openDoors(world);
    const header = "ticket_id,gate,timestamp,scan_type";
    const file = `${header}\nT1,A,${minutes(5)},entry\n${"x".repeat(201)},A,${minutes(-5)},entry\n`;
    const { bad } = await send(venue.owner.client, scansOf(venue.id), file);
    expect(bad.map(({ line, column }) => [line, column])).toEqual([
      [2, "timestamp"],
      [3, "ticket_id"],
    ]);
  });

  it("may name the event, and finds none by an id of nothing", async () => {
    const { venue, event } = await openDoors(world, { codes: ["T1"] });
    const rows = [event.id, "", "evt_01h455vb4pex5vsknk084sn02q", "ven_01h455vb4pex5vsknk084sn02q"];
    const file = csv(rows.map((id, index) => scan("T1", { key: `${index}`, event_id: id })));
    const { bad, result } = await send(venue.owner.client, scansOf(venue.id), file);
    expect(result).toMatchObject({ taken: 2, bad: 2 });
    expect(bad.map(({ line, column }) => `${line} ${column}`)).toEqual(["4 event_id", "5 event_id"]);
  });

  it("passes over what was annulled, and the exits that the system makes itself", async () => {
    const { venue } = await openDoors(world, { codes: ["T1"] });
    const file = csv([
      scan("T1", { automatic: "false" }),
      scan("T1", { key: "auto", direction: "EXIT", automatic: "true", scanned_at: minutes(-5) }),
      scan("T1", { key: "annulled", direction: "EXIT", outcome: "ANNULLED", automatic: "" }),
      scan("T1", { key: "odd", automatic: "perhaps" }),
    ]);
    const { result } = await send(venue.owner.client, scansOf(venue.id), file);
    expect(result).toMatchObject({ lines: 4, taken: 1, skipped: 2, bad: 1 });
    expect(await counts(venue)).toMatchObject({ inside: 1, exits: 0 });
  });

  it("is judged in its own order, through several gates", async () => {
    const { venue } = await openDoors(world, { venue: { gates: ["A", "B"] }, codes: ["T1"] });
    const there = (at: number, direction: string, gate: string) =>
      scan("T1", { key: `${at}`, direction, gate, scanned_at: minutes(at) });
    const file = csv([
      there(-50, "ENTRY", "A"),
      there(-40, "EXIT", "B"),
      there(-30, "ENTRY", "A"),
      there(-20, "EXIT", "A"),
      there(-10, "ENTRY", "B"),
    ]);
    expect((await send(venue.owner.client, scansOf(venue.id), file)).result).toMatchObject({ taken: 5 });
    expect((await kept(venue)).map(({ conflict }) => conflict)).toEqual([null, null, null, null, null]);
  });
});

describe("a file of scans that is sent twice", () => {
  const codes = Array.from({ length: 1_200 }, (_, index) => `T${index}`);

  it("counts once, also when both are sent at once, and by whomever", async () => {
    const { venue } = await openDoors(world, { venue: { capacity: 2_000 } });
    const file = csv(codes.map((code) => scan(code)));
    const admin = await world.person("Admin");
    await gatehouse.sql("update users set role = 'ADMIN' where email = $1", [admin.email]);
    const both = await Promise.all([
      send(venue.owner.client, scansOf(venue.id), file),
      send(admin.client, scansOf(venue.id), file),
    ]);
    expect(both.map(({ result }) => result.lines)).toEqual([1_200, 1_200]);
    expect(both[0].result.taken + both[1].result.taken).toBe(1_200);
    expect(both[0].result.repeated + both[1].result.repeated).toBe(1_200);
    const again = await send(venue.owner.client, scansOf(venue.id), file);
    expect(again.result).toMatchObject({ taken: 0, repeated: 1_200, bad: 0 });
    expect(await kept(venue)).toHaveLength(1_200);
  });

  it("counts once without keys too, and a line that it has twice", async () => {
    const { venue } = await openDoors(world, { codes: ["T1", "T2"] });
    const at = minutes(-10);
    const rows = [`T1,A,${at},entry`, `T2,A,${at},entry`, `T1,A,${at},entry`, `T1,A,${minutes(-5)},exit`];
    const file = ["ticket_id,gate,timestamp,scan_type", ...rows].join("\n");
    expect((await send(venue.owner.client, scansOf(venue.id), file)).result).toMatchObject({ taken: 3, repeated: 1 });
    expect((await send(venue.owner.client, scansOf(venue.id), file)).result).toMatchObject({ taken: 0, repeated: 4 });
    expect(await counts(venue)).toEqual({ inside: 1, entries: 2, exits: 1, refusals: 0 });
  });

  it("tells a key that comes with another code or direction", async () => {
    const { venue } = await openDoors(world, { codes: ["T1"] });
    const file = csv([scan("T1"), scan("T2", { key: "key-T1" }), scan("T1", { direction: "EXIT" })]);
    const { bad, result } = await send(venue.owner.client, scansOf(venue.id), file);
    expect(result).toMatchObject({ taken: 1, bad: 2 });
    expect(bad).toMatchObject([
      { line: 3, column: "key", message: expect.stringContaining("used before") },
      { line: 4, column: "key" },
    ]);
  });

  it("counts once what a device has uploaded, and what the export gave of scans made here", async () => {
    const { venue } = await openDoors(world, { codes: ["T1", "T2"] });
    const device = await venue.device();
    const { scan: made } = await recordScan(venue.owner.client, { code: "T2", gateId: venue.gate() });
    await uploadScans(device.client, [{ code: "T1", key: "key-T1", scannedAt: minutes(-10) }]);
    const file = csv([
      scan("T1", { device_id: device.id, id: "" }),
      scan("T2", { id: made?.id ?? "", scanned_at: made?.scannedAt ?? "", key: made?.key ?? "", device_id: "" }),
    ]);
    expect((await send(venue.owner.client, scansOf(venue.id), file)).result).toMatchObject({ taken: 0, repeated: 2 });
  });

  it("counts once when it is what the exports of the event gave", async () => {
    const { venue, event, client } = await openDoors(world, { codes: ["T1", "=T2"] });
    await recordScan(client, { code: "T1" });
    await recordScan(venue.owner.client, { code: "=T2", gateId: venue.gate() });
    await uploadScans(client, [{ code: "T1", direction: "EXIT", scannedAt: minutes(-10), admitted: false }]);
    const exported = async (what: string): Promise<string> => {
      const headers = { authorization: `Bearer ${venue.owner.client.token}` };
      const response = await fetch(`${gatehouse.url}/export/events/${event.id}/${what}.csv`, { headers });
      return response.text();
    };
    const scans = await send(venue.owner.client, scansOf(venue.id), await exported("scans"));
    expect(scans.result).toMatchObject({ lines: 3, taken: 0, repeated: 3 });
    const tickets = await send(venue.owner.client, ticketsOf(event.id), await exported("tickets"));
    expect(tickets.result).toMatchObject({ lines: 2, taken: 0, repeated: 2 });
  });

  it("keeps the keys of different scanners apart", async () => {
    const { venue } = await openDoors(world, { codes: ["T1", "T2"] });
    const file = csv([scan("T1", { key: "1", device: "left" }), scan("T2", { key: "1", device: "right" })]);
    expect((await send(venue.owner.client, scansOf(venue.id), file)).result).toMatchObject({ taken: 2 });
    expect((await send(venue.owner.client, scansOf(venue.id), file)).result).toMatchObject({ repeated: 2 });
  });
});

describe("a file that cannot be understood", () => {
  it.each([
    ["is empty", "", /^The file is empty: its first line should name code,gate,scanned_at,direction/],
    ["has blank lines alone", "\r\n\n", /^The file is empty/],
    ["lacks columns", "key,code,gate\nk,c,A\n", /^The header \(line 1\) lacks `scanned_at`, `direction`/],
    ["has no header", `T1,A,2026-11-01T10:00:00Z,entry\n`, /lacks `code`/],
    ["names a column twice", "code,gate,scanned_at,direction,Code\n", /names `code` twice/],
    ["has a bad quote in the header", 'code,"gate,scanned_at,direction\n', /quote out of place/],
    ["has an endless header", `code,${"x".repeat(20_000)}\n`, /longer than 10000 bytes/],
  ])("is refused as a whole when it %s", async (_, file, message) => {
    const { venue } = await openDoors(world);
    expect(await refusal(venue.owner.client, scansOf(venue.id), file)).toMatchObject({
      status: 400,
      code: "BAD_USER_INPUT",
      message: expect.stringMatching(message),
    });
  });

  it("is refused when it is not text, not CSV, or packed", async () => {
    const { venue } = await openDoors(world);
    const path = scansOf(venue.id);
    const utf16 = Buffer.from("\uFEFFcode,gate,scanned_at,direction\n", "utf16le");
    expect(await refusal(venue.owner.client, path, new Uint8Array(utf16))).toMatchObject({
      status: 400,
      message: expect.stringContaining("not UTF-8"),
    });
    expect(await refusal(venue.owner.client, path, "{}", { "content-type": "application/json" })).toMatchObject({
      status: 415,
    });
    expect(await refusal(venue.owner.client, path, "x", { "content-encoding": "gzip" })).toMatchObject({
      status: 400,
      message: expect.stringContaining("Content-Encoding"),
    });
  });

  it("is none when it has a header alone", async () => {
    const { venue } = await openDoors(world);
    const { result } = await send(venue.owner.client, scansOf(venue.id), "code,gate,scanned_at,direction");
    expect(result).toMatchObject({ status: "DONE", lines: 0 });
  });
});
