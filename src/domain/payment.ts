import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { v7 as uuidv7 } from "uuid";
import { type Event, EventStatus } from "../entities/event.js";
import { type Payment, PaymentEntity, PaymentStatus } from "../entities/payment.js";
import type { Reservation } from "../entities/reservation.js";
import { TicketStatus } from "../entities/ticket.js";
import { Refusal } from "../errors.js";
import { toEntities } from "./columns.js";
import { lockReservation, lockTickets, reservationStatus } from "./hold-expiry.js";
import { type ClaimedKey, claimKey, findReplay, requireKey } from "./idempotency-key.js";
import { insertRows } from "./insert.js";
import { addJob } from "./job.js";
import type { PaymentProvider } from "./payment-provider.js";
import {
  alreadyCancelled,
  findReservation,
  holdEvent,
  isOnSale,
  type ReservationOutcome,
  readReservation,
  requireUnpaid,
  requireWithinLimit,
  type SalesRules,
} from "./reservation.js";
import type { Scope } from "./scope.js";
import { requireUser } from "./standing.js";
import { endHolds, takePlaces } from "./stock.js";
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
  readonly viewer: UserViewer;
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
  const payment = await startPayment(scope.em, viewer, reservationId);
  await authorise(scope.em, provider, payment, paymentToken);
  try {
    const outcome = await scope.em.transactional((em) => sellHold(em, { viewer, claim, payment, rules }));
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
    await move(em, payment.id, [PaymentStatus.STARTED], PaymentStatus.AUTHORISED, answer.reference);
    return;
  }
  await move(em, payment.id, [PaymentStatus.STARTED], PaymentStatus.DECLINED, null);
  throw new Refusal("PAYMENT_DECLINED", answer.reason, ["paymentToken"]);
}

/** Of two who pay at once, the second waits for the first and finds it paid: by the same key a replay, else ALREADY_PAID. */
async function sellHold(em: EntityManager, attempt: Attempt): Promise<ReservationOutcome> {
  const { viewer, claim, payment } = attempt;
  const { reservationId } = payment;
  const earlier = await claimKey(em, claim, reservationId);
  if (earlier !== null) return { reservation: await readReservation(em, earlier), replayed: true };
  const { eventId } = await readReservation(em, reservationId);
  const event = await holdEvent(em, eventId);
  if (event === null || event.status === EventStatus.CANCELLED) throw alreadyCancelled();
  await requirePlaces(em, attempt, event, requireUnpaid(await lockReservation(em, reservationId), viewer));
  await sql`/* payment.tickets */
    update tickets set status = ${TicketStatus.PAID}, paid_at = clock_timestamp()
    where reservation_id = ${reservationId}`.execute(em.getKysely());
  await sql`/* payment.reservation */
    update reservations set status = ${TicketStatus.PAID}, paid_at = clock_timestamp()
    where id = ${reservationId}`.execute(em.getKysely());
  const isDue = await move(em, payment.id, [PaymentStatus.AUTHORISED], PaymentStatus.DUE, null);
  if (!isDue) throw new Refusal("PAYMENT_DECLINED", "The payment took too long.", ["paymentToken"]);
  return { reservation: await readReservation(em, reservationId), replayed: false };
}

/** Makes the reservation's places sold ones, those that others may have taken meanwhile only if they are free. */
async function requirePlaces(
  em: EntityManager,
  { rules }: Attempt,
  event: Event,
  reservation: Reservation,
): Promise<void> {
  const { id, userId } = reservation;
  if (reservationStatus(reservation) === TicketStatus.EXPIRED) {
    if (!isOnSale(event)) throw new Refusal("SALES_CLOSED", "The event is not on sale any more.", ["reservationId"]);
    const { count } = await countTickets(em, id);
    await requireWithinLimit(em, { event, userId, count }, rules.ticketsPerUser);
  }
  const { held, expired, cancelled } = await lockTickets(em, id);
  if (cancelled.size > 0) throw new Refusal("CONFLICT", "A ticket of it was cancelled.", ["reservationId"]);
  await endHolds(em, held, "sold");
  await takePlaces(em, expired, "sold", () => {
    return new Refusal("RESERVATION_EXPIRED", "The hold ran out, and its places are gone.", ["reservationId"]);
  });
}

async function countTickets(em: EntityManager, reservationId: string): Promise<{ count: number }> {
  const { rows } = await sql<{ count: number }>`/* payment.count */
    select count(*)::int as count from tickets where reservation_id = ${reservationId}`.execute(em.getKysely());
  return rows[0] ?? { count: 0 };
}

/**
 * Brings an attempt to its end: takes an amount that is due, gives back one that was set aside for nothing. Again: nothing
 * more. Throws what the provider throws, and may then be called again.
 */
export async function settlePayment(em: EntityManager, provider: PaymentProvider, paymentId: string): Promise<void> {
  // Given up first: from here on no transaction can make it due.
  await move(em, paymentId, [PaymentStatus.STARTED, PaymentStatus.AUTHORISED], PaymentStatus.RELEASED, null);
  const payment = await findPayment(em, paymentId);
  if (payment?.status === PaymentStatus.RELEASED) await provider.release(payment, payment.reference);
  if (payment?.status !== PaymentStatus.DUE) return;
  await provider.capture(payment, payment.reference);
  await move(em, paymentId, [PaymentStatus.DUE], PaymentStatus.CAPTURED, null);
}

/** Whether it was in one of the states that it leaves. */
async function move(
  em: EntityManager,
  paymentId: string,
  from: readonly PaymentStatus[],
  to: PaymentStatus,
  reference: string | null,
): Promise<boolean> {
  const { rows } = await sql`/* payment.move */
    update payments set status = ${to}, reference = coalesce(${reference}, reference), updated_at = clock_timestamp()
    where id = ${paymentId} and status = any(${[...from]}::text[]) returning id`.execute(em.getKysely());
  return rows.length > 0;
}

async function findPayment(em: EntityManager, id: string): Promise<Payment | null> {
  const { rows } = await sql<object>`/* payment.read */ select * from payments where id = ${id}`.execute(
    em.getKysely(),
  );
  return toEntities(em, PaymentEntity, rows)[0] ?? null;
}
