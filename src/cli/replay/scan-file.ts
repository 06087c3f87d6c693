import { unguardCell } from "../../domain/spreadsheet.js";
import { type Delimiter, delimiterOf, fieldsOf } from "../../import/csv.js";
import { type Line, linesOf } from "../../import/lines.js";
import { type Checked, COLUMNS, type Column, checkScanLine, nameIn, type ScanLine, shown } from "./scan-line.js";

/** What one line of a file came to. */
export type Reading = Checked<ScanLine> & {
  readonly line: number;
  /** Bytes of the file up to the end of this line. */
  readonly end: number;
};

/** Nothing in the file can be understood. */
export class UnreadableFile extends Error {
  override readonly name = "UnreadableFile";
}

type Raw = Readonly<Record<Column, string>>;
type Parser = (text: string) => Checked<Raw>;

/**
 * Reads scans from CSV with a header, or from NDJSON, line by line. The name says which, else the first character.
 * Blank lines are passed over; a bad line is a problem of that line. Throws UnreadableFile on a useless header.
 */
export async function* readScans(
  chunks: AsyncIterable<Uint8Array>,
  { name, offset }: { name: string; offset: string | null },
): AsyncGenerator<Reading> {
  let parse: Parser | null = null;
  for await (const line of linesOf(chunks)) {
    if (line.text.trim() === "" && line.problem === undefined) continue;
    if (parse === null) {
      const ndjson = isNdjson(name, line);
      parse = ndjson ? parseNdjson : csvParser(line);
      if (!ndjson) continue;
    }
    yield { line: line.number, end: line.end, ...check(line, parse, offset) };
  }
}

function check(line: Line, parse: Parser, offset: string | null): Checked<ScanLine> {
  if (line.problem !== undefined) return { problem: line.problem };
  const raw = parse(line.text);
  return "problem" in raw ? raw : checkScanLine(raw.value, offset);
}

function isNdjson(name: string, first: Line): boolean {
  if (first.text.trimStart().startsWith("[")) {
    throw new UnreadableFile("it is a JSON array; NDJSON has one object on each line, and nothing around them");
  }
  if (/\.(ndjson|jsonl|json)$/i.test(name)) return true;
  return !/\.(csv|tsv)$/i.test(name) && first.text.trimStart().startsWith("{");
}

function parseNdjson(text: string): Checked<Raw> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: "is not JSON" };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { problem: "is not a JSON object" };
  const given = new Map<string, unknown>(Object.entries(value));
  const readCell = (column: Column) => given.get(nameIn((name) => given.has(name), column));
  const texts = COLUMNS.map((column) => [column, textOf(readCell(column), column)] as const);
  const missing = texts.filter(([, text]) => text === null).map(([column]) => column);
  if (missing.length > 0) return { problem: `has no text in ${missing.join(", ")}` };
  return { value: Object.fromEntries(texts) as Raw };
}

/** Ticket numbers and gate numbers may be written as numbers; a device's file may leave out the gate. */
function textOf(value: unknown, column: Column): string | null {
  if (typeof value === "string") return value;
  if (Number.isSafeInteger(value) && column !== "timestamp") return String(value);
  return value == null && column === "gate" ? "" : null;
}

function csvParser(header: Line): Parser {
  const delimiter = delimiterOf(header.text);
  const names = fieldsOf(header.text, delimiter)?.map((name) => name.toLowerCase()) ?? [];
  const placeOf = (column: Column) => names.indexOf(nameIn((name) => names.includes(name), column));
  const missing = COLUMNS.filter((column) => placeOf(column) < 0);
  if (missing.length > 0) {
    const found = header.problem ?? `is ${shown(header.text)}`;
    throw new UnreadableFile(`its header ${found} and lacks ${missing.join(", ")}; it should be ${COLUMNS.join(",")}`);
  }
  const places = COLUMNS.map((column) => [column, placeOf(column)] as const);
  return (text) => parseCsv(text, delimiter, { places, width: names.length });
}

function parseCsv(
  text: string,
  delimiter: Delimiter,
  { places, width }: { places: readonly (readonly [Column, number])[]; width: number },
): Checked<Raw> {
  const fields = fieldsOf(text, delimiter);
  if (fields === null) return { problem: "has a quote out of place" };
  if (fields.length !== width) return { problem: `has ${fields.length} fields where the header has ${width}` };
  return {
    value: Object.fromEntries(places.map(([column, place]) => [column, unguardCell(fields[place] ?? "")])) as Raw,
  };
}
