import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { type Scan, ScanEntity } from "../entities/scan.js";
import { badInput } from "../errors.js";
import { toEntities } from "./columns.js";
import { readVersion } from "./occupancy.js";

export type { Scan };

/** Scans of a venue in the order of their commits. */
export interface ScanPage {
  /** The venue's: all scans up to this one have been read. */
  readonly version: number;
  readonly scans: readonly Scan[];
  /** Whether there were no more at that time. */
  readonly isComplete: boolean;
}

/** How many of a venue's changes ago one may begin. Farther back there are lists and exports. */
const FARTHEST_BACK = 100_000;

/** The venue's version from which to follow its scans: the scan's, or the present one. Throws BAD_USER_INPUT. */
export async function findBeginning(em: EntityManager, venueId: string, afterId: string | null): Promise<number> {
  const present = (await readVersion(em, venueId)) ?? 0;
  if (afterId === null) return present;
  const { rows } = await sql<{ version: string }>`/* scan-log.after */
    select version from scans where id = ${afterId} and venue_id = ${venueId}`.execute(em.getKysely());
  const [scan] = rows;
  if (scan === undefined) throw badInput("`after` is the id of no scan of this venue.");
  const version = Number(scan.version);
  if (present - version <= FARTHEST_BACK) return version;
  throw badInput(
    `\`after\` is too far back: more than ${FARTHEST_BACK.toLocaleString("en")} changes were committed since. ` +
      "Read what you have missed from `Gate.scans` or the export, and subscribe without `after`.",
  );
}

/** What was committed after the version, of all gates or one; null where there is no such venue. */
export async function readScansSince(
  em: EntityManager,
  { venueId, gateId, version, most }: { venueId: string; gateId: string | null; version: number; most: number },
): Promise<ScanPage | null> {
  // First, so that what is committed meanwhile is left for the next page.
  const present = await readVersion(em, venueId);
  if (present === null || present === version)
    return present === null ? null : { version, scans: [], isComplete: true };
  const ofGate = gateId === null ? sql`` : sql`and gate_id = ${gateId}`;
  const { rows } = await sql<object>`/* scan-log.page */
    select * from scans where venue_id = ${venueId} and version > ${version} and version <= ${present} ${ofGate}
    order by version limit ${most}`.execute(em.getKysely());
  const scans = toEntities(em, ScanEntity, rows);
  const isComplete = scans.length < most;
  return { version: isComplete ? present : (scans.at(-1)?.version ?? present), scans, isComplete };
}
