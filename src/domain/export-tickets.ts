import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { ScanDirection } from "../entities/scan.js";
import { type Ticket, TicketEntity } from "../entities/ticket.js";
import { toEntities } from "./columns.js";
import { EXPORT_PAGE_ROWS } from "./export-page.js";

/** A ticket, with what hangs on it. */
export interface ExportedTicket {
  readonly ticket: Ticket;
  readonly ticketType: string;
  readonly holderEmail: string | null;
  /** Who made its reservation; null for one that was issued. */
  readonly buyerId: string | null;
  readonly inside: boolean;
}

type Related = Omit<ExportedTicket, "ticket">;

/** The tickets of an event after this one, the oldest first. Nothing here is hidden from anybody. One statement. */
export async function readTicketsToExport(
  em: EntityManager,
  eventId: string,
  after: ExportedTicket | null,
): Promise<ExportedTicket[]> {
  const isAfter = after === null ? sql`true` : sql`t.id > ${after.ticket.id}`;
  const { rows } = await sql<Related>`/* export.tickets */
    select k.*, y.name as "ticketType", u.email as "holderEmail", r.user_id as "buyerId",
      coalesce(p.latest_direction = ${ScanDirection.ENTRY}, false) as inside
    from (
      select * from tickets t where t.event_id = ${eventId} and ${isAfter} order by t.id limit ${EXPORT_PAGE_ROWS}
    ) k
    join ticket_types y on y.id = k.ticket_type_id
    left join users u on u.id = k.holder_id
    left join reservations r on r.id = k.reservation_id
    left join presences p on p.ticket_id = k.id
    order by k.id`.execute(em.getKysely());
  const tickets = toEntities(em, TicketEntity, rows);
  return rows.map(({ ticketType, holderEmail, buyerId, inside }, index) => ({
    ticket: tickets[index] as Ticket,
    ticketType,
    holderEmail,
    buyerId,
    inside,
  }));
}
