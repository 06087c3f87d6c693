import type { EntityManager } from "@mikro-orm/postgresql";
import { type RawBuilder, sql } from "kysely";
import { PaymentStatus } from "../entities/payment.js";
import type { Ticket } from "../entities/ticket.js";
import { REFUNDING } from "./job.js";

/** Payments of a cancelled event that one transaction writes down as due to go back. */
const BATCH = 500;

const PAID = sql`(${PaymentStatus.DUE}, ${PaymentStatus.CAPTURED})`;

/**
 * What is left of every payment for a cancelled event is due to go back. In batches, each with the jobs that ask the provider,
 * so that it goes on where it stopped; after the event was cancelled no payment is added.
 */
export async function refundEvent(em: EntityManager, eventId: string): Promise<void> {
  const batch = sql`
    select p.id as payment_id, null::uuid as ticket_id, p.amount_minor - p.refunded_minor as amount
    from payments p join reservations r on r.id = p.reservation_id
    where r.event_id = ${eventId} and p.status in ${PAID} order by p.id limit ${BATCH} for no key update of p`;
  while ((await em.transactional((tx) => writeRefunds(tx, batch))) > 0);
}

/** The price of a ticket that was cancelled is due to go back to whoever paid it; nothing for one that was issued. */
export async function refundTicket(em: EntityManager, { id, reservationId, priceMinor }: Ticket): Promise<void> {
  if (reservationId === null) return;
  await writeRefunds(
    em,
    sql`
    select id as payment_id, ${id}::uuid as ticket_id, least(${priceMinor}::int, amount_minor - refunded_minor) as amount
    from payments where reservation_id = ${reservationId} and status in ${PAID}
      and least(${priceMinor}::int, amount_minor - refunded_minor) > 0 for no key update`,
  );
}

/** An attempt that was given up, and whose money the provider has taken nevertheless. Again: nothing more. */
export async function refundUnearned(em: EntityManager, paymentId: string): Promise<void> {
  const { rows } = await sql`/* refund.unearned */
    update payments set captured_at = clock_timestamp() where id = ${paymentId} and captured_at is null
    returning id`.execute(em.getKysely());
  if (rows.length === 0) return;
  await writeRefunds(
    em,
    sql`
    select id as payment_id, null::uuid as ticket_id, amount_minor - refunded_minor as amount
    from payments where id = ${paymentId} for no key update`,
  );
}

/** For each locked row of `chosen` (payment_id, ticket_id, amount) a refund and its job. Answers how many there were. */
async function writeRefunds(em: EntityManager, chosen: RawBuilder<unknown>): Promise<number> {
  const { rows } = await sql`/* refund.write */
    with chosen as (${chosen}), paid as (
      update payments p set refunded_minor = p.refunded_minor + c.amount, updated_at = clock_timestamp(),
        status = case when p.status in ${PAID} and p.refunded_minor + c.amount = p.amount_minor
          then ${PaymentStatus.REFUND_DUE} else p.status end
      from chosen c where p.id = c.payment_id
    ), written as (
      insert into refunds (id, payment_id, ticket_id, amount_minor, created_at)
      select gen_random_uuid(), payment_id, ticket_id, amount, clock_timestamp() from chosen
    )
    select graphile_worker.add_job('refund-payment', json_build_object('paymentId', payment_id),
      max_attempts := ${REFUNDING.mostAttempts}, priority := ${REFUNDING.priority})
    from chosen`.execute(em.getKysely());
  return rows.length;
}
