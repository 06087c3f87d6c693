import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { v7 as uuidv7 } from "uuid";
import { type Event, EventEntity, EventStatus } from "../entities/event.js";
import { type Reservation, ReservationEntity } from "../entities/reservation.js";
import { TicketEntity, TicketStatus } from "../entities/ticket.js";
import { Role } from "../entities/user.js";
import { invalid, notFound, Refusal, unauthenticated } from "../errors.js";
import { toEntities } from "./columns.js";
import { endReservation, lockReservation } from "./hold-expiry.js";
import { claimKey, requireKey } from "./idempotency-key.js";
import { insertRows } from "./insert.js";
import { addJob } from "./job.js";
import type { Scope } from "./scope.js";
import { maySeeEvent, readStandings, requireUser } from "./standing.js";
import { takePlaces } from "./stock.js";
import { makeCode } from "./ticket-code.js";
import type { UserViewer } from "./viewer.js";

export interface ReserveTicketsInput {
  readonly eventId: string;
  readonly items: readonly ReserveItem[];
  readonly idempotencyKey: string;
}

export interface ReserveItem {
  readonly ticketTypeId: string;
  readonly quantity: number;
}

/** How places are sold on this server. */
export interface SalesRules {
  readonly holdSeconds: number;
  /** Of one event. */
  readonly ticketsPerUser: number;
}

/** What a call came to, or an earlier one with its key. */
export interface ReservationOutcome {
  readonly reservation: Reservation;
  readonly replayed: boolean;
}

interface Order {
  readonly event: Event;
  readonly userId: string;
  readonly items: readonly ReserveItem[];
  readonly count: number;
}

const MOST_MINOR = 2_147_483_647;

/**
 * Holds places for a short while, of all items or none. Throws INVALID, NOT_FOUND, SALES_CLOSED, LIMIT_EXCEEDED, SOLD_OUT and
 * KEY_REUSED.
 */
export async function reserveTickets(
  scope: Scope,
  input: ReserveTicketsInput,
  rules: SalesRules,
): Promise<ReservationOutcome> {
  const viewer = requireUser(scope.viewer);
  const { userId } = viewer;
  const key = requireKey(input.idempotencyKey);
  const count = countItems(input.items);
  const id = uuidv7();
  const claim = { userId, operation: "reserveTickets", key, input: [input.eventId, spelled(input.items)] } as const;
  const outcome = await scope.em.transactional(async (em) => {
    const earlier = await claimKey(em, claim, id);
    if (earlier !== null) return { reservation: await readReservation(em, earlier), replayed: true };
    const event = await requireOnSale(em, viewer, input.eventId);
    const order = { event, userId, items: input.items, count };
    await requireWithinLimit(em, order, rules.ticketsPerUser);
    const reservation = await insertReservation(em, id, order, rules.holdSeconds);
    // Last, since the rows of hot types are locked from here to the commit.
    await takePlaces(em, placesOf(input.items), "reserved", (typeId) => soldOut(input.items, typeId));
    return { reservation, replayed: false };
  });
  if (!outcome.replayed) scope.announce({ kind: "availability", eventId: input.eventId });
  return outcome;
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

/** How many places it is of all items. */
function countItems(items: readonly ReserveItem[]): number {
  if (items.length === 0) throw invalid("`items` is empty.", "items");
  const wrong = items.findIndex(({ quantity }) => !(Number.isInteger(quantity) && quantity >= 1));
  if (wrong >= 0) throw invalid("A quantity must be at least 1.", "items", String(wrong), "quantity");
  return items.reduce((sum, { quantity }) => sum + quantity, 0);
}

/** A type may be named twice. */
const placesOf = (items: readonly ReserveItem[]): Map<string, number> =>
  items.reduce((places, { ticketTypeId, quantity }) => {
    return places.set(ticketTypeId, (places.get(ticketTypeId) ?? 0) + quantity);
  }, new Map<string, number>());

const spelled = (items: readonly ReserveItem[]) => items.map(({ ticketTypeId, quantity }) => [ticketTypeId, quantity]);

const soldOut = (items: readonly ReserveItem[], typeId: string): Refusal =>
  new Refusal("SOLD_OUT", "There are not as many places left.", [
    "items",
    String(items.findIndex(({ ticketTypeId }) => ticketTypeId === typeId)),
    "quantity",
  ]);

/** The event, kept as it is until the commit. A cancelled one was on sale: who comes too late is told so. */
async function requireOnSale(em: EntityManager, viewer: UserViewer, eventId: string): Promise<Event> {
  const event = await holdEvent(em, eventId);
  if (event === null) throw notFound("event", "eventId");
  if (event.status === EventStatus.DRAFT) {
    const standing = (await readStandings(em, viewer, [event.venueId])).get(event.venueId) ?? "public";
    if (!maySeeEvent(standing, event.status)) throw notFound("event", "eventId");
  }
  if (!isOnSale(event)) throw new Refusal("SALES_CLOSED", "The event is not on sale.", ["eventId"]);
  return event;
}

/** Sales are open while the event is published and not over. */
export const isOnSale = ({ status, endsAt }: Event): boolean =>
  status === EventStatus.PUBLISHED && endsAt.getTime() > Date.now();

/** The event as it stays until the commit: nobody changes or cancels it meanwhile. */
export async function holdEvent(em: EntityManager, eventId: string): Promise<Event | null> {
  const { rows } = await sql<object>`/* reservation.event */
    select * from events where id = ${eventId} for share`.execute(em.getKysely());
  return toEntities(em, EventEntity, rows)[0] ?? null;
}

/**
 * Throws LIMIT_EXCEEDED when the user would hold more tickets of the event than one may, and UNAUTHENTICATED for one who was
 * erased meanwhile. One user's orders for an event are taken one after the other, for no constraint can count rows. Erasing changes a key, the address, so it waits for this lock.
 */
export async function requireWithinLimit(
  em: EntityManager,
  { event, userId, count }: Pick<Order, "event" | "userId" | "count">,
  ticketsPerUser: number,
): Promise<void> {
  const { rows: buyers } = await sql`/* reservation.queue */
    select pg_advisory_xact_lock(hashtextextended(${`${userId} ${event.id}`}, 0)) from users
    where id = ${userId} and password_hash is not null for key share`.execute(em.getKysely());
  if (buyers.length === 0) throw unauthenticated();
  const { rows } = await sql<{ held: number }>`/* reservation.limit */
    select count(*)::int as held from tickets
    where holder_id = ${userId} and event_id = ${event.id} and (status = ${TicketStatus.PAID}
      or (status = ${TicketStatus.RESERVED} and held_until > clock_timestamp()))`.execute(em.getKysely());
  if ((rows[0]?.held ?? 0) + count <= ticketsPerUser) return;
  throw new Refusal("LIMIT_EXCEEDED", `One may hold at most ${ticketsPerUser} tickets of an event.`, ["items"]);
}

/** With its tickets, and the job that ends the hold. */
async function insertReservation(
  em: EntityManager,
  id: string,
  order: Order,
  holdSeconds: number,
): Promise<Reservation> {
  const { event, userId } = order;
  const { totalMinor, currency, prices } = await priceOf(em, order);
  const { rows } = await sql<object>`/* reservation.insert */
    insert into reservations (id, event_id, user_id, status, total_minor, currency, created_at, expires_at)
    select ${id}, ${event.id}, ${userId}, ${TicketStatus.RESERVED}, ${totalMinor}, ${currency}, t.now,
      t.now + make_interval(secs => ${holdSeconds})
    from (select clock_timestamp() as now) t returning *`.execute(em.getKysely());
  const [reservation] = toEntities(em, ReservationEntity, rows);
  if (reservation === undefined) throw new Error("the reservation was not inserted");
  const tickets = order.items.flatMap(({ ticketTypeId, quantity }) =>
    Array.from({ length: quantity }, () => ({
      ...heldTicket(reservation, event),
      ticketTypeId,
      priceMinor: prices.get(ticketTypeId) ?? 0,
    })),
  );
  const inserted = await insertRows(em, TicketEntity, tickets);
  if (inserted.size < tickets.length) throw new Error("a code of 100 random bits came twice");
  await addJob(em, { task: "expire-hold", payload: { reservationId: id } }, reservation.expiresAt);
  return reservation;
}

const heldTicket = ({ id, userId, createdAt, expiresAt }: Reservation, { id: eventId, venueId }: Event) => ({
  id: uuidv7(),
  eventId,
  venueId,
  holderId: userId,
  holderName: null,
  code: makeCode(),
  status: TicketStatus.RESERVED,
  reservationId: id,
  heldUntil: expiresAt,
  createdAt,
  paidAt: null,
});

/** At the prices of now. Throws NOT_FOUND for a type of another event. */
async function priceOf(em: EntityManager, { event, items }: Order) {
  const { rows } = await sql<{ id: string; price: number; currency: string }>`/* reservation.prices */
    select id, price_minor as price, currency from ticket_types
    where event_id = ${event.id} and id = any(${items.map(({ ticketTypeId }) => ticketTypeId)}::uuid[])`.execute(
    em.getKysely(),
  );
  const prices = new Map(rows.map(({ id, price }) => [id, price]));
  const unknown = items.findIndex(({ ticketTypeId }) => !prices.has(ticketTypeId));
  if (unknown >= 0) throw notFound("ticket type of this event", "items", String(unknown), "ticketTypeId");
  const totalMinor = items.reduce((sum, item) => sum + item.quantity * (prices.get(item.ticketTypeId) ?? 0), 0);
  if (totalMinor > MOST_MINOR) throw invalid("The total is more than one payment can be.", "items");
  return { totalMinor, currency: rows[0]?.currency ?? "", prices };
}
