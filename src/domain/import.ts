import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { v7 as uuidv7 } from "uuid";
import { AuditTarget } from "../entities/audit-entry.js";
import { type BadLine, type Import, ImportEntity, ImportKind, ImportStatus } from "../entities/import.js";
import { unauthenticated } from "../errors.js";
import { type AuditNote, audit } from "./audit.js";
import { toEntities } from "./columns.js";
import { insertRows } from "./insert.js";
import type { Scope } from "./scope.js";
import { mayReadRecords, readStandings, requireUser } from "./standing.js";

/** What one line of a file came to. */
export type LineOutcome =
  | { readonly kind: "taken" | "repeated" | "skipped" }
  | { readonly kind: "bad"; readonly field: string | null; readonly message: string };

export type ImportTarget =
  | { readonly kind: ImportKind.TICKETS; readonly venueId: string; readonly eventId: string }
  | { readonly kind: ImportKind.SCANS; readonly venueId: string; readonly eventId: null };

/** How far it has got, and how it ended. */
export type ImportProgress = Pick<
  Import,
  "status" | "reason" | "lines" | "taken" | "repeated" | "skipped" | "bad" | "firstBad"
>;

export const NOTHING_YET: ImportProgress = {
  status: ImportStatus.RUNNING,
  reason: null,
  lines: 0,
  taken: 0,
  repeated: 0,
  skipped: 0,
  bad: 0,
  firstBad: [],
};

export const TAKEN: LineOutcome = { kind: "taken" };
export const REPEATED: LineOutcome = { kind: "repeated" };
export const badLine = (field: string | null, message: string): LineOutcome => ({ kind: "bad", field, message });

/** Writes down that an import begins. The caller has checked the viewer's right. Answers its id. */
export async function beginImport({ em, viewer }: Scope, { kind, venueId, eventId }: ImportTarget): Promise<string> {
  const { userId } = requireUser(viewer);
  const now = new Date();
  const id = uuidv7();
  await em.transactional(async (inner) => {
    await insertRows(inner, ImportEntity, [
      { id, kind, venueId, eventId, userId, ...NOTHING_YET, startedAt: now, updatedAt: now },
    ]);
    if (kind === ImportKind.SCANS) await audit(inner, viewer, beginningOf(venueId));
  });
  return id;
}

/** Tickets are told of as they are taken; scans are their own record, but who sent them is none of it. */
const beginningOf = (venueId: string): AuditNote => ({
  ...{ venueId, action: "importScans", target: [AuditTarget.VENUE, venueId] },
  summary: "Began to import scans from a file.",
});

export async function saveImport(em: EntityManager, id: string, progress: ImportProgress): Promise<void> {
  const { status, reason, lines, taken, repeated, skipped, bad, firstBad } = progress;
  await sql`/* import.save */
    update imports set status = ${status}, reason = ${reason}, lines = ${lines}, taken = ${taken},
      repeated = ${repeated}, skipped = ${skipped}, bad = ${bad}, first_bad = ${JSON.stringify(firstBad)}::jsonb,
      updated_at = ${new Date()}
    where id = ${id}`.execute(em.getKysely());
}

/** An import that has said nothing for so long runs no more: its server went without closing. */
const SILENT_MILLISECONDS = 60_000;

/** For the venue's owner and staff; null for everybody else, and where there is none. Throws UNAUTHENTICATED. */
export async function findImport(scope: Scope, id: string): Promise<Import | null> {
  const [found] = await readImports(scope, sql`id = ${id}`);
  return found ?? null;
}

const MOST_LISTED = 50;

/** The venue's latest fifty, newest first, under the same rights; none for everybody else. */
export const listImports = (scope: Scope, venueId: string): Promise<Import[]> =>
  readImports(scope, sql`venue_id = ${venueId}`);

async function readImports({ em, viewer }: Scope, condition: ReturnType<typeof sql>): Promise<Import[]> {
  if (viewer.kind === "anonymous") throw unauthenticated();
  const { rows } = await sql<object>`/* import.read */
    select * from imports where ${condition} order by id desc limit ${MOST_LISTED}`.execute(em.getKysely());
  const imports = toEntities(em, ImportEntity, rows).map(ended);
  const standings = await readStandings(em, viewer, [...new Set(imports.map(({ venueId }) => venueId))]);
  return imports.filter(({ venueId }) => mayReadRecords(standings.get(venueId) ?? "public"));
}

function ended(found: Import): Import {
  const isSilent = Date.now() - found.updatedAt.getTime() > SILENT_MILLISECONDS;
  if (found.status !== ImportStatus.RUNNING || !isSilent) return found;
  return { ...found, status: ImportStatus.FAILED, reason: "The server went away. Send the file again." };
}

const MOST_KEPT = 100;

/** The progress after these lines too. */
export function countLines(
  before: ImportProgress,
  outcomes: readonly LineOutcome[],
  bad: readonly BadLine[],
): ImportProgress {
  const counts = { taken: before.taken, repeated: before.repeated, skipped: before.skipped, bad: before.bad };
  for (const { kind } of outcomes) counts[kind] += 1;
  const firstBad =
    before.firstBad.length < MOST_KEPT ? [...before.firstBad, ...bad].slice(0, MOST_KEPT) : before.firstBad;
  return { ...before, ...counts, lines: before.lines + outcomes.length, firstBad };
}
