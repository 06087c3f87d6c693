import { createHash } from "node:crypto";
import type { EntityManager } from "@mikro-orm/postgresql";
import { addJob } from "../../src/domain/job.js";
import { IdempotencyKeyEntity } from "../../src/entities/idempotency-key.js";
import { ReservationEntity } from "../../src/entities/reservation.js";
import { SessionEntity } from "../../src/entities/session.js";
import { TicketEntity, TicketStatus } from "../../src/entities/ticket.js";
import { Refusal, unauthenticated } from "../../src/errors.js";
import { findOnSale, type Held, hold, lockTypes, type ReserveOrder } from "./orm-reserve.js";

export interface SalesRules {
  readonly holdSeconds: number;
  readonly ticketsPerUser: number;
}

const OPERATION = "reserveTickets";

/** With the rest that the API promises: an ended session, a repeated key, the limit of a user, the end of the hold. */
export async function reserveWhole(
  em: EntityManager,
  order: ReserveOrder,
  { holdSeconds, ticketsPerUser }: SalesRules,
): Promise<Held & { readonly replayed: boolean }> {
  await requireSession(em, order);
  const earlier = await findReplay(em, order);
  if (earlier !== null) return { ...earlier, replayed: true };
  const event = await findOnSale(em, order.eventId);
  return em.transactional(async (tx) => {
    const types = await lockTypes(tx, order);
    // Under the lock, or two orders at once would each find room for both.
    await requireWithinLimit(tx, order, ticketsPerUser);
    const held = await hold(tx, { order, event, types, holdSeconds });
    keepKey(tx, order, held);
    const { id, expiresAt } = held.reservation;
    await addJob(tx, { task: "expire-hold", payload: { reservationId: id } }, expiresAt);
    return { ...held, replayed: false };
  });
}

async function requireSession(em: EntityManager, { sessionId, userId }: ReserveOrder): Promise<void> {
  const session = await em.findOne(SessionEntity, { id: sessionId, userId, endedAt: null });
  if (session === null) throw unauthenticated();
}

async function findReplay(em: EntityManager, order: ReserveOrder): Promise<Held | null> {
  const { userId, key } = order;
  const stored = await em.findOne(IdempotencyKeyEntity, { userId, operation: OPERATION, key });
  if (stored === null) return null;
  if (!digestOf(order).equals(stored.inputDigest)) {
    throw new Refusal("KEY_REUSED", "This key was used before with a different input.", ["idempotencyKey"]);
  }
  const reservation = await em.findOneOrFail(ReservationEntity, stored.reservationId);
  return { reservation, tickets: await em.find(TicketEntity, { reservationId: reservation.id }) };
}

/** Of two calls at once with one key, the primary key lets one through. */
function keepKey(tx: EntityManager, order: ReserveOrder, { reservation }: Held): void {
  tx.create(IdempotencyKeyEntity, {
    userId: order.userId,
    operation: OPERATION,
    key: order.key,
    inputDigest: digestOf(order),
    reservationId: reservation.id,
    createdAt: reservation.createdAt,
  });
}

const digestOf = ({ eventId, items }: ReserveOrder): Buffer =>
  createHash("sha256")
    .update(JSON.stringify([eventId, items]))
    .digest();

async function requireWithinLimit(tx: EntityManager, order: ReserveOrder, ticketsPerUser: number): Promise<void> {
  const { userId: holderId, eventId, items } = order;
  const isHeld = { status: TicketStatus.RESERVED, heldUntil: { $gt: new Date() } };
  const held = await tx.count(TicketEntity, { holderId, eventId, $or: [{ status: TicketStatus.PAID }, isHeld] });
  const wanted = items.reduce((sum, { quantity }) => sum + quantity, 0);
  if (held + wanted <= ticketsPerUser) return;
  throw new Refusal("LIMIT_EXCEEDED", `One may hold at most ${ticketsPerUser} tickets of an event.`, ["items"]);
}
