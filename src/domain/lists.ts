import { type RawBuilder, sql } from "kysely";
import { ReservationEntity } from "../entities/reservation.js";
import { type RefusalReason, ScanDirection, ScanEntity, type ScanOutcome } from "../entities/scan.js";
import { TicketEntity, TicketStatus } from "../entities/ticket.js";
import type { Schema } from "./columns.js";
import type { PageOrder, PageSpec } from "./page.js";

/** A list of the API: whose children, in which order, under which conditions. Equal names mean equal lists. */
export interface List<Entity extends Schema> {
  readonly name: string;
  readonly spec: PageSpec<Entity>;
}

export interface TicketFilter {
  readonly status: TicketStatus | null;
  readonly ticketTypeId: string | null;
  readonly inside: boolean | null;
}

export interface ScanFilter {
  readonly direction: ScanDirection | null;
  readonly outcome: ScanOutcome | null;
  readonly reason: RefusalReason | null;
  readonly gateId: string | null;
  /** At or after. */
  readonly from: Date | null;
  /** Before, not at. */
  readonly to: Date | null;
}

export const OLDEST_FIRST: readonly PageOrder[] = [{ column: "id", direction: "asc" }];
const LATEST_SCAN_FIRST: readonly PageOrder[] = [
  { column: "scanned_at", direction: "desc" },
  { column: "key", direction: "desc" },
  { column: "id", direction: "desc" },
];

/** A hold that has run out is EXPIRED, whether or not it has been written down. */
function hasTicketStatus(status: TicketStatus): RawBuilder<unknown> {
  const lapsed = sql`t.status = ${TicketStatus.RESERVED} and coalesce(t.held_until <= now(), false)`;
  if (status === TicketStatus.EXPIRED) return sql`(t.status = ${status} or ${lapsed})`;
  return status === TicketStatus.RESERVED ? sql`t.status = ${status} and not (${lapsed})` : sql`t.status = ${status}`;
}

/** The latest first. */
export const reservationsOfUser = (): List<typeof ReservationEntity> => ({
  name: "reservations user_id",
  spec: { entity: ReservationEntity, parentColumn: "user_id", order: [{ column: "id", direction: "desc" }] },
});

function ticketList(parentColumn: string, filter: TicketFilter): List<typeof TicketEntity> {
  const isInside = sql`exists (select from presences p
    where p.ticket_id = t.id and p.latest_direction = ${ScanDirection.ENTRY})`;
  const where = all([
    filter.status && hasTicketStatus(filter.status),
    filter.ticketTypeId && sql`t.ticket_type_id = ${filter.ticketTypeId}`,
    filter.inside === null ? null : filter.inside ? isInside : sql`not ${isInside}`,
  ]);
  return {
    name: `tickets ${parentColumn} ${JSON.stringify(filter)}`,
    spec: { entity: TicketEntity, parentColumn, order: OLDEST_FIRST, where },
  };
}

export const ticketsOfEvent = (filter: TicketFilter) => ticketList("event_id", filter);
export const ticketsOfHolder = (status: TicketStatus | null) =>
  ticketList("holder_id", { status, ticketTypeId: null, inside: null });

/** Which scans `t` the filter lets through. */
export const scanConditions = (filter: ScanFilter): RawBuilder<unknown> =>
  all([
    filter.direction && sql`t.direction = ${filter.direction}`,
    filter.outcome && sql`t.outcome = ${filter.outcome}`,
    filter.reason && sql`t.reason = ${filter.reason}`,
    filter.gateId && sql`t.gate_id = ${filter.gateId}`,
    filter.from && sql`t.scanned_at >= ${filter.from}`,
    filter.to && sql`t.scanned_at < ${filter.to}`,
  ]);

function scanList(parentColumn: string, filter: ScanFilter): List<typeof ScanEntity> {
  return {
    name: `scans ${parentColumn} ${JSON.stringify(filter)}`,
    spec: { entity: ScanEntity, parentColumn, order: LATEST_SCAN_FIRST, where: scanConditions(filter) },
  };
}

export const EVERY_SCAN: ScanFilter = {
  direction: null,
  outcome: null,
  reason: null,
  gateId: null,
  from: null,
  to: null,
};

export const scansOfTicket = () => scanList("ticket_id", EVERY_SCAN);
export const scansOfGate = (filter: ScanFilter) => scanList("gate_id", filter);
export const scansOfEvent = (filter: ScanFilter) => scanList("event_id", filter);

/** All the given conditions; those of null are not given. */
export function all(conditions: readonly (RawBuilder<unknown> | "" | null)[]): RawBuilder<unknown> {
  const given = conditions.filter((condition) => condition !== null && condition !== "");
  return given.length === 0 ? sql`true` : sql.join(given, sql` and `);
}
