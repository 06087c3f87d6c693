import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import type { Pool } from "pg";
import { type Event, EventEntity, EventStatus } from "../entities/event.js";
import { type Reservation, ReservationEntity } from "../entities/reservation.js";
import { type Ticket, TicketStatus } from "../entities/ticket.js";
import { Role } from "../entities/user.js";
import { notFound, Refusal } from "../errors.js";
import { toEntities } from "./columns.js";
import { endReservation, lockReservation } from "./hold-expiry.js";
import { findReplay } from "./idempotency-key.js";
import {
  isOnSale,
  makeOrder,
  makeReservation,
  type NewReservation,
  type Order,
  type ReserveTicketsInput,
  type SalesRules,
  seemsFree,
  soldOut,
} from "./order.js";
import { type OrderedEvent, readOrder } from "./order-read.js";
import { writeOrder } from "./order-write.js";
import { checkLimit } from "./purchase-limit.js";
import type { Scope } from "./scope.js";
import { maySeeEvent, readStandings, requireUser } from "./standing.js";
import { soldOutType } from "./stock.js";
import { inTransaction } from "./transaction.js";
import type { UserViewer } from "./viewer.js";

/** What a call came to, or an earlier one with its key. */
export interface ReservationOutcome {
  readonly reservation: Reservation;
  readonly replayed: boolean;
}

/** Of `reserveTickets`; a replay does not read the tickets. */
export interface ReserveOutcome extends ReservationOutcome {
  readonly tickets: readonly Ticket[] | null;
}

/**
 * Holds places for a short while, of all items or none. Throws INVALID, NOT_FOUND, SALES_CLOSED, LIMIT_EXCEEDED, SOLD_OUT and
 * KEY_REUSED.
 *
 * Two flights: one claims the key, locks and reads, the other writes and commits. What ran out is freed only for an order that
 * finds too few places without it.
 */
export async function reserveTickets(
  scope: Scope,
  pool: Pool,
  input: ReserveTicketsInput,
  rules: SalesRules,
): Promise<ReserveOutcome> {
  const viewer = requireUser(scope.viewer);
  const order = makeOrder(viewer.userId, input);
  const attempt = (hurried: boolean) => tryOrder(scope, pool, { viewer, order, rules, hurried });
  const made = await attempt(true).catch((error: unknown) => {
    if (soldOutType(error) === null) throw error;
    return attempt(false).catch((failure: unknown) => {
      const type = soldOutType(failure);
      throw type === null ? failure : soldOut(order, type);
    });
  });
  if (made === null) return replay(scope.em, order);
  scope.announce({ kind: "availability", eventId: order.eventId });
  return { ...made, replayed: false };
}

interface Attempt {
  readonly viewer: UserViewer;
  readonly order: Order;
  readonly rules: SalesRules;
  /** Of one that is not, all that ran out is freed before the places are taken. */
  readonly hurried: boolean;
}

/** Null: its key was claimed before. Throws what `soldOutType` knows where there were too few places. */
function tryOrder(
  scope: Scope,
  pool: Pool,
  { viewer, order, rules, hurried }: Attempt,
): Promise<NewReservation | null> {
  return inTransaction(pool, async (client) => {
    const { isClaimed, event, buyers, holdings, offers } = await readOrder(client, order);
    if (!isClaimed) {
      await client.query("rollback");
      return null;
    }
    if (event === null || !isOnSale(event)) throw await closedTo(scope.em, viewer, event);
    checkLimit(order, buyers, holdings, rules.ticketsPerUser);
    const made = makeReservation(order, event, offers, rules);
    await writeOrder(client, order, made, { hurried: hurried && seemsFree(order, offers) });
    return made;
  });
}

async function replay(em: EntityManager, { claim }: Order): Promise<ReserveOutcome> {
  const earlier = await findReplay(em, claim);
  if (earlier === null) throw new Error("a key that was claimed has gone");
  return { reservation: await readReservation(em, earlier), tickets: null, replayed: true };
}

/** A draft is like nothing to the public. A cancelled event was on sale: who comes too late is told so. */
async function closedTo(em: EntityManager, viewer: UserViewer, event: OrderedEvent | null): Promise<Refusal> {
  if (event === null) return notFound("event", "eventId");
  if (event.status === EventStatus.DRAFT) {
    const standing = (await readStandings(em, viewer, [event.venueId])).get(event.venueId) ?? "public";
    if (!maySeeEvent(standing, event.status)) return notFound("event", "eventId");
  }
  return new Refusal("SALES_CLOSED", "The event is not on sale.", ["eventId"]);
}

/** Gives the places of an unpaid reservation back. Throws NOT_FOUND, ALREADY_PAID and ALREADY_CANCELLED. */
export async function cancelReservation(scope: Scope, reservationId: string): Promise<Reservation> {
  const viewer = requireUser(scope.viewer);
  const reservation = await scope.em.transactional(async (em) => {
    await requireUnpaid(await lockReservation(em, reservationId), viewer);
    await endReservation(em, reservationId, TicketStatus.CANCELLED);
    return readReservation(em, reservationId);
  });
  scope.announce({ kind: "availability", eventId: reservation.eventId });
  return reservation;
}

/** A reservation that the viewer may pay or cancel, whether or not its hold has run out. */
export function requireUnpaid(reservation: Reservation | null, viewer: UserViewer): Reservation {
  const isTheirs = reservation?.userId === viewer.userId || viewer.role === Role.ADMIN;
  return requireOpen(isTheirs ? reservation : null);
}

/** A reservation that is neither paid nor cancelled. */
export function requireOpen(reservation: Reservation | null): Reservation {
  if (reservation === null) throw notFound("reservation", "reservationId");
  if (reservation.status === TicketStatus.PAID) {
    throw new Refusal("ALREADY_PAID", "The reservation is paid.", ["reservationId"]);
  }
  if (reservation.status === TicketStatus.CANCELLED) throw alreadyCancelled();
  return reservation;
}

export const alreadyCancelled = (): Refusal =>
  new Refusal("ALREADY_CANCELLED", "The reservation is cancelled.", ["reservationId"]);

export async function findReservation(em: EntityManager, id: string): Promise<Reservation | null> {
  const { rows } = await sql<object>`/* reservation.read */
    select * from reservations where id = ${id}`.execute(em.getKysely());
  return toEntities(em, ReservationEntity, rows)[0] ?? null;
}

/** One that is known to be there. */
export async function readReservation(em: EntityManager, id: string): Promise<Reservation> {
  const reservation = await findReservation(em, id);
  if (reservation === null) throw new Error(`the reservation ${id} has gone`);
  return reservation;
}

/** The event as it stays until the commit: nobody changes or cancels it meanwhile. */
export async function holdEvent(em: EntityManager, eventId: string): Promise<Event | null> {
  const { rows } = await sql<object>`/* reservation.event */
    select * from events where id = ${eventId} for share`.execute(em.getKysely());
  return toEntities(em, EventEntity, rows)[0] ?? null;
}
