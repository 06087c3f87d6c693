import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { AuditTarget } from "../entities/audit-entry.js";
import { type Event, EventStatus } from "../entities/event.js";
import { type Payment, PaymentStatus } from "../entities/payment.js";
import type { Reservation } from "../entities/reservation.js";
import { type Ticket, TicketStatus } from "../entities/ticket.js";
import { Refusal } from "../errors.js";
import { type AuditNote, audit } from "./audit.js";
import { lockReservation, lockTickets, reservationStatus } from "./hold-expiry.js";
import { addMail } from "./mail.js";
import { mailTicketsCancelled } from "./mail-occasions.js";
import { isOnSale, type SalesRules } from "./order.js";
import { requireWithinLimit } from "./purchase-limit.js";
import { alreadyCancelled, holdEvent, readReservation, requireOpen } from "./reservation.js";
import { findPayment, movePayment } from "./settlement.js";
import { endHolds, sellPlaces } from "./stock.js";

/**
 * Makes the reservation's tickets paid and the payment for them DUE. Of a payment that has sold it already, by the provider's
 * notice: nothing more. Throws ALREADY_PAID, ALREADY_CANCELLED, PAYMENT_DECLINED, RESERVATION_EXPIRED, SALES_CLOSED,
 * LIMIT_EXCEEDED.
 */
export async function sellHold(em: EntityManager, payment: Payment, rules: SalesRules): Promise<void> {
  const { reservationId } = payment;
  const { eventId, userId } = await readReservation(em, reservationId);
  const event = await holdEvent(em, eventId);
  if (event === null || event.status === EventStatus.CANCELLED) throw alreadyCancelled();
  const reservation = await lockReservation(em, reservationId);
  if (reservation?.status === TicketStatus.PAID && (await hasSold(em, payment))) return;
  await requirePlaces(em, rules, event, requireOpen(reservation));
  await sql`/* sale.tickets */
    update tickets set status = ${TicketStatus.PAID}, paid_at = clock_timestamp()
    where reservation_id = ${reservationId}`.execute(em.getKysely());
  await sql`/* sale.reservation */
    update reservations set status = ${TicketStatus.PAID}, paid_at = clock_timestamp()
    where id = ${reservationId}`.execute(em.getKysely());
  const unsettled = [PaymentStatus.STARTED, PaymentStatus.AUTHORISED];
  const isDue = await movePayment(em, payment.id, unsettled, PaymentStatus.DUE);
  if (!isDue) throw new Refusal("PAYMENT_DECLINED", "The payment took too long.", ["paymentToken"]);
  await addMail(em, [{ userId, letter: { kind: "tickets", reservationId } }]);
}

async function hasSold(em: EntityManager, { id }: Payment): Promise<boolean> {
  const payment = await findPayment(em, id);
  return payment?.status === PaymentStatus.DUE || payment?.status === PaymentStatus.CAPTURED;
}

/** Makes the reservation's places sold ones, those that others may have taken meanwhile only if they are free. */
async function requirePlaces(
  em: EntityManager,
  rules: SalesRules,
  event: Event,
  reservation: Reservation,
): Promise<void> {
  const { id, userId } = reservation;
  if (reservationStatus(reservation) === TicketStatus.EXPIRED) {
    if (!isOnSale(event)) throw new Refusal("SALES_CLOSED", "The event is not on sale any more.", ["reservationId"]);
    const { count } = await countTickets(em, id);
    await requireWithinLimit(em, { eventId: event.id, userId, count }, rules.ticketsPerUser);
  }
  const { held, expired, cancelled } = await lockTickets(em, id);
  if (cancelled.size > 0) throw new Refusal("CONFLICT", "A ticket of it was cancelled.", ["reservationId"]);
  await endHolds(em, held, "sold");
  await sellPlaces(em, expired, () => {
    return new Refusal("RESERVATION_EXPIRED", "The hold ran out, and its places are gone.", ["reservationId"]);
  });
}

async function countTickets(em: EntityManager, reservationId: string): Promise<{ count: number }> {
  const { rows } = await sql<{ count: number }>`/* sale.count */
    select count(*)::int as count from tickets where reservation_id = ${reservationId}`.execute(em.getKysely());
  return rows[0] ?? { count: 0 };
}

/** Takes a sale back: its tickets are cancelled, and their places free. The caller holds the event and its venue's scans. */
export async function reverseSale(em: EntityManager, reservationId: string): Promise<void> {
  await lockTickets(em, reservationId);
  const { rows: cancelled } = await sql<Pick<Ticket, "id" | "holderId" | "venueId">>`/* sale.reverse */
    with cancelled as (
      update tickets set status = ${TicketStatus.CANCELLED}
      where reservation_id = ${reservationId} and status = ${TicketStatus.PAID} returning id, holder_id, venue_id, ticket_type_id
    ), freed as (
      update ticket_types y set sold = y.sold - c.count
      from (select ticket_type_id, count(*) as count from cancelled group by ticket_type_id) c
      where y.id = c.ticket_type_id
    )
    select id, holder_id as "holderId", venue_id as "venueId" from cancelled`.execute(em.getKysely());
  await mailTicketsCancelled(em, cancelled);
  const notes = cancelled.map(({ id, venueId }): AuditNote => {
    const summary = "Cancelled the ticket, since the payment provider gave its price back.";
    return { venueId, action: "cancelTicket", target: [AuditTarget.TICKET, id], summary };
  });
  await audit(em, null, ...notes);
  await sql`/* sale.reverse-reservation */
    update reservations set status = ${TicketStatus.CANCELLED} where id = ${reservationId}`.execute(em.getKysely());
}
