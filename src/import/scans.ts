import { createHash } from "node:crypto";
import type { LineOutcome } from "../domain/import.js";
import { keyOutcome, type ScanImport, type ScanLine } from "../domain/import-scans.js";
import { ImportKind } from "../entities/import.js";
import { ScanDirection, ScanOutcome } from "../entities/scan.js";
import { DateTime } from "../schema/date-time.js";
import { decodeId } from "../schema/ids.js";
import { BadCell, type Cells, type Reading, shown } from "./cells.js";
import type { ColumnRule } from "./header.js";
import { nameFinder } from "./names.js";
import type { Subject } from "./subject.js";

/** As the domain names them, for it names them when it refuses a line. */
const FIELDS = {
  code: { names: ["code", "ticket_id"], isRequired: true },
  gate: { names: ["gate", "gate_id"], isRequired: true },
  scannedAt: { names: ["scanned_at", "timestamp"], isRequired: true },
  direction: { names: ["direction", "scan_type"], isRequired: true },
  key: { names: ["key"], isRequired: false },
  outcome: { names: ["outcome"], isRequired: false },
  eventId: { names: ["event_id"], isRequired: false },
  device: { names: ["device_id", "device"], isRequired: false },
  automatic: { names: ["automatic"], isRequired: false },
  id: { names: ["id"], isRequired: false },
} as const;
type ScanField = keyof typeof FIELDS;

const COLUMNS = Object.entries(FIELDS).map(([field, rule]) => ({ field, ...rule })) as ColumnRule<ScanField>[];

const DIRECTIONS: Readonly<Record<string, ScanDirection>> = {
  entry: ScanDirection.ENTRY,
  in: ScanDirection.ENTRY,
  exit: ScanDirection.EXIT,
  out: ScanDirection.EXIT,
};

/** Small, since the gates' own scans wait for a batch under way: some 50 ms. */
const BATCH_LINES = 500;

/** The columns of the export and of `npm run replay`. */
export function scanSubject(
  target: ScanImport,
  take: (lines: readonly ScanLine[]) => Promise<readonly LineOutcome[]>,
): Subject<ScanField, ScanLine> {
  const findGate = nameFinder(target.gates, { prefix: "gat", what: "gate" }, (message) => new BadCell("gate", message));
  return {
    target: { kind: ImportKind.SCANS, venueId: target.venueId, eventId: null },
    columns: COLUMNS,
    batchLines: BATCH_LINES,
    batchesAtOnce: 2,
    read: (cells) => readScan(cells, findGate),
    take,
  };
}

function readScan(cells: Cells<ScanField>, findGate: (word: string) => string): Reading<ScanLine> {
  const outcome = outcomeOf(cells);
  const direction = DIRECTIONS[cells.required("direction").trim().toLowerCase()];
  if (direction === undefined) {
    throw new BadCell("direction", `${shown(cells.required("direction"))} is neither ENTRY nor EXIT.`);
  }
  const line: Omit<ScanLine, "key"> = {
    id: optionalId(cells, "id", "scn"),
    code: cells.required("code"),
    direction,
    admitted: outcome === ScanOutcome.ACCEPTED,
    scannedAt: readTime(cells),
    gateId: cells.parsed("gate", findGate),
    eventId: optionalId(cells, "eventId", "evt"),
    device: deviceOf(cells),
  };
  const key = cells.optional("key") ?? keyOf(line);
  const problem = keyOutcome(key);
  if (problem !== null) return { outcome: problem };
  // Of these the server makes its own, or nothing.
  if (outcome === ScanOutcome.ANNULLED || isAutomatic(cells)) return { outcome: { kind: "skipped" } };
  return { value: { ...line, key } };
}

/** A file that does not say has what happened: who was scanned went through. */
function outcomeOf(cells: Cells<ScanField>): ScanOutcome {
  if (cells.optional("outcome") === undefined) return ScanOutcome.ACCEPTED;
  const text = cells.required("outcome");
  const outcome = Object.values(ScanOutcome).find((known) => known === text.trim().toUpperCase());
  if (outcome === undefined) throw new BadCell("outcome", `${shown(text)} is none of ACCEPTED, REFUSED and ANNULLED.`);
  return outcome;
}

function isAutomatic(cells: Cells<ScanField>): boolean {
  const text = cells.optional("automatic")?.trim().toLowerCase() ?? "";
  if (text === "" || text === "false") return false;
  if (text === "true") return true;
  throw new BadCell("automatic", `${shown(text)} is neither true nor false.`);
}

/** Of what the API would take as a DateTime, and nothing else. */
function readTime(cells: Cells<ScanField>): Date {
  const text = cells.required("scannedAt").trim();
  try {
    return DateTime.parseValue(text) as Date;
  } catch (error) {
    throw new BadCell("scannedAt", error instanceof Error ? error.message : String(error));
  }
}

function optionalId(cells: Cells<ScanField>, field: "id" | "eventId", prefix: "scn" | "evt"): string | null {
  if ((cells.optional(field) ?? "").trim() === "") return null;
  return cells.parsed(field, (text) => decodeId(prefix, text.trim()));
}

/** A device's id as the database has it; any other word as it is. */
function deviceOf(cells: Cells<ScanField>): string {
  const word = (cells.optional("device") ?? "").trim();
  return word.startsWith("dev_") ? cells.parsed("device", () => decodeId("dev", word)) : word;
}

/** The same line is the same scan, wherever it stands and whoever sends it. */
function keyOf({ code, direction, scannedAt, gateId, eventId, admitted, device }: Omit<ScanLine, "key">): string {
  const content = JSON.stringify([code, direction, scannedAt.getTime(), gateId, eventId, admitted, device]);
  return createHash("sha256").update(content).digest("base64url").slice(0, 32);
}
