import type { EntityManager } from "@mikro-orm/postgresql";
import { v7 as uuidv7 } from "uuid";
import { type Payment, PaymentEntity, PaymentStatus } from "../entities/payment.js";
import { Refusal } from "../errors.js";
import { type ClaimedKey, claimKey, findReplay, requireKey } from "./idempotency-key.js";
import { insertRows } from "./insert.js";
import { addJob } from "./job.js";
import type { SalesRules } from "./order.js";
import type { PaymentProvider } from "./payment-provider.js";
import { findReservation, type ReservationOutcome, readReservation, requireUnpaid } from "./reservation.js";
import { sellHold } from "./sale.js";
import type { Scope } from "./scope.js";
import { movePayment, settlePayment } from "./settlement.js";
import { requireUser } from "./standing.js";
import type { UserViewer } from "./viewer.js";

export interface PayReservationInput {
  readonly reservationId: string;
  readonly idempotencyKey: string;
  /** The payer's, for the provider. */
  readonly paymentToken: string;
}

/** When an attempt that nobody has brought to an end is looked at again. Longer than any provider takes to answer. */
const SETTLE_MILLISECONDS = 120_000;

interface Attempt {
  readonly claim: ClaimedKey;
  readonly payment: Payment;
  readonly rules: SalesRules;
}

/**
 * Turns the hold into paid tickets. No lock is held while the provider is asked:
 *
 * 1. a first transaction writes the attempt down, with a job that looks after it;
 * 2. the provider sets the amount aside;
 * 3. a second one makes the tickets paid and the payment DUE, both or neither;
 * 4. the provider takes the amount, or, where the second refused, gives it back.
 *
 * When the process dies before 3 has committed, the job finds the attempt unfinished and gives the amount back; when it dies
 * after, the job finds it DUE and takes the amount. Nobody pays without tickets, and no tickets stay unpaid.
 *
 * Throws NOT_FOUND, ALREADY_PAID, ALREADY_CANCELLED, PAYMENT_DECLINED, RESERVATION_EXPIRED, SALES_CLOSED, LIMIT_EXCEEDED,
 * KEY_REUSED.
 */
export async function payReservation(
  scope: Scope,
  input: PayReservationInput,
  provider: PaymentProvider,
  rules: SalesRules,
): Promise<ReservationOutcome> {
  const viewer = requireUser(scope.viewer);
  const key = requireKey(input.idempotencyKey);
  const { reservationId, paymentToken } = input;
  const claim = {
    userId: viewer.userId,
    operation: "payReservation",
    key,
    input: [reservationId, paymentToken],
  } as const;
  const earlier = await findReplay(scope.em, claim);
  if (earlier !== null) return { reservation: await readReservation(scope.em, earlier), replayed: true };
  const payment = await startPayment(scope.em, viewer, reservationId).catch(async (error: unknown) => {
    // Another with this key may have come to its end since it was looked up; the key is there if the reservation is paid.
    if ((await findReplay(scope.em, claim)) === null) throw error;
    return null;
  });
  if (payment === null) return { reservation: await readReservation(scope.em, reservationId), replayed: true };
  await authorise(scope.em, provider, payment, paymentToken);
  try {
    const outcome = await scope.em.transactional((em) => sellClaimed(em, { claim, payment, rules }));
    if (!outcome.replayed) scope.announce({ kind: "availability", eventId: outcome.reservation.eventId });
    return outcome;
  } finally {
    // The outcome stands; what fails here is the job's to repeat.
    await settlePayment(scope.em.fork(), provider, payment.id).catch(() => {});
  }
}

async function startPayment(em: EntityManager, viewer: UserViewer, reservationId: string): Promise<Payment> {
  return em.transactional(async (tx) => {
    const { totalMinor, currency } = requireUnpaid(await findReservation(tx, reservationId), viewer);
    const now = new Date();
    const payment: Payment = {
      id: uuidv7(),
      reservationId,
      status: PaymentStatus.STARTED,
      amountMinor: totalMinor,
      currency,
      reference: null,
      createdAt: now,
      updatedAt: now,
      capturedAt: null,
      refundedMinor: 0,
    };
    await insertRows(tx, PaymentEntity, [payment]);
    const settleAt = new Date(now.getTime() + SETTLE_MILLISECONDS);
    await addJob(tx, { task: "settle-payment", payload: { paymentId: payment.id } }, settleAt);
    return payment;
  });
}

async function authorise(em: EntityManager, provider: PaymentProvider, payment: Payment, token: string): Promise<void> {
  const answer = await provider.authorise(payment, token);
  if (answer.kind === "authorised") {
    await movePayment(em, payment.id, [PaymentStatus.STARTED], PaymentStatus.AUTHORISED, answer.reference);
    return;
  }
  await movePayment(em, payment.id, [PaymentStatus.STARTED], PaymentStatus.DECLINED);
  throw new Refusal("PAYMENT_DECLINED", answer.reason, ["paymentToken"]);
}

/** Of two who pay at once, the second waits for the first and finds it paid: by the same key a replay, else ALREADY_PAID. */
async function sellClaimed(em: EntityManager, { claim, payment, rules }: Attempt): Promise<ReservationOutcome> {
  const { reservationId } = payment;
  const earlier = await claimKey(em, claim, reservationId);
  if (earlier !== null) return { reservation: await readReservation(em, earlier), replayed: true };
  await sellHold(em, payment, rules);
  return { reservation: await readReservation(em, reservationId), replayed: false };
}
