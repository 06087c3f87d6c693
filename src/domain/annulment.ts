import { sql } from "kysely";
import type { PoolClient } from "pg";
import { AuditTarget } from "../entities/audit-entry.js";
import { type Scan, ScanEntity, ScanOutcome } from "../entities/scan.js";
import { forbidden, notFound, Refusal, unauthenticated } from "../errors.js";
import { auditCall } from "./audit.js";
import { readCredential, readScan, type VenueRow } from "./batch-read.js";
import { toEntities } from "./columns.js";
import { call, type Statement } from "./flight.js";
import type { GateQueue, MakeChange } from "./gate-queue.js";
import { rewrite } from "./history.js";
import { Past } from "./past.js";
import type { Scope } from "./scope.js";
import { mayScan, readStandings } from "./standing.js";
import { requireText, type TextRule } from "./text.js";
import { requireKept } from "./ticket-past.js";
import type { Viewer } from "./viewer.js";

export interface AnnulScanInput {
  readonly scanId: string;
  readonly reason: string;
}

const REASON: TextRule = { least: 1, most: 500, multiline: true };
/** How long a device may take its own scans back. */
const OWN_SCAN_MINUTES = 15;

const ANNUL: Statement = {
  name: "annulment.insert",
  text: `/* annulment.insert */
    insert into annulments (scan_id, venue_id, user_id, device_id, reason, annulled_at)
    values ($1, $2, nullif($3, '')::uuid, nullif($4, '')::uuid, $5, $6)`,
};

/**
 * Takes an accepted scan back: all that is told of the past, and where its ticket is, are then as if it had not been. By its own
 * device within 15 minutes, by the owner and staff at any time; again: the same answer. Throws INVALID for the reason,
 * NOT_FOUND for a scan that the viewer may not see, CONFLICT for a refused or automatic one, UNAUTHENTICATED and FORBIDDEN.
 */
export async function annulScan(scope: Scope, queue: GateQueue, { scanId, reason }: AnnulScanInput): Promise<Scan> {
  const { viewer } = scope;
  if (viewer.kind === "anonymous") throw unauthenticated();
  const why = requireText(reason, REASON, "reason");
  const known = await findScan(scope, scanId);
  if (known === null) throw notFound("scan", "scanId");
  let annulled = known;
  const change: MakeChange = async (client, venue) => {
    await requireRight(client, known, viewer, venue);
    await requireKept(client, known);
    annulled = await readScan(client, known);
    if (annulled.outcome === ScanOutcome.ANNULLED && !annulled.automatic) return null;
    requireAnnullable(annulled);
    const { changes, scan } = await takeBack(client, annulled, venue);
    annulled = scan;
    return { changes, also: [noteOf(scan, viewer, why, venue.now), auditOf(scan, viewer)] };
  };
  await queue.change(known.venueId, change);
  return annulled;
}

/** Whoever works at the venue sees its scans; for others there is none. */
async function findScan({ em, viewer }: Scope, id: string): Promise<Scan | null> {
  const { rows } = await sql<object>`/* annulment.scan */ select * from scans where id = ${id}`.execute(em.getKysely());
  const [scan] = toEntities(em, ScanEntity, rows);
  if (scan === undefined) return null;
  const standing = (await readStandings(em, viewer, [scan.venueId])).get(scan.venueId) ?? "public";
  return mayScan(standing) ? scan : null;
}

/** Under the venue's lock: who has lost the right by now has lost it. */
async function requireRight(client: PoolClient, scan: Scan, viewer: Viewer, { now }: VenueRow): Promise<void> {
  const credential = await readCredential(client, scan.venueId, viewer);
  if (credential?.isValid !== true) throw unauthenticated("The token is no longer valid.");
  if (!credential.mayScan)
    throw forbidden("Only the venue's owner and its staff may annul a scan, and its own device.");
  if (viewer.kind !== "device") return;
  if (scan.deviceId !== viewer.deviceId) throw forbidden("A device may annul its own scans only.");
  if (now.getTime() - scan.receivedAt.getTime() > OWN_SCAN_MINUTES * 60_000) {
    throw forbidden(`A device may annul a scan within ${OWN_SCAN_MINUTES} minutes; ask the owner or staff.`);
  }
}

function requireAnnullable({ outcome, automatic }: Scan): void {
  if (automatic) throw new Refusal("CONFLICT", "An automatic exit cannot be annulled.", ["scanId"]);
  if (outcome === ScanOutcome.REFUSED) {
    throw new Refusal("CONFLICT", "A refused scan counts nobody: there is nothing to annul.", ["scanId"]);
  }
}

async function takeBack(client: PoolClient, scan: Scan, venue: VenueRow) {
  const changes = new Past(client, scan.venueId, venue);
  const taken: Scan = { ...scan, outcome: ScanOutcome.ANNULLED, odd: false };
  if (scan.ticketId === null) rewrite(changes, scan, taken);
  else
    await changes.retell([scan.ticketId], (each) => (each.id === scan.id ? { ...each, outcome: taken.outcome } : each));
  return { changes, scan: changes.rewritten.find(({ id }) => id === scan.id) ?? taken };
}

const noteOf = ({ id, venueId }: Scan, viewer: Viewer, reason: string, now: Date) =>
  call(ANNUL, [
    id,
    venueId,
    viewer.kind === "user" ? viewer.userId : "",
    viewer.kind === "device" ? viewer.deviceId : "",
    reason,
    now,
  ]);

/** Without the reason, which the annulment has: it is in somebody's own words. */
const auditOf = ({ id, venueId }: Scan, viewer: Viewer) =>
  auditCall(viewer, {
    ...{ venueId, action: "annulScan", target: [AuditTarget.SCAN, id] },
    summary: "Took the scan back: it counts no more.",
  });
