import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { type Payment, PaymentEntity, PaymentStatus } from "../entities/payment.js";
import { type Refund, RefundEntity } from "../entities/refund.js";
import { toEntities } from "./columns.js";
import type { PaymentProvider } from "./payment-provider.js";
import { refundUnearned } from "./refund.js";

/**
 * Brings an attempt to its end: takes an amount that is due, gives back one that was set aside for nothing. Again: nothing
 * more. Throws what the provider throws, and may then be called again.
 */
export async function settlePayment(em: EntityManager, provider: PaymentProvider, paymentId: string): Promise<void> {
  // Given up first: from here on no transaction can make it due.
  await movePayment(em, paymentId, [PaymentStatus.STARTED, PaymentStatus.AUTHORISED], PaymentStatus.RELEASED);
  const payment = await findPayment(em, paymentId);
  if (payment?.status === PaymentStatus.RELEASED && payment.capturedAt === null) {
    if (!(await provider.release(payment))) await em.transactional((tx) => refundUnearned(tx, paymentId));
  }
  if (payment?.status !== PaymentStatus.DUE) return;
  await provider.capture(payment);
  await writeCaptured(em, paymentId);
}

/**
 * Gives back what is due to go back. A payment that is due itself is taken first, for only then can a part of it go back; one
 * of which nothing is left to keep is released instead, if it has not been taken. Again: nothing more. Throws what the
 * provider throws, and may then be called again.
 */
export async function refundPayment(em: EntityManager, provider: PaymentProvider, paymentId: string): Promise<void> {
  await settlePayment(em, provider, paymentId);
  const payment = await findPayment(em, paymentId);
  if (payment === null) throw new Error(`the payment ${paymentId} has gone`);
  if (payment.status === PaymentStatus.REFUND_DUE && payment.capturedAt === null) {
    if (await provider.release(payment)) return writeRefunded(em, paymentId);
    await writeCaptured(em, paymentId);
  }
  for (const refund of await readDue(em, paymentId)) {
    if (refund.amountMinor > 0) await provider.refund(payment, refund);
    await writeRefunded(em, paymentId, refund.id);
  }
}

async function readDue(em: EntityManager, paymentId: string): Promise<Refund[]> {
  const { rows } = await sql<object>`/* refund.due */
    select * from refunds where payment_id = ${paymentId} and refunded_at is null order by created_at, id`.execute(
    em.getKysely(),
  );
  return toEntities(em, RefundEntity, rows);
}

/** The provider has given back one part, or all that was due; after the last of them the payment is REFUNDED. */
export async function writeRefunded(
  em: EntityManager,
  paymentId: string,
  refundId: string | null = null,
): Promise<void> {
  await em.transactional(async (tx) => {
    // The payment's lock first: of two that give back its last two parts, one sees both.
    await lockPayment(tx, paymentId);
    await sql`/* refund.done */
      update refunds set refunded_at = clock_timestamp()
      where payment_id = ${paymentId} and refunded_at is null and (${refundId}::uuid is null or id = ${refundId}::uuid)`.execute(
      tx.getKysely(),
    );
    await sql`/* payment.refunded */
      update payments set status = ${PaymentStatus.REFUNDED}, updated_at = clock_timestamp()
      where id = ${paymentId} and status = ${PaymentStatus.REFUND_DUE}
        and not exists (select from refunds where payment_id = ${paymentId} and refunded_at is null)`.execute(
      tx.getKysely(),
    );
  });
}

/** The provider has taken the money. It may be known already, and all of it may be due to go back by now. */
export async function writeCaptured(em: EntityManager, paymentId: string): Promise<void> {
  await sql`/* payment.captured */
    update payments set captured_at = coalesce(captured_at, clock_timestamp()), updated_at = clock_timestamp(),
      status = case status when ${PaymentStatus.DUE} then ${PaymentStatus.CAPTURED} else status end
    where id = ${paymentId} and status in (${PaymentStatus.DUE}, ${PaymentStatus.REFUND_DUE})`.execute(em.getKysely());
}

/** Whether it was in one of the states that it leaves. */
export async function movePayment(
  em: EntityManager,
  paymentId: string,
  from: readonly PaymentStatus[],
  to: PaymentStatus,
  reference: string | null = null,
): Promise<boolean> {
  const { rows } = await sql`/* payment.move */
    update payments set status = ${to}, reference = coalesce(${reference}, reference), updated_at = clock_timestamp()
    where id = ${paymentId} and status = any(${[...from]}::text[]) returning id`.execute(em.getKysely());
  return rows.length > 0;
}

export async function findPayment(em: EntityManager, id: string): Promise<Payment | null> {
  const { rows } = await sql<object>`/* payment.read */ select * from payments where id = ${id}`.execute(
    em.getKysely(),
  );
  return toEntities(em, PaymentEntity, rows)[0] ?? null;
}

/** The payment, held until the commit. The last lock of all who hold others too. */
export async function lockPayment(em: EntityManager, id: string): Promise<Payment | null> {
  const { rows } = await sql<object>`/* payment.lock */
    select * from payments where id = ${id} for no key update`.execute(em.getKysely());
  return toEntities(em, PaymentEntity, rows)[0] ?? null;
}
