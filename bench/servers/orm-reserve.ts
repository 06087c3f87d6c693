import { type InferEntity, LockMode } from "@mikro-orm/core";
import type { EntityManager } from "@mikro-orm/postgresql";
import { v7 as uuidv7 } from "uuid";
import { isOnSale, type ReserveItem } from "../../src/domain/order.js";
import { makeCode } from "../../src/domain/ticket-code.js";
import { type Event, EventEntity } from "../../src/entities/event.js";
import { ReservationEntity } from "../../src/entities/reservation.js";
import { TicketEntity, TicketStatus } from "../../src/entities/ticket.js";
import { TicketTypeEntity } from "../../src/entities/ticket-type.js";
import { notFound, Refusal } from "../../src/errors.js";
import type { Claims } from "./session.js";

export interface ReserveOrder extends Claims {
  readonly eventId: string;
  readonly items: readonly ReserveItem[];
  readonly key: string;
}

export interface Held {
  readonly reservation: InferEntity<typeof ReservationEntity>;
  readonly tickets: readonly InferEntity<typeof TicketEntity>[];
}

/** The ticket types of an order, locked. */
export type LockedTypes = ReadonlyMap<string, InferEntity<typeof TicketTypeEntity>>;

/** A transaction that locks the rows of the stock, and nothing else that the API promises. */
export async function reservePlaces(em: EntityManager, order: ReserveOrder, holdSeconds: number): Promise<Held> {
  const event = await findOnSale(em, order.eventId);
  return em.transactional(async (tx) => hold(tx, { order, event, types: await lockTypes(tx, order), holdSeconds }));
}

export async function findOnSale(em: EntityManager, eventId: string): Promise<Event> {
  const event = await em.findOne(EventEntity, eventId);
  if (event === null) throw notFound("event", "eventId");
  if (!isOnSale(event as Event)) throw new Refusal("SALES_CLOSED", "The event is not on sale.", ["eventId"]);
  return event as Event;
}

/** In the order of their ids, so that two orders wait for each other in line and not in a ring. */
export async function lockTypes(tx: EntityManager, { eventId, items }: ReserveOrder): Promise<LockedTypes> {
  const types = await tx.find(
    TicketTypeEntity,
    { id: { $in: items.map(({ ticketTypeId }) => ticketTypeId) }, eventId },
    { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: "asc" } },
  );
  return new Map(types.map((type) => [type.id, type]));
}

interface Holding {
  readonly order: ReserveOrder;
  readonly event: Event;
  readonly types: LockedTypes;
  readonly holdSeconds: number;
}

/** Written by the unit of work: at the commit, but for the reservation, which its tickets refer to. */
export async function hold(tx: EntityManager, { order, event, types, holdSeconds }: Holding): Promise<Held> {
  const now = new Date();
  const reservation = tx.create(ReservationEntity, {
    id: uuidv7(),
    eventId: event.id,
    userId: order.userId,
    status: TicketStatus.RESERVED,
    ...takePlaces(order.items, types),
    createdAt: now,
    expiresAt: new Date(now.getTime() + holdSeconds * 1000),
    paidAt: null,
  });
  await tx.flush();
  const tickets = order.items.flatMap(({ ticketTypeId, quantity }) =>
    Array.from({ length: quantity }, () =>
      tx.create(TicketEntity, {
        id: uuidv7(),
        eventId: event.id,
        venueId: event.venueId,
        ticketTypeId,
        holderId: order.userId,
        holderName: null,
        code: makeCode(),
        status: TicketStatus.RESERVED,
        reservationId: reservation.id,
        heldUntil: reservation.expiresAt,
        createdAt: now,
        paidAt: null,
      }),
    ),
  );
  return { reservation, tickets };
}

function takePlaces(items: readonly ReserveItem[], types: LockedTypes) {
  let totalMinor = 0;
  let currency = "";
  for (const [index, { ticketTypeId, quantity }] of items.entries()) {
    const type = types.get(ticketTypeId);
    if (type === undefined) throw notFound("ticket type of this event", "items", String(index), "ticketTypeId");
    if (type.quantity - type.sold - type.reserved < quantity) {
      throw new Refusal("SOLD_OUT", "There are not as many places left.", ["items", String(index), "quantity"]);
    }
    type.reserved += quantity;
    totalMinor += quantity * type.priceMinor;
    currency = type.currency;
  }
  return { totalMinor, currency };
}
