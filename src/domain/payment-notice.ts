import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { type Payment, PaymentStatus } from "../entities/payment.js";
import { Fault, Refusal } from "../errors.js";
import type { Announce } from "./change.js";
import { lockReservation, lockTickets } from "./hold-expiry.js";
import { holdScans } from "./occupancy.js";
import type { SalesRules } from "./order.js";
import type { PaymentNotice } from "./payment-provider.js";
import { refundUnearned } from "./refund.js";
import { holdEvent, readReservation } from "./reservation.js";
import { reverseSale, sellHold } from "./sale.js";
import { findPayment, lockPayment, movePayment, writeCaptured, writeRefunded } from "./settlement.js";

/** What notices change and whom they tell. */
export interface NoticeScope {
  readonly em: EntityManager;
  readonly announce: Announce;
  readonly rules: SalesRules;
}

const UNSETTLED: readonly PaymentStatus[] = [PaymentStatus.STARTED, PaymentStatus.AUTHORISED];
const PAID: readonly PaymentStatus[] = [PaymentStatus.DUE, PaymentStatus.CAPTURED];
const GIVEN_UP: readonly PaymentStatus[] = [PaymentStatus.RELEASED, PaymentStatus.DECLINED];
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Writes down what the provider tells, in one transaction. Again, late and in any order: nothing more. False where nobody knows
 * the charge, as one of another shop on the same account.
 *
 * `captured`: the payment is paid. A purchase that was left between its steps is completed, or, where its places are gone, the
 * money is due to go back; so is money that was taken for an attempt that had been given up.
 *
 * `refunded`: when all has gone back without our asking, the organizer has taken the sale back in the provider's dashboard:
 * its tickets are cancelled and their places free. A part that went back so is counted, and the tickets stay good: nobody
 * knows for which of them it was.
 */
export async function applyNotice(scope: NoticeScope, notice: PaymentNotice): Promise<boolean> {
  if (notice.kind === "other") return true;
  const known = UUID.test(notice.chargeId) ? await findPayment(scope.em, notice.chargeId) : null;
  if (known === null) return false;
  const eventId = await scope.em.transactional((em) =>
    notice.kind === "captured"
      ? applyCapture(em, known, scope.rules)
      : applyRefund(em, known, Math.min(notice.refundedMinor, known.amountMinor)),
  );
  if (eventId !== null) scope.announce({ kind: "availability", eventId });
  return true;
}

/**
 * Both answer the event whose places have changed hands. Locks are taken in the order of all who sell. That the payment is
 * locked before the sale makes no ring: who else would sell by it waits for the reservation.
 */
async function applyCapture(em: EntityManager, { id, reservationId }: Payment, rules: SalesRules) {
  const { eventId } = await readReservation(em, reservationId);
  await holdEvent(em, eventId);
  await lockReservation(em, reservationId);
  const payment = await lockPayment(em, id);
  if (payment === null) throw new Error(`the payment ${id} has gone`);
  const isUnsettled = UNSETTLED.includes(payment.status);
  const isSold = isUnsettled && (await trySale(em, payment, rules));
  if ((isUnsettled && !isSold) || GIVEN_UP.includes(payment.status)) await refundUnearned(em, id);
  else await writeCaptured(em, id);
  return isSold ? eventId : null;
}

/** In a part of the transaction that a refusal undoes. */
async function trySale(em: EntityManager, payment: Payment, rules: SalesRules): Promise<boolean> {
  try {
    await em.transactional((part) => sellHold(part, payment, rules));
    return true;
  } catch (error) {
    // A fault is that the buyer has been erased.
    if (!(error instanceof Refusal || error instanceof Fault)) throw error;
    await movePayment(em, payment.id, UNSETTLED, PaymentStatus.RELEASED);
    return false;
  }
}

async function applyRefund(em: EntityManager, { id, reservationId }: Payment, refundedMinor: number) {
  const { eventId } = await readReservation(em, reservationId);
  const event = await holdEvent(em, eventId);
  await lockReservation(em, reservationId);
  await lockTickets(em, reservationId);
  if (event !== null) await holdScans(em, event.venueId);
  const payment = await lockPayment(em, id);
  if (payment === null || refundedMinor === 0) return null;
  const isWhole = refundedMinor === payment.amountMinor;
  const isReversed = isWhole && PAID.includes(payment.status);
  if (isReversed) await reverseSale(em, reservationId);
  await writeRefundedMinor(em, id, refundedMinor);
  if (isWhole) await writeRefunded(em, id);
  return isReversed ? eventId : null;
}

/** A purchase between its steps is none when all its money has gone back. */
async function writeRefundedMinor(em: EntityManager, id: string, refundedMinor: number): Promise<void> {
  await sql`/* payment.refunded-minor */
    update payments set refunded_minor = greatest(refunded_minor, ${refundedMinor}), updated_at = clock_timestamp(),
      captured_at = coalesce(captured_at, clock_timestamp()),
      status = case
        when ${refundedMinor} < amount_minor then status
        when status = any(${[...PAID]}::text[]) then ${PaymentStatus.REFUND_DUE}
        when status = any(${[...UNSETTLED]}::text[]) then ${PaymentStatus.RELEASED}
        else status end
    where id = ${id}`.execute(em.getKysely());
}
