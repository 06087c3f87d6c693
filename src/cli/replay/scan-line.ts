/** The names of a scan's values, in a CSV header and in the objects of NDJSON. */
export const COLUMNS = ["ticket_id", "gate", "timestamp", "scan_type"] as const;

export type Column = (typeof COLUMNS)[number];

/** What the server's own exports call them. Where a file has these, they are meant: `ticket_id` is no code there. */
const EXPORTED: Readonly<Record<Column, string>> = {
  ticket_id: "code",
  gate: "gate",
  timestamp: "scanned_at",
  scan_type: "direction",
};

/** The name that a file has for a column. */
export const nameIn = (has: (name: string) => boolean, column: Column): string =>
  has(EXPORTED[column]) ? EXPORTED[column] : column;

type Direction = "ENTRY" | "EXIT";

/** One scan as a file has it. */
export interface ScanLine {
  readonly code: string;
  /** A gate's name or id; empty: the device's own. */
  readonly gate: string;
  readonly scannedAt: Date;
  readonly direction: Direction;
}

export type Checked<T> = { readonly value: T } | { readonly problem: string };

const LONGEST_CODE = 200;

const DIRECTIONS: Readonly<Record<string, Direction>> = { entry: "ENTRY", in: "ENTRY", exit: "EXIT", out: "EXIT" };

/** Checks the raw values of one line. `offset`, such as `+02:00`, stands in where a timestamp has none. */
export function checkScanLine(raw: Readonly<Record<Column, string>>, offset: string | null): Checked<ScanLine> {
  const code = raw.ticket_id.trim();
  if (code === "") return { problem: "ticket_id is empty" };
  if (code.length > LONGEST_CODE) return { problem: `ticket_id is longer than ${LONGEST_CODE} characters` };
  const direction = DIRECTIONS[raw.scan_type.trim().toLowerCase()];
  if (direction === undefined) return { problem: `scan_type is ${shown(raw.scan_type)}, neither entry nor exit` };
  const time = checkTimestamp(raw.timestamp, offset);
  if ("problem" in time) return time;
  return { value: { code, gate: raw.gate.trim(), scannedAt: time.value, direction } };
}

const TIMESTAMP = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)\s*(Z|[+-]\d\d(?::?\d\d)?)?$/i;

/** RFC 3339, with what logs make of it: a space for the T, no seconds, an offset without its colon or minutes. */
function checkTimestamp(text: string, fallbackOffset: string | null): Checked<Date> {
  const [, day = "", clock = "", written] = TIMESTAMP.exec(text.trim()) ?? [];
  const local = new Date(`${day}T${clock.replace(",", ".")}Z`);
  // Date turns 30 February into 2 March.
  if (Number.isNaN(local.getTime()) || !local.toISOString().startsWith(day)) {
    return { problem: `timestamp is ${shown(text)}, not one such as 2025-09-30T18:05:00Z` };
  }
  const offset = written ?? fallbackOffset;
  if (offset === null) return { problem: `timestamp ${shown(text)} has no offset (give it with --offset +00:00)` };
  const minutes = offsetMinutes(offset);
  if (minutes === null) return { problem: `timestamp ${shown(text)} has an offset that no clock has` };
  return { value: new Date(local.getTime() - minutes * 60_000) };
}

/** Minutes east of UTC of `Z`, `+02:00`, `+0200` or `+02`; null when it is none of these. */
export function offsetMinutes(offset: string): number | null {
  if (offset.toUpperCase() === "Z") return 0;
  const [, sign, hours, minutes = "00"] = /^([+-])(\d\d)(?::?(\d\d))?$/.exec(offset) ?? [];
  if (Number(hours) > 23 || Number(minutes) > 59 || hours === undefined) return null;
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

/** Quoted and short enough for a report; control characters are escaped, since a terminal would obey them. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text).replace(/[\u007f-\u009f]/g, "?");
}
