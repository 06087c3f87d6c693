import type { PoolClient } from "pg";
import type { Scan } from "../entities/scan.js";
import { notFound } from "../errors.js";
import type { Attempt } from "./attempt.js";
import { type Carried, type CarriedRow, carriedOf } from "./carried.js";
import { PRESENCE_COLUMNS, SCAN_COLUMNS } from "./columns.js";
import { call, fly, type Statement } from "./flight.js";

/** All that is known of a ticket's past. */
export interface TicketPast {
  readonly scans: readonly Scan[];
  readonly carried: Carried;
}

const SCANS: Statement = {
  name: "gate.past",
  text: `/* gate.past */ select ${SCAN_COLUMNS} from scans s where s.ticket_id = any($1)`,
};

const CARRIED: Statement = {
  name: "gate.carried",
  text: `/* gate.carried */
    select distinct on (p.ticket_id) p.ticket_id as "ticketId", t.venue_id as "venueId", t.event_id as "eventId",
      t.ticket_type_id as "ticketTypeId", t.code, ${PRESENCE_COLUMNS}
    from carried_presences p join tickets t on t.id = p.ticket_id where p.ticket_id = any($1)
    order by p.ticket_id, p.month_at desc`,
};

const KEPT_FROM: Statement = {
  name: "gate.kept-from",
  text: `/* gate.kept-from */ select ends_at as "keptFrom" from scan_months order by starts_at desc limit 1`,
};

export const PAST_READS: readonly Statement[] = [SCANS, CARRIED, KEPT_FROM];

/** Whatever is configured, the months that touch so many days are kept. */
const SURELY_KEPT_DAYS = 27;

/** Whether it may have happened before what is kept: of few scans this is to be asked. */
export const isOld = ({ offline }: Attempt): boolean =>
  offline !== null && offline.scannedAt.getTime() < Date.now() - SURELY_KEPT_DAYS * 86_400_000;

/** From when on scans may be added and changed; no row: the configuration alone says it. */
export const callKeptFrom = () => call<{ readonly keptFrom: Date }>(KEPT_FROM);

/** Of each of the tickets. The scans first: once they are read, no month is detached or comes back until the transaction ends. */
export async function readPast(
  client: PoolClient,
  ticketIds: readonly string[],
): Promise<ReadonlyMap<string, TicketPast>> {
  if (ticketIds.length === 0) return new Map();
  const [scans, rows] = await fly(client, [call<Scan>(SCANS, [ticketIds]), call<CarriedRow>(CARRIED, [ticketIds])]);
  const byTicket = Map.groupBy(scans, ({ ticketId }) => ticketId);
  const carried = new Map(rows.map((row) => [row.ticketId, row]));
  return new Map(ticketIds.map((id) => [id, { scans: byTicket.get(id) ?? [], carried: carriedOf(carried.get(id)) }]));
}

/** Throws NOT_FOUND for a scan of a time of which nothing is changed any more. */
export async function requireKept(client: PoolClient, { scannedAt }: Pick<Scan, "scannedAt">): Promise<void> {
  const [[row]] = await fly(client, [callKeptFrom()]);
  if (row !== undefined && scannedAt < row.keptFrom) throw notFound("scan", "scanId");
}
