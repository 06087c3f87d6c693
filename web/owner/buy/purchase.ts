import type { ReserveItemInput, ReserveTicketsInput } from "../../generated/operations.js";
import { makeKey } from "../../kit/key.js";

/**
 * What somebody is buying, written down before it is asked for: asked again, after a double click, a reload or a lost answer,
 * it is bought once. It has no code of a ticket in it.
 */
export interface Purchase {
  readonly eventId: string;
  readonly items: readonly ReserveItemInput[];
  /** Of the order, and with the payer's token of the payment. */
  readonly idempotencyKey: string;
  /** Null until the answer came. */
  readonly reservationId: string | null;
  /** How many milliseconds the server's clock is ahead of this device's. */
  readonly clockAhead: number;
}

/** The buyer's own, at the venue: another who signs in here has nothing to do with it. */
const keyOf = (userId: string, venueId: string) => `gatehouse.purchase.${userId}.${venueId}`;

export function readPurchase(userId: string, venueId: string): Purchase | null {
  const text = localStorage.getItem(keyOf(userId, venueId));
  return text === null ? null : (JSON.parse(text) as Purchase);
}

export function writePurchase(userId: string, venueId: string, purchase: Purchase | null): void {
  if (purchase === null) localStorage.removeItem(keyOf(userId, venueId));
  else localStorage.setItem(keyOf(userId, venueId), JSON.stringify(purchase));
}

type Order = Pick<ReserveTicketsInput, "eventId" | "items">;

/** In the order of their types, none without a place. */
export function withQuantity(
  items: readonly ReserveItemInput[],
  ticketTypeId: string,
  quantity: number,
): readonly ReserveItemInput[] {
  const others = items.filter((item) => item.ticketTypeId !== ticketTypeId);
  const next = quantity > 0 ? [...others, { ticketTypeId, quantity }] : others;
  return next.sort((a, b) => (a.ticketTypeId < b.ticketTypeId ? -1 : 1));
}

/** The same one again under its key; another one is another purchase. */
export function purchaseOf(order: Order, before: Purchase | null): Purchase {
  if (before !== null && spelled(before) === spelled(order)) return before;
  return { ...order, idempotencyKey: makeKey(), reservationId: null, clockAhead: before?.clockAhead ?? 0 };
}

const spelled = ({ eventId, items }: Order) =>
  JSON.stringify([eventId, items.map(({ ticketTypeId, quantity }) => [ticketTypeId, quantity])]);
