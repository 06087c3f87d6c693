import type { PoolClient } from "pg";
import type { Event } from "../entities/event.js";
import { call, fly, type Statement } from "./flight.js";
import { claimCall } from "./idempotency-key.js";
import type { Offer, Order } from "./order.js";
import { LIMIT_STATEMENTS, limitCalls } from "./purchase-limit.js";

/** What an order is decided by. */
export interface OrderState {
  /** Whether the order's key is its own; else it was another's before, and the rest is of no concern. */
  readonly isClaimed: boolean;
  /** As it stays until the commit; null when there is none. */
  readonly event: OrderedEvent | null;
  /** One, unless the user was erased meanwhile. */
  readonly buyers: readonly object[];
  readonly holdings: readonly { readonly held: number }[];
  /** Of the types of the order that are the event's. */
  readonly offers: readonly Offer[];
}

export type OrderedEvent = Pick<Event, "id" | "venueId" | "status" | "endsAt">;

const BEGIN: Statement = { name: "order.begin", text: "begin" };

const EVENT: Statement = {
  name: "order.event",
  text: `/* order.event */
    select id, venue_id as "venueId", status, ends_at as "endsAt" from events where id = $1 for share`,
};

const OFFERS: Statement = {
  name: "order.offers",
  text: `/* order.offers */
    select id, price_minor as "priceMinor", currency, quantity - sold - reserved as free, clock_timestamp() as now
    from ticket_types where event_id = $1 and id = any($2::uuid[])`,
};

export const ORDER_READS: readonly Statement[] = [EVENT, ...LIMIT_STATEMENTS, OFFERS];

/**
 * Begins the transaction, claims the key, then locks and reads, all in one flight. A call under way with the same key is waited
 * for, and so is whoever changes the event, and another order of the user for it.
 */
export async function readOrder(client: PoolClient, order: Order): Promise<OrderState> {
  const { id, eventId, places, claim } = order;
  const [, claimed, [event = null], buyers, holdings, offers] = await fly(client, [
    call(BEGIN),
    claimCall(claim, id),
    call<OrderedEvent>(EVENT, [eventId]),
    ...limitCalls(order),
    call<Offer>(OFFERS, [eventId, [...places.keys()]]),
  ]);
  return { isClaimed: claimed.length > 0, event, buyers, holdings, offers };
}
