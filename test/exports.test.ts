import { randomUUID } from "node:crypto";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readScans } from "../src/cli/replay/scan-file.js";
import { guardCell, unguardCell } from "../src/domain/spreadsheet.js";
import { enter, fromNow, leave } from "./setup/doors.js";
import { askExport, exportedRows, problemOf, readExport } from "./setup/exports.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { uploadScans, World } from "./setup/world.js";

let gatehouse: TestGatehouse;
let world: World;
beforeAll(async () => {
  gatehouse = await startGatehouse({ jobs: false });
  world = new World(gatehouse.url);
});
afterAll(async () => {
  await expectCountsRight(gatehouse);
  await gatehouse.close();
});

/** An event whose tickets, two unless others are given, have all come in; and how to ask for it as its organizer. */
async function smallEvening(codes: readonly string[] = ["T1", "T2"], show: Record<string, unknown> = {}) {
  const venue = await world.venue();
  const event = await venue.event(show);
  const tickets = codes.length === 0 ? [] : await event.tickets(codes);
  const { client } = await venue.device();
  for (const code of codes) await enter(client, code);
  const path = (list: string) => `events/${event.id}/${list}`;
  return { venue, event, tickets, client, token: venue.owner.client.token, path };
}

const CSV = "text/csv; charset=utf-8";
const NDJSON = "application/x-ndjson; charset=utf-8";
const JSON_TYPE = "application/json; charset=utf-8";

describe("the form of an export", () => {
  it.each([
    ["scans", {}, CSV],
    ["scans", { accept: "*/*" }, CSV],
    ["scans", { accept: "text/html,application/xhtml+xml,*/*;q=0.8" }, CSV],
    ["scans", { accept: "text/csv;charset=utf-8" }, CSV],
    ["scans", { accept: "application/json" }, JSON_TYPE],
    ["scans", { accept: "application/x-ndjson" }, NDJSON],
    ["scans", { accept: "application/ndjson" }, NDJSON],
    ["scans", { accept: "text/csv;q=0.5, application/json" }, JSON_TYPE],
    ["scans.csv", { accept: "application/json" }, CSV],
    ["scans.ndjson", {}, NDJSON],
    ["scans.json", { accept: "text/html" }, JSON_TYPE],
  ])("of %s with %o is %s", async (list, headers, mediaType) => {
    const { path, token } = await smallEvening([]);
    const answer = await readExport(gatehouse, path(list), token, headers);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, mediaType]);
  });

  it.each([
    ["scans.xml", {}],
    ["scans.CSV", {}],
    ["scans", { accept: "text/html" }],
    ["scans", { accept: "text/csv;q=0" }],
  ])("that %s with %o asks for there is none of", async (list, headers) => {
    const { path, token } = await smallEvening([]);
    const { status, text } = await readExport(gatehouse, path(list), token, headers);
    expect(status).toBe(406);
    expect(JSON.parse(text)).toMatchObject({
      errors: [{ message: expect.stringContaining(".csv, .ndjson or .json"), extensions: { code: "BAD_USER_INPUT" } }],
    });
  });

  it("has the same in it, whichever it is", async () => {
    const { path, token } = await smallEvening();
    const [csv, ndjson, json] = await Promise.all(
      ["csv", "ndjson", "json"].map((extension) => readExport(gatehouse, path(`scans.${extension}`), token)),
    );
    const rows = JSON.parse(json?.text ?? "") as Record<string, unknown>[];
    const lines = ndjson?.text.trimEnd().split("\n") ?? [];
    expect(lines.map((line) => JSON.parse(line))).toEqual(rows);
    const cells = rows.map((row) => Object.values(row).map((cell) => (cell === null ? "" : String(cell))));
    expect(parse(csv?.text ?? "", { record_delimiter: "\r\n" })).toEqual([Object.keys(rows[0] ?? {}), ...cells]);
  });

  it("is whole where there is nothing to export", async () => {
    const { path, token } = await smallEvening([]);
    const textOf = async (extension: string) => (await readExport(gatehouse, path(`scans.${extension}`), token)).text;
    expect(await textOf("csv")).toMatch(/^id,key,[^\r\n]*\r\n$/);
    expect(await textOf("ndjson")).toBe("");
    expect(JSON.parse(await textOf("json"))).toEqual([]);
  });

  it("has a file's name, and is told by HEAD without the file", async () => {
    const { path, token } = await smallEvening(["T1"], {
      title: 'Füße & "Ohren" / 2',
      startsAt: "2026-06-20T18:00:00Z",
      endsAt: "2036-06-20T18:00:00Z",
    });
    const url = `${gatehouse.url}/export/${path("scans.csv")}`;
    const response = await fetch(url, { method: "HEAD", headers: { authorization: `Bearer ${token}` } });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-disposition")).toBe(
      'attachment; filename="fu-e-ohren-2-2026-06-20-scans.csv"',
    );
    expect(response.headers.get("content-type")).toBe(CSV);
    expect(await response.text()).toBe("");
  });
});

describe("exported scans", () => {
  it("are all that the API tells of them, the oldest first", async () => {
    const { path, token, event, tickets } = await smallEvening();
    const rows = await exportedRows(gatehouse, path("scans"), token);
    expect(rows.map(({ code }) => code)).toEqual(["T1", "T2"]);
    expect(rows[0]).toEqual({
      id: expect.stringMatching(/^scn_/),
      key: expect.any(String),
      direction: "ENTRY",
      outcome: "ACCEPTED",
      reason: "",
      conflict: "",
      capacity_override: "false",
      offline: "false",
      automatic: "false",
      code: "T1",
      ticket_id: tickets[0],
      event_id: event.id,
      ticket_type: "Standard",
      gate: "A",
      device: "Scanner A",
      scanned_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      received_at: expect.any(String),
    });
  });

  it("are those of a time and a gate, when these are asked for", async () => {
    const venue = await world.venue({ gates: ["A", "B"] });
    const event = await venue.event();
    await event.tickets(["T1", "T2", "T3"]);
    const at = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
    const [early, late] = [at(30), at(10)];
    const [a, b] = [await venue.device("A"), await venue.device("B")];
    await uploadScans(a.client, [
      { code: "T1", scannedAt: early },
      { code: "T2", scannedAt: late },
    ]);
    await uploadScans(b.client, [{ code: "T3", scannedAt: late }]);
    const codes = async (parameters: Record<string, string>) => {
      const path = `events/${event.id}/scans.csv?${new URLSearchParams(parameters)}`;
      return (await exportedRows(gatehouse, path, venue.owner.client.token)).map(({ code }) => code).sort();
    };
    expect(await codes({})).toEqual(["T1", "T2", "T3"]);
    expect(await codes({ from: early, to: late })).toEqual(["T1"]);
    expect(await codes({ from: late })).toEqual(["T2", "T3"]);
    expect(await codes({ gateId: venue.gate("B") })).toEqual(["T3"]);
  });

  it.each([
    "from=yesterday",
    "to=2026-06-20",
    "gateId=evt_1",
    "form=2026-06-20T18:00:00Z",
    "gateId=a&gateId=b",
    "from=",
  ])("are not given for what cannot be meant: %s", async (query) => {
    const { path, token } = await smallEvening([]);
    expect(await problemOf(gatehouse, `${path("scans")}?${query}`, token)).toBe("400 BAD_USER_INPUT");
  });

  it("are not given for what is no id", async () => {
    const { token, venue } = await smallEvening([]);
    for (const id of ["nonsense", venue.id]) {
      expect(await problemOf(gatehouse, `events/${id}/scans`, token)).toBe("400 BAD_USER_INPUT");
    }
  });

  it.each(["csv", "ndjson"])("are read by the replay as they were, from %s", async (extension) => {
    const codes = ["T1", "=1+1", "'=2", "-5", 'a,"b";c', "Ünï"];
    const { path, token } = await smallEvening(codes);
    const body = (await askExport(gatehouse, path(`scans.${extension}`), token)).body;
    const readings = [];
    for await (const reading of readScans(body as AsyncIterable<Uint8Array>, {
      name: `a.${extension}`,
      offset: null,
    })) {
      readings.push("value" in reading ? [reading.value.code, reading.value.gate, reading.value.direction] : reading);
    }
    expect(readings).toEqual(codes.map((code) => [code, "A", "ENTRY"]));
  });
});

describe("a spreadsheet", () => {
  it.each(["=1+1", "+1", "-1+1", "@SUM(A1)", "=cmd|' /C calc'!A0", "＝1+1"])(
    "takes %s for no formula",
    async (code) => {
      const { path, token } = await smallEvening([code]);
      for (const list of ["scans", "tickets"]) {
        const { text } = await readExport(gatehouse, path(`${list}.csv`), token);
        expect(parse(text, { columns: true })).toMatchObject([{ code: `'${code}` }]);
        const { text: json } = await readExport(gatehouse, path(`${list}.json`), token);
        expect(JSON.parse(json)).toMatchObject([{ code }]);
      }
    },
  );

  it("takes a negative number for a number", () => {
    expect(["-5", "-1.25", "-5x", "--5"].map(guardCell)).toEqual(["-5", "-1.25", "'-5x", "'--5"]);
  });

  it("is given nothing that cannot be told from what it was", () => {
    const text = fc.string({
      unit: fc.constantFrom("'", "=", "-", "+", "@", "\t", "\r", "1", ".", "a", '"', ",", "\n"),
    });
    fc.assert(
      fc.property(text, (given) => {
        const cell = guardCell(given);
        expect(unguardCell(cell)).toBe(given);
        expect(cell).toMatch(/^(?![=+@\t\r\n])(?!-(?!\d+(\.\d+)?$))/);
      }),
      { numRuns: 1_000 },
    );
  });

  it("finds every character in its cell", async () => {
    const names = ['Quote " and, comma', "semi;colon", "Łódź 東京 🎪", "'", "a'b", '""', "x  y"];
    const { event, token, path } = await smallEvening([]);
    for (const [index, holderName] of names.entries()) await event.tickets([`N${index}`], "Standard", { holderName });
    const rows = await exportedRows(gatehouse, path("tickets"), token);
    expect(rows.map(({ holder_name }) => holder_name)).toEqual(names);
  });
});

describe("exported attendance and occupancy", () => {
  it("are what the API tells: the whole event, then each ticket type", async () => {
    const { event, path, token, client, venue } = await smallEvening(["T1", "T2", "T3"]);
    await leave(client, "T1");
    await enter(client, `nobody ${randomUUID()}`);
    const { text } = await readExport(gatehouse, path("attendance.json"), token);
    const query = `query ($id: ID!) { event(id: $id) { attendance {
      registered attended noShows inside peakInside peakAt refusals averageStayMinutes } } }`;
    const { event: told } = await venue.owner.client.ok<{ event: { attendance: Record<string, unknown> } }>(query, {
      id: event.id,
    });
    const { noShows, peakInside, peakAt, averageStayMinutes, ...same } = told.attendance;
    expect(JSON.parse(text)).toEqual([
      {
        ...same,
        ticket_type: null,
        no_shows: noShows,
        peak_inside: peakInside,
        peak_at: peakAt,
        average_stay_minutes: averageStayMinutes,
      },
      expect.objectContaining({ ticket_type: "Standard", registered: 3, attended: 3, inside: null }),
    ]);
  });

  it("are points from a time to another, as many as there are", async () => {
    const { venue, token } = await smallEvening(["T1"]);
    const parameters = new URLSearchParams({ from: fromNow(-40), to: fromNow(1), bucketMinutes: "1" });
    const rows = await exportedRows(gatehouse, `venues/${venue.id}/occupancy?${parameters}`, token);
    // Three pages.
    expect(rows).toHaveLength(41 * 60 + 1);
    expect(new Set(rows.map(({ at }) => at)).size).toBe(rows.length);
    expect(rows[0]).toMatchObject({ at: parameters.get("from"), inside: "0", entries: "0", exits: "0" });
    expect(rows.at(-1)).toMatchObject({ inside: "1" });
    expect(rows.reduce((sum, { entries }) => sum + Number(entries), 0)).toBe(1);
  });

  it("are of the last day by quarter-hours, unless something else is asked for", async () => {
    const { venue, token } = await smallEvening(["T1"]);
    const rows = await exportedRows(gatehouse, `venues/${venue.id}/occupancy`, token);
    expect([96, 97]).toContain(rows.length);
    expect(rows[0]?.["at"]).toMatch(/:(00|15|30|45):00\.000Z$/);
  });

  it.each([
    "bucketMinutes=0",
    "bucketMinutes=1.5",
    "bucketMinutes=-1",
    "from=2026-06-21T00:00:00Z&to=2026-06-20T00:00:00Z",
    "from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z&bucketMinutes=1",
  ])("are not given for what cannot be meant: %s", async (query) => {
    const { venue, token } = await smallEvening([]);
    expect(await problemOf(gatehouse, `venues/${venue.id}/occupancy?${query}`, token)).toBe("400 BAD_USER_INPUT");
  });
});
