import type { EntityManager } from "@mikro-orm/postgresql";
import { type RawBuilder, sql } from "kysely";
import { type Scan, ScanEntity } from "../entities/scan.js";
import { toEntities } from "./columns.js";
import { EXPORT_PAGE_ROWS } from "./export-page.js";
import { type ScanFilter, scanConditions } from "./lists.js";

/** A scan, with the names of what it names. */
export interface ExportedScan {
  readonly scan: Scan;
  readonly ticketType: string | null;
  readonly gate: string;
  readonly device: string | null;
}

type Names = Omit<ExportedScan, "scan">;

/**
 * The scans of an event after this one, the oldest first by (scanned_at, key, id). None of these ever changes, so that what was
 * there when the first page was read is met once, whatever is added meanwhile. One statement.
 */
export async function readScansToExport(
  em: EntityManager,
  eventId: string,
  filter: ScanFilter,
  after: ExportedScan | null,
): Promise<ExportedScan[]> {
  const { rows } = await sql<Names>`/* export.scans */
    select s.*, y.name as "ticketType", g.name as gate, d.name as device
    from (
      select * from scans t
      where t.event_id = ${eventId} and ${scanConditions(filter)} and ${isAfter(after?.scan ?? null)}
      order by t.scanned_at, t.key, t.id limit ${EXPORT_PAGE_ROWS}
    ) s
    join gates g on g.id = s.gate_id
    left join ticket_types y on y.id = s.ticket_type_id
    left join devices d on d.id = s.device_id
    order by s.scanned_at, s.key, s.id`.execute(em.getKysely());
  const scans = toEntities(em, ScanEntity, rows);
  return rows.map(({ ticketType, gate, device }, index) => ({ scan: scans[index] as Scan, ticketType, gate, device }));
}

/** The time stands alone too, so that months before it are not looked at. */
function isAfter(scan: Scan | null): RawBuilder<unknown> {
  if (scan === null) return sql`true`;
  const { scannedAt, key, id } = scan;
  return sql`t.scanned_at >= ${scannedAt} and (t.scanned_at, t.key, t.id) > (${scannedAt}, ${key}, ${id}::uuid)`;
}
