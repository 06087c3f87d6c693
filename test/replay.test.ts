import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { evening } from "../src/cli/demo/evening.js";
import { makeWorld, type World } from "../src/cli/demo/world.js";
import { gateFinder } from "../src/cli/replay/gates.js";
import { scanKeys } from "../src/cli/replay/keys.js";
import { Lanes } from "../src/cli/replay/lanes.js";
import { readOptions, UsageError } from "../src/cli/replay/options.js";
import { pacer } from "../src/cli/replay/pace.js";
import { progressLine } from "../src/cli/replay/progress.js";
import { type Reading, readScans, UnreadableFile } from "../src/cli/replay/scan-file.js";
import { checkScanLine } from "../src/cli/replay/scan-line.js";
import { Tally } from "../src/cli/replay/tally.js";
import { fieldsOf } from "../src/import/csv.js";
import { linesOf } from "../src/import/lines.js";
import { runProgram } from "./setup/program.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";

const HEADER = "ticket_id,gate,timestamp,scan_type";

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

async function* chunks(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === "string" ? Buffer.from(part) : part;
}

const read = (text: string, name = "scans.csv", offset: string | null = null) =>
  collect(readScans(chunks(text), { name, offset }));

const problems = (readings: Reading[]) =>
  readings.flatMap((reading) => ("problem" in reading ? [`${reading.line}: ${reading.problem}`] : []));

const codes = (readings: Reading[]) => readings.flatMap((reading) => ("value" in reading ? [reading.value.code] : []));

describe("a file of scans", () => {
  test("is read from CSV and from NDJSON alike", async () => {
    const csv = await read(`${HEADER}\nA1,North,2025-09-30T20:05:00+02:00,entry\n`);
    const object = { ticket_id: "A1", gate: "North", timestamp: "2025-09-30T18:05:00Z", scan_type: "ENTRY" };
    const ndjson = await read(`${JSON.stringify(object)}\n`, "scans.ndjson");
    const value = { code: "A1", gate: "North", scannedAt: new Date("2025-09-30T18:05:00Z"), direction: "ENTRY" };
    expect(csv).toMatchObject([{ line: 2, value }]);
    expect(ndjson).toMatchObject([{ line: 1, value }]);
  });

  test("is known by its first character where the name does not tell", async () => {
    const object = { ticket_id: 17, timestamp: "2025-09-30T18:05:00Z", scan_type: "out" };
    expect(codes(await read(JSON.stringify(object), "-"))).toEqual(["17"]);
    expect(codes(await read(`${HEADER}\nA1,,2025-09-30T18:05:00Z,in`, "scans.txt"))).toEqual(["A1"]);
  });

  test("reports each bad line with its number and still yields the good ones", async () => {
    const readings = await read(
      [
        HEADER,
        "A1,North,2025-09-30T18:05:00Z,entry",
        ",North,2025-09-30T18:05:00Z,entry",
        "A2,North,yesterday,entry",
        "",
        "A3,North,2025-09-30T18:05:00Z,sideways",
        'A"4,North,2025-09-30T18:05:00Z,entry',
        "A5,North",
        "A6,North,2025-09-30T18:05:00,entry",
        "A7,North,2025-02-30T18:05:00Z,entry",
        `${"x".repeat(201)},North,2025-09-30T18:05:00Z,entry`,
        "A8,South,2025-09-30T18:06:00Z,Exit",
      ].join("\r\n"),
    );
    expect(codes(readings)).toEqual(["A1", "A8"]);
    expect(problems(readings)).toEqual([
      "3: ticket_id is empty",
      '4: timestamp is "yesterday", not one such as 2025-09-30T18:05:00Z',
      '6: scan_type is "sideways", neither entry nor exit',
      "7: has a quote out of place",
      "8: has 2 fields where the header has 4",
      '9: timestamp "2025-09-30T18:05:00" has no offset (give it with --offset +00:00)',
      '10: timestamp is "2025-02-30T18:05:00Z", not one such as 2025-09-30T18:05:00Z',
      "11: ticket_id is longer than 200 characters",
    ]);
  });

  test("reports bad NDJSON lines and still yields the good ones", async () => {
    const good = { ticket_id: "A1", gate: "North", timestamp: "2025-09-30T18:05:00Z", scan_type: "entry" };
    const bad = [{ ...good, timestamp: 1759255500 }, { ...good, ticket_id: { $ne: 1 } }, null, [good]];
    const lines = [JSON.stringify(good), ...bad.map((line) => JSON.stringify(line)), "{oops", JSON.stringify(good)];
    const readings = await read(lines.join("\n"), "scans.jsonl");
    expect(codes(readings)).toEqual(["A1", "A1"]);
    expect(problems(readings)).toEqual([
      "2: has no text in timestamp",
      "3: has no text in ticket_id",
      "4: is not a JSON object",
      "5: is not a JSON object",
      "6: is not JSON",
    ]);
  });

  test("may come from a spreadsheet: a byte order mark, semicolons, quotes, other columns in another order", async () => {
    const readings = await read(
      '\uFEFF"Scan_Type";note;Gate;"Ticket_Id";timestamp\nin;"says ""hi""; waits";"Gate; 1";"A;1";"2025-09-30 18:05"\n',
      "scans.csv",
      "+01:00",
    );
    const value = { code: "A;1", gate: "Gate; 1", scannedAt: new Date("2025-09-30T17:05:00Z"), direction: "ENTRY" };
    expect(readings).toMatchObject([{ line: 2, value }]);
  });

  test.each([
    ["a header without a column", "ticket_id,gate,scan_type\n", /lacks timestamp/],
    ["no header", "A1,North,2025-09-30T18:05:00Z,entry\n", /lacks ticket_id/],
    ["a JSON array", "[\n", /JSON array/],
  ])("is refused as a whole for %s", async (_, text, message) => {
    await expect(read(text)).rejects.toThrow(message);
    await expect(read(text)).rejects.toThrow(UnreadableFile);
  });

  test("with nothing in it holds no scans", async () => {
    expect(await read("")).toEqual([]);
    expect(await read(`${HEADER}\n\n\n`)).toEqual([]);
  });

  test("of the examples holds the same good scans in both forms", async () => {
    const [csv, ndjson] = await Promise.all(
      ["evening.csv", "evening.ndjson"].map(async (name) => {
        return read(await readFile(new URL(`../examples/${name}`, import.meta.url), "utf8"), name);
      }),
    );
    const values = (readings: Reading[] = []) => readings.map((reading) => ("value" in reading ? reading.value : null));
    expect(values(csv)).not.toContain(null);
    expect(values(csv).length).toBeGreaterThan(100);
    expect(values(ndjson)).toEqual(values(csv));
  });
});

describe("lines", () => {
  test("are the same however the file is cut into chunks", async () => {
    const bytes = Buffer.from("Grüße,1\r\n\n🎟,2\nlast");
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length)), async (cuts) => {
        const ends = [...cuts, bytes.length].sort((a, b) => a - b);
        const parts = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
        const lines = await collect(linesOf(chunks(...parts)));
        expect(lines.map(({ text }) => text)).toEqual(["Grüße,1", "", "🎟,2", "last"]);
        expect(lines.at(-1)).toMatchObject({ number: 4, end: bytes.length });
      }),
    );
  });

  test("that are too long or not text are lost alone", async () => {
    const lines = await collect(linesOf(chunks("a\n", "x".repeat(20_000), "y\n", Buffer.from([0xff, 0x0a]), "b\n")));
    expect(lines.map(({ text }) => text)).toEqual(["a", "", "", "b"]);
    expect(lines.map(({ problem }) => problem)).toEqual([
      undefined,
      expect.stringContaining("longer"),
      "is not UTF-8 text",
      undefined,
    ]);
  });

  test("give back the fields that were quoted into them", () => {
    const field = fc.string().map((text) => text.replace(/[\r\n]/g, ""));
    fc.assert(
      fc.property(fc.array(field, { minLength: 1 }), (fields) => {
        const line = fields.map((text) => `"${text.replaceAll('"', '""')}"`).join(",");
        expect(fieldsOf(line, ",")).toEqual(fields);
      }),
    );
  });
});

test("a timestamp is read with any usual offset", () => {
  const at = (timestamp: string) => {
    const checked = checkScanLine({ ticket_id: "A", gate: "", timestamp, scan_type: "in" }, null);
    return "value" in checked ? checked.value.scannedAt.toISOString() : checked.problem;
  };
  expect(at("2025-09-30T18:05:00.25-03:30")).toBe("2025-09-30T21:35:00.250Z");
  expect(at("2025-09-30 18:05:00+0200")).toBe("2025-09-30T16:05:00.000Z");
  expect(at("2025-09-30t18:05:00z")).toBe("2025-09-30T18:05:00.000Z");
  expect(at("2025-09-30T18:05:00+99:00")).toMatch(/offset that no clock has/);
  expect(at("2025-09-30T24:00:00Z")).toMatch(/not one such as/);
});

describe("keys", () => {
  const scan = { code: "A", gate: "North", scannedAt: new Date(0), direction: "ENTRY" } as const;

  test("are the same for the same file, and differ between its lines, equal ones too", () => {
    const lines = [scan, { ...scan, code: "B" }, scan, { ...scan, direction: "EXIT" as const }, scan];
    const first = lines.map(scanKeys());
    expect(lines.map(scanKeys())).toEqual(first);
    expect(new Set(first).size).toBe(lines.length);
    for (const key of first) expect(key.length).toBeLessThanOrEqual(100);
  });
});

describe("gates", () => {
  const north = { id: "gat_01h455vb4pex5vsknk084sn02q", name: "North" };
  const none = new Map<string, string>();

  test("are found by name in any case, by id, and by the name that the command gives them", () => {
    const find = gateFinder({ known: [north], own: false, names: new Map([["Door 1", "North"]]) });
    for (const gate of ["North", "north", north.id, "Door 1"]) expect(find(gate)).toEqual({ value: north.id });
    expect(find("South")).toEqual({ problem: 'gate "South" is none of the venue\'s: North' });
    expect(find("")).toEqual({ problem: "names no gate" });
  });

  test("are a device's own unless its venue is named", () => {
    expect(gateFinder({ known: null, own: true, names: none })("Anything")).toEqual({ value: null });
    const find = gateFinder({ known: [north], own: true, names: none });
    expect(find("")).toEqual({ value: null });
    expect(find("South")).toHaveProperty("problem");
  });

  test("of a user without a venue are ids", () => {
    const find = gateFinder({ known: null, own: false, names: none });
    expect(find(north.id)).toEqual({ value: north.id });
    expect(find("North")).toHaveProperty("problem");
  });
});

describe("lanes", () => {
  test("keep the order of what has the same name, run the rest at once, and hold the producer back", async () => {
    const lanes = new Lanes(4);
    const seen = new Map<string, number[]>();
    let running = 0;
    let most = 0;
    let unfinished = 0;
    for (let index = 0; index < 200; index++) {
      const name = `ticket-${index % 20}`;
      unfinished += 1;
      await lanes.add(name, async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, Math.random()));
        seen.set(name, [...(seen.get(name) ?? []), index]);
        running -= 1;
        unfinished -= 1;
      });
      expect(unfinished).toBeLessThan(4 * 8 + 1);
    }
    await lanes.finish();
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(4);
    for (const order of seen.values()) expect(order).toEqual([...order].sort((a, b) => a - b));
    expect([...seen.values()].flat()).toHaveLength(200);
  });

  test("begin nothing more after a failure, and tell it", async () => {
    const lanes = new Lanes(1);
    let begun = 0;
    await lanes.add("a", async () => {
      throw new Error("the server is gone");
    });
    await lanes.add("a", async () => {
      begun += 1;
    });
    await expect(lanes.finish()).rejects.toThrow("the server is gone");
    await expect(lanes.add("a", async () => {})).rejects.toThrow("the server is gone");
    expect(begun).toBe(0);
  });
});

test("the pace is the file's, divided by the speed", async () => {
  const due = pacer(100);
  const begin = performance.now();
  for (const moment of [5_000, 4_000, 10_000]) await due(moment);
  expect(performance.now() - begin).toBeGreaterThan(45);
  expect(performance.now() - begin).toBeLessThan(500);
});

describe("the command line", () => {
  test("has sensible defaults and takes the server's bare address", () => {
    expect(readOptions(["a.csv", "--url", "http://127.0.0.1:4000"])).toMatchObject({
      file: "a.csv",
      url: "http://127.0.0.1:4000/graphql",
      speed: null,
      offline: false,
      concurrency: 16,
    });
    expect(readOptions(["--help"])).toBeNull();
    expect(readOptions(["-", "--gates", "Door 1=North, 2=South"])?.gates).toEqual(
      new Map([
        ["Door 1", "North"],
        ["2", "South"],
      ]),
    );
  });

  test.each([
    [[]],
    [["a.csv", "b.csv"]],
    [["a.csv", "--speed", "0"]],
    [["a.csv", "--speed", "fast"]],
    [["a.csv", "--speed", "2", "--offline"]],
    [["a.csv", "--concurrency", "257"]],
    [["a.csv", "--gates", "North"]],
    [["a.csv", "--offset", "London"]],
    [["a.csv", "--url", "localhost"]],
    [["a.csv", "--token", "a", "--token-file", "b"]],
    [["a.csv", "--nonsense"]],
  ])("refuses %j", (args) => {
    expect(() => readOptions(args)).toThrow(UsageError);
  });
});

test("a summary counts what was accepted, refused by reason, and counted before", () => {
  const tally = new Tally();
  const verdict = { outcome: "ACCEPTED", direction: "ENTRY", reason: null, conflict: null, capacityOverride: false };
  tally.verdict({ ...verdict, outcome: "ACCEPTED", direction: "ENTRY" }, false);
  tally.verdict({ ...verdict, outcome: "ACCEPTED", direction: "EXIT", conflict: null }, true);
  tally.verdict({ ...verdict, outcome: "REFUSED", direction: "ENTRY", reason: "VENUE_FULL" }, false);
  tally.count({ inside: 9, capacity: 10, version: 7 });
  tally.count({ inside: 5, capacity: 10, version: 3 });
  expect(tally.answered).toBe(3);
  const summary = tally.summary().map((line) => line.replace(/\s+/g, " ").trim());
  expect(summary).toContain("accepted 2 (1 in, 1 out)");
  expect(summary).toContain("VENUE_FULL 1");
  expect(summary).toContain("replayed 1 (counted before, and not again)");
  expect(summary).toContain("peak inside 9 (capacity 10)");
  expect(summary).toContain("inside at the end 9");
});

test("the bar is full at the end and never longer", () => {
  expect(progressLine({ done: 0, total: 10, text: "go" })).toBe(`${"░".repeat(24)}   0 %  go`);
  expect(progressLine({ done: 12, total: 10, text: "" })).toContain(`${"█".repeat(24)} 100 %`);
  expect(progressLine({ done: 12, total: null, text: "12 scans" })).toBe("12 scans");
});

describe("the demo's evening", () => {
  const plan = { codes: Array.from({ length: 1_000 }, (_, index) => `T${index}`), gates: 4, seed: 7 };

  test("is the same for the same seed, and in order", () => {
    const steps = evening(plan);
    expect(evening(plan)).toEqual(steps);
    expect(evening({ ...plan, seed: 8 })).not.toEqual(steps);
    expect(steps.map(({ at }) => at)).toEqual(steps.map(({ at }) => at).sort((a, b) => a - b));
    for (const { at, gate } of steps) {
      expect(at >= 0 && at <= 1).toBe(true);
      expect([0, 1, 2, 3]).toContain(gate);
    }
  });

  test("fills the venue past seven tenths of its tickets and empties it again", () => {
    const inside = new Set<string>();
    let peak = 0;
    for (const { code, direction } of evening(plan)) {
      if (direction === "ENTRY") inside.add(code);
      else inside.delete(code);
      peak = Math.max(peak, inside.size);
    }
    expect(peak).toBeGreaterThan(750);
    expect(inside.size).toBeLessThan(300);
    expect(evening(plan).some(({ code }) => code.startsWith("UNKNOWN"))).toBe(true);
  });
});

/** The numbers of a printed summary by their labels. */
function summaryOf(output: string): Record<string, number> {
  const rows = output.matchAll(/^ {2,4}(\S.*?) {2,}([\d,]+)(?: |$)/gm);
  return Object.fromEntries([...rows].map(([, label, number]) => [label, Number(number?.replaceAll(",", ""))]));
}

describe("the programs, through the front door", { timeout: 60_000 }, () => {
  let gatehouse: TestGatehouse;
  let world: World;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gatehouse-replay-"));
    gatehouse = await startGatehouse();
    world = await makeWorld(`${gatehouse.url}/graphql`, 100);
  });

  afterAll(async () => {
    await gatehouse?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const replay = (...args: string[]) => runProgram("replay", { args: [...args, "--url", gatehouse.url] });
  const asOwner = () => ["--token", world.owner.token, "--event", world.eventId];

  test("replay counts the same file once, however often and in whatever way it is sent", async () => {
    const first = await replay("examples/evening.csv", ...asOwner());
    expect(first.errors).toBe("");
    expect(first.code).toBe(0);
    const counted = summaryOf(first.output);
    expect(counted).toMatchObject({ lines: 136, accepted: 133, refused: 3, ALREADY_INSIDE: 2, UNKNOWN_TICKET: 1 });
    const tokenFile = join(folder, "token");
    await writeFile(tokenFile, `Bearer ${world.owner.token}\n`);
    for (const again of [
      await replay("examples/evening.ndjson", ...asOwner(), "--offline"),
      await replay("examples/evening.csv", "--venue", world.venueId, "--token-file", tokenFile, "--concurrency", "1"),
    ]) {
      expect(again.code).toBe(0);
      expect(summaryOf(again.output)).toMatchObject({
        accepted: 133,
        refused: 3,
        replayed: 136,
        "inside at the end": counted["inside at the end"],
      });
    }
  });

  test("replay reports bad and failed lines by number, sends the good ones, and exits with 1", async () => {
    const file = join(folder, "mistakes.csv");
    const [code] = world.codes;
    await writeFile(
      file,
      [
        HEADER,
        `${code},North,2026-10-31T20:00:00Z,entry`,
        `${code},North,never,exit`,
        `${code},Cellar,2026-10-31T20:00:00Z,exit`,
        `${code},South,2026-10-31T20:00:00Z,exit`,
      ].join("\n"),
    );
    const all = await replay(file, ...asOwner());
    expect(all.code).toBe(1);
    expect(summaryOf(all.output)).toMatchObject({ lines: 4, accepted: 2, "bad lines": 2 });
    expect(all.errors).toMatch(/^line 3: timestamp is "never"/m);
    expect(all.errors).toMatch(/^line 4: gate "Cellar" is none of the venue's: North, South, East, West/m);

    const device = await replay(file, "--token", world.gates[0]?.deviceToken ?? "", "--venue", world.venueId);
    expect(device.code).toBe(1);
    expect(summaryOf(device.output)).toMatchObject({ accepted: 1, "bad lines": 2, "failed lines": 1 });
    expect(device.errors).toMatch(/^line 5: INVALID/m);
  });

  test("replay stops at once on a bad token or an unreachable server, and tells wrong usage from both", async () => {
    const forged = await replay("examples/evening.csv", "--token", "forged");
    expect(forged.code).toBe(1);
    expect(forged.errors).toMatch(/Stopped before the end: .*--token/);
    expect((await replay("examples/evening.csv", "--speed", "none")).code).toBe(2);
    expect((await replay(join(folder, "nowhere.csv"))).code).toBe(2);
  });

  test("demo plays an evening against a full house, serves on, and ends with 0 on a signal", async () => {
    const environment = {
      PORT: "0",
      DATABASE_URL: gatehouse.databaseUrl,
      AUTH_SECRET: gatehouse.config.authSecrets.join(","),
      LOG_LEVEL: "info",
    };
    const demo = await runProgram("demo", {
      args: ["--seconds", "3", "--guests", "400"],
      environment,
      during: (output, stop) => output.includes("until Ctrl-C") && stop(),
    });
    expect(demo.errors).toBe("");
    expect(demo).toMatchObject({ code: 0, signal: null });
    const summary = summaryOf(demo.output);
    expect(summary["accepted"]).toBeGreaterThan(600);
    expect(summary["peak inside"]).toBeGreaterThanOrEqual(280);
    for (const label of ["VENUE_FULL", "ALREADY_INSIDE", "UNKNOWN_TICKET", "beyond capacity", "inside at the end"]) {
      expect(summary[label], label).toBeGreaterThan(0);
    }
  }, 120_000);
});
