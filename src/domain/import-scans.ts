import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { v5 as uuidv5 } from "uuid";
import type { ScanDirection } from "../entities/scan.js";
import type { AttemptResult, Scanner, Submission } from "./attempt.js";
import type { GateQueue } from "./gate-queue.js";
import { badLine, type LineOutcome, REPEATED, TAKEN } from "./import.js";
import { keyProblem, makeAttempt } from "./scan-input.js";
import type { Scope } from "./scope.js";
import { requireOwner, requireUser } from "./standing.js";

/** One scan of a file. */
export interface ScanLine {
  /** Of a scan that this server has exported; null where the file does not say. */
  readonly id: string | null;
  readonly key: string;
  readonly code: string;
  readonly direction: ScanDirection;
  readonly admitted: boolean;
  readonly scannedAt: Date;
  readonly gateId: string;
  readonly eventId: string | null;
  /** The file's word for the scanner; empty where it has none. */
  readonly device: string;
}

export interface ScanImport {
  readonly venueId: string;
  readonly gates: readonly { readonly id: string; readonly name: string }[];
  /** The gates of the venue's devices, by the devices' ids. */
  readonly devices: ReadonlyMap<string, string>;
}

/** What the file may name. Throws NOT_FOUND where there is no venue, FORBIDDEN where the viewer does not own it. */
export async function prepareScanImport({ em, viewer }: Scope, venueId: string): Promise<ScanImport> {
  requireUser(viewer);
  await requireOwner(em, viewer, venueId, "venueId");
  const gates = await sql<{ id: string; name: string }>`/* import.gates */
    select id, name from gates where venue_id = ${venueId}`.execute(em.getKysely());
  const devices = await sql<{ id: string; gateId: string }>`/* import.devices */
    select d.id, d.gate_id as "gateId" from devices d join gates g on g.id = d.gate_id
    where g.venue_id = ${venueId}`.execute(em.getKysely());
  return { venueId, gates: gates.rows, devices: new Map(devices.rows.map(({ id, gateId }) => [id, gateId])) };
}

/**
 * Records scans that have happened, in the order of the file; answers what each line came to. The venue's queue decides
 * them as it does uploads, along with what the gates send meanwhile. Throws when the right has ended: some may be taken.
 */
export async function importScans(
  { em, viewer }: Scope,
  queue: GateQueue,
  target: ScanImport,
  lines: readonly ScanLine[],
): Promise<LineOutcome[]> {
  const { sessionId } = requireUser(viewer);
  const known = await readKnown(em, target.venueId, lines);
  const runs = runsOf(
    lines.map((line, index) => ({ line, index, scanner: scannerOf(line, target, sessionId) })),
    known,
  );
  const answers = await Promise.all(runs.map((run) => queue.submit(submissionOf(run, target.venueId))));
  const outcomes: LineOutcome[] = lines.map(() => REPEATED);
  for (const [place, { results }] of answers.entries()) {
    runs[place]?.forEach(({ index }, position) => {
      outcomes[index] = outcomeOf(results[position]);
    });
  }
  return outcomes;
}

interface Placed {
  readonly line: ScanLine;
  readonly index: number;
  readonly scanner: Scanner;
}

/**
 * Neighbours of one gate and scanner go in one submission; all lines keep their order, for a scan is judged by those before
 * it. Known ones are left out.
 */
function runsOf(lines: readonly Placed[], known: ReadonlySet<string>): Placed[][] {
  const runs: Placed[][] = [];
  for (const placed of lines) {
    if (placed.line.id !== null && known.has(placed.line.id)) continue;
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (last?.line.gateId === placed.line.gateId && last.scanner.id === placed.scanner.id) run?.push(placed);
    else runs.push([placed]);
  }
  return runs;
}

/**
 * Whose keys they are. A device of the venue is itself, so that what it has uploaded counts once; any other word is a scanner
 * of its own, and the lines without one are the venue's, not the sender's: two people may send the same file.
 */
function scannerOf({ device, gateId }: ScanLine, { venueId, devices }: ScanImport, sessionId: string): Scanner {
  if (devices.get(device) === gateId) return { id: device, deviceId: device, credentialId: sessionId };
  const id = device === "" ? venueId : uuidv5(device, venueId);
  return { id, deviceId: null, credentialId: sessionId };
}

function submissionOf(run: readonly Placed[], venueId: string): Submission {
  const [{ line, scanner }] = run as [Placed];
  const attempts = run.map(({ line: scan }) => {
    const { scannedAt, admitted } = scan;
    const offline = { scannedAt, reportedAt: scannedAt, admitted };
    return makeAttempt(scan, { path: [], offline, problem: null });
  });
  return { venueId, gateId: line.gateId, scanner, attempts };
}

function outcomeOf(result: AttemptResult | undefined): LineOutcome {
  if (result?.problem) return badLine(result.problem.path?.at(-1) ?? null, result.problem.message);
  if (!result?.scan) throw new Error("a line was neither recorded nor rejected");
  return result.replayed ? REPEATED : TAKEN;
}

/** What is wrong with a line's key: such a one cannot even be looked up. */
export function keyOutcome(key: string): LineOutcome | null {
  const problem = keyProblem(key, []);
  return problem === null ? null : badLine("key", problem.message);
}

/** Which of the lines' ids are scans of the venue. With their times, by which scans are stored. */
async function readKnown(em: EntityManager, venueId: string, lines: readonly ScanLine[]): Promise<Set<string>> {
  const named = lines.filter(({ id }) => id !== null);
  if (named.length === 0) return new Set();
  const { rows } = await sql<{ id: string }>`/* import.known-scans */
    select s.id from unnest(
      ${named.map(({ id }) => id)}::uuid[], ${named.map(({ scannedAt }) => scannedAt.toISOString())}::timestamptz[]
    ) as k (id, scanned_at)
    join scans s on s.id = k.id and s.scanned_at = k.scanned_at where s.venue_id = ${venueId}`.execute(em.getKysely());
  return new Set(rows.map(({ id }) => id));
}
