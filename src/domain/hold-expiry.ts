import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { type Reservation, ReservationEntity } from "../entities/reservation.js";
import { type Ticket, TicketStatus } from "../entities/ticket.js";
import type { Announce } from "./change.js";
import { toEntities } from "./columns.js";
import { endHolds, lockTypes, type Places } from "./stock.js";

/** A hold past its end is EXPIRED, whether or not it has been written down. */
export function statusAt(
  { status, heldUntil }: Pick<Ticket, "status" | "heldUntil">,
  now: Date = new Date(),
): TicketStatus {
  const hasLapsed = status === TicketStatus.RESERVED && heldUntil !== null && heldUntil <= now;
  return hasLapsed ? TicketStatus.EXPIRED : status;
}

export const reservationStatus = ({ status, expiresAt }: Reservation): TicketStatus =>
  statusAt({ status, heldUntil: expiresAt });
export const ticketStatus = (ticket: Ticket): TicketStatus => statusAt(ticket);

/** The tickets of a reservation by what became of them, their types locked: so it stays until the commit. */
export interface TicketsByStatus {
  readonly held: Places;
  readonly expired: Places;
  readonly cancelled: Places;
}

/** The reservation, held until the commit; null when there is none. */
export async function lockReservation(em: EntityManager, id: string): Promise<Reservation | null> {
  const { rows } = await sql<object>`/* reservation.lock */
    select * from reservations where id = ${id} for update`.execute(em.getKysely());
  return toEntities(em, ReservationEntity, rows)[0] ?? null;
}

/** The caller has locked the reservation. */
export async function lockTickets(em: EntityManager, reservationId: string): Promise<TicketsByStatus> {
  const types = await sql<{ id: string }>`/* reservation.types */
    select distinct ticket_type_id as id from tickets where reservation_id = ${reservationId}`.execute(em.getKysely());
  await lockTypes(
    em,
    types.rows.map(({ id }) => id),
  );
  const { rows } = await sql<{ id: string; status: TicketStatus; count: number }>`/* reservation.places */
    select ticket_type_id as id, status, count(*)::int as count from tickets
    where reservation_id = ${reservationId} group by ticket_type_id, status`.execute(em.getKysely());
  const of = (wanted: TicketStatus): Places =>
    new Map(rows.filter(({ status }) => status === wanted).map(({ id, count }) => [id, count]));
  return {
    held: of(TicketStatus.RESERVED),
    expired: of(TicketStatus.EXPIRED),
    cancelled: of(TicketStatus.CANCELLED),
  };
}

/** Ends an unpaid reservation: what it still holds is free. The caller has locked it. */
export async function endReservation(
  em: EntityManager,
  id: string,
  status: TicketStatus.EXPIRED | TicketStatus.CANCELLED,
): Promise<void> {
  const { held } = await lockTickets(em, id);
  await endHolds(em, held, "free");
  await sql`/* reservation.end-tickets */
    update tickets set status = ${status}
    where reservation_id = ${id} and status in (${TicketStatus.RESERVED}, ${TicketStatus.EXPIRED})`.execute(
    em.getKysely(),
  );
  await sql`/* reservation.end */ update reservations set status = ${status} where id = ${id}`.execute(em.getKysely());
}

/** Writes down that a hold has run out, if it has: it may have been paid, cancelled or ended before. */
export async function expireHold(em: EntityManager, announce: Announce, reservationId: string): Promise<void> {
  const eventId = await em.transactional(async (tx) => {
    const reservation = await lockReservation(tx, reservationId);
    if (reservation === null || reservation.status !== TicketStatus.RESERVED) return null;
    const { rows } = await sql<{ hasLapsed: boolean }>`/* reservation.lapsed */
      select clock_timestamp() >= ${reservation.expiresAt} as "hasLapsed"`.execute(tx.getKysely());
    if (rows[0]?.hasLapsed !== true) throw new Error(`the hold ${reservationId} has not run out yet`);
    await endReservation(tx, reservationId, TicketStatus.EXPIRED);
    return reservation.eventId;
  });
  if (eventId !== null) announce({ kind: "availability", eventId });
}
