import { v7 as uuidv7 } from "uuid";
import { type Event, EventStatus } from "../entities/event.js";
import type { Reservation } from "../entities/reservation.js";
import { type Ticket, TicketStatus } from "../entities/ticket.js";
import { invalid, notFound, Refusal } from "../errors.js";
import { type ClaimedKey, requireKey } from "./idempotency-key.js";
import type { Places } from "./stock.js";
import { makeCode } from "./ticket-code.js";

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

/** What somebody asks to reserve, well formed. */
export interface Order {
  /** The reservation's, if it comes to one. */
  readonly id: string;
  readonly userId: string;
  readonly eventId: string;
  readonly items: readonly ReserveItem[];
  /** Of each type; an order may name one twice. */
  readonly places: Places;
  readonly count: number;
  readonly claim: ClaimedKey;
}

/** A ticket type as it was read, without a lock: by the time it is sold it may have fewer places free, or more. */
export interface Offer {
  readonly id: string;
  readonly priceMinor: number;
  readonly currency: string;
  readonly free: number;
  /** By the database's clock. */
  readonly now: Date;
}

export interface NewReservation {
  readonly reservation: Reservation;
  /** In the order of the items. */
  readonly tickets: readonly Ticket[];
}

const MOST_MINOR = 2_147_483_647;

/** Throws INVALID. */
export function makeOrder(userId: string, { eventId, items, idempotencyKey }: ReserveTicketsInput): Order {
  const key = requireKey(idempotencyKey);
  const count = countItems(items);
  const spelled = items.map(({ ticketTypeId, quantity }) => [ticketTypeId, quantity]);
  const claim = { userId, operation: "reserveTickets", key, input: [eventId, spelled] } as const;
  return { id: uuidv7(), userId, eventId, items, places: placesOf(items), count, claim };
}

/** How many places it is of all items. */
function countItems(items: readonly ReserveItem[]): number {
  if (items.length === 0) throw invalid("`items` is empty.", "items");
  const wrong = items.findIndex(({ quantity }) => !(Number.isInteger(quantity) && quantity >= 1));
  if (wrong >= 0) throw invalid("A quantity must be at least 1.", "items", String(wrong), "quantity");
  return items.reduce((sum, { quantity }) => sum + quantity, 0);
}

const placesOf = (items: readonly ReserveItem[]): Places =>
  items.reduce((places, { ticketTypeId, quantity }) => {
    return places.set(ticketTypeId, (places.get(ticketTypeId) ?? 0) + quantity);
  }, new Map<string, number>());

export function soldOut({ items }: Order, typeId: string): Refusal {
  const index = items.findIndex(({ ticketTypeId }) => ticketTypeId === typeId);
  return new Refusal("SOLD_OUT", "There are not as many places left.", ["items", String(index), "quantity"]);
}

/** Sales are open while the event is published and not over. */
export const isOnSale = ({ status, endsAt }: Pick<Event, "status" | "endsAt">): boolean =>
  status === EventStatus.PUBLISHED && endsAt.getTime() > Date.now();

/** Whether all its places seem to be free. */
export const seemsFree = ({ places }: Order, offers: readonly Offer[]): boolean =>
  offers.every(({ id, free }) => free >= (places.get(id) ?? 0));

/** At the prices of now. Throws NOT_FOUND for a type that is not offered, and INVALID where the total is too much. */
export function makeReservation(
  order: Order,
  { venueId }: Pick<Event, "venueId">,
  offers: readonly Offer[],
  { holdSeconds }: SalesRules,
): NewReservation {
  const { id, userId, eventId } = order;
  const lines = priced(order.items, offers);
  const [{ offer: first }] = lines;
  const createdAt = first.now;
  const expiresAt = new Date(createdAt.getTime() + holdSeconds * 1000);
  const totalMinor = lines.reduce((sum, { quantity, offer }) => sum + quantity * offer.priceMinor, 0);
  if (totalMinor > MOST_MINOR) throw invalid("The total is more than one payment can be.", "items");
  const status = TicketStatus.RESERVED;
  const { currency } = first;
  const reservation = { id, eventId, userId, status, totalMinor, currency, createdAt, expiresAt, paidAt: null };
  const tickets = lines.flatMap(({ quantity, offer }) =>
    Array.from({ length: quantity }, () => heldTicket(reservation, venueId, offer)),
  );
  return { reservation, tickets };
}

interface Line {
  readonly quantity: number;
  readonly offer: Offer;
}

/** As many as there are items, which are not empty. */
function priced(items: readonly ReserveItem[], offers: readonly Offer[]): [Line, ...Line[]] {
  const byId = new Map(offers.map((offer) => [offer.id, offer]));
  return items.map(({ ticketTypeId, quantity }, index) => {
    const offer = byId.get(ticketTypeId);
    if (offer === undefined) throw notFound("ticket type of this event", "items", String(index), "ticketTypeId");
    return { quantity, offer };
  }) as [Line, ...Line[]];
}

const heldTicket = (
  { id, eventId, userId, createdAt, expiresAt }: Reservation,
  venueId: string,
  offer: Offer,
): Ticket => ({
  id: uuidv7(),
  eventId,
  venueId,
  ticketTypeId: offer.id,
  holderId: userId,
  holderName: null,
  code: makeCode(),
  status: TicketStatus.RESERVED,
  reservationId: id,
  heldUntil: expiresAt,
  createdAt,
  paidAt: null,
  priceMinor: offer.priceMinor,
});
