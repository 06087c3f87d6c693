import { randomUUID } from "node:crypto";
import { decodeId } from "../../src/schema/ids.js";
import type { Client } from "./client.js";
import type { TestGatehouse } from "./server.js";
import { type Event, mutate, type UserError } from "./world.js";

export interface ReservationData {
  readonly id: string;
  readonly status: string;
  readonly expiresAt: string;
  readonly paidAt: string | null;
  readonly total: { readonly amountMinor: number; readonly currency: string };
  readonly tickets: readonly { readonly id: string; readonly status: string; readonly code: string | null }[];
}

export interface ReservationAnswer {
  readonly reservation: ReservationData | null;
  readonly replayed: boolean;
  readonly userErrors: readonly UserError[];
}

const RESERVATION = "id status expiresAt paidAt total { amountMinor currency } tickets { id status code }";
const PAYLOAD = `reservation { ${RESERVATION} } replayed`;

/** Places by the names of their types, under a fresh key unless one is given. */
export const reserve = (
  client: Client,
  event: Event,
  places: Readonly<Record<string, number>> = { Standard: 1 },
  idempotencyKey: string = randomUUID(),
): Promise<ReservationAnswer> =>
  mutate<Omit<ReservationAnswer, "userErrors">>(client, "reserveTickets", "ReserveTicketsInput", PAYLOAD, {
    eventId: event.id,
    items: Object.entries(places).map(([name, quantity]) => ({ ticketTypeId: event.types.get(name), quantity })),
    idempotencyKey,
  });

/** A reservation that must succeed. */
export async function held(...call: Parameters<typeof reserve>): Promise<ReservationData> {
  const { reservation, userErrors } = await reserve(...call);
  if (reservation === null) throw new Error(JSON.stringify(userErrors));
  return reservation;
}

export const pay = (
  client: Client,
  { id }: { readonly id: string },
  more: { readonly idempotencyKey?: string; readonly paymentToken?: string } = {},
): Promise<ReservationAnswer> =>
  mutate<Omit<ReservationAnswer, "userErrors">>(client, "payReservation", "PayReservationInput", PAYLOAD, {
    reservationId: id,
    idempotencyKey: randomUUID(),
    ...more,
  });

export const cancel = (client: Client, { id }: { readonly id: string }): Promise<ReservationAnswer> =>
  mutate<Omit<ReservationAnswer, "userErrors">>(client, "cancelReservation", "CancelReservationInput", PAYLOAD, {
    reservationId: id,
  });

/** The status that it came to, or the code of the first user error. */
export const outcomeOf = ({ reservation, userErrors }: ReservationAnswer): string =>
  userErrors[0]?.code ?? reservation?.status ?? "NOTHING";

export interface Stock {
  readonly quantity: number;
  readonly sold: number;
  readonly reserved: number;
  readonly available: number;
}

/** Of the event's only or named type, as anybody sees it. */
export async function stockOf(event: Event, type = "Standard"): Promise<Stock> {
  const query = `query ($id: ID!) { event(id: $id) { ticketTypes { id quantity sold reserved available } } }`;
  const { event: found } = await event.venue.owner.client.ok<{
    event: { ticketTypes: ({ id: string } & Stock)[] };
  }>(query, { id: event.id });
  const stock = found.ticketTypes.find(({ id }) => id === event.types.get(type));
  if (stock === undefined) throw new Error(`the event has no type ${type}`);
  const { id: _id, ...counts } = stock;
  return counts;
}

/** The reservation as its user reads it. */
export async function readReservation(
  client: Client,
  { id }: { readonly id: string },
): Promise<ReservationData | null> {
  const query = `query ($id: ID!) { reservation(id: $id) { ${RESERVATION} } }`;
  return (await client.ok<{ reservation: ReservationData | null }>(query, { id })).reservation;
}

/** An event of one type with this many places. */
export const eventWith = (venue: Event["venue"], quantity: number, price = 1_000): Promise<Event> =>
  venue.event({}, [{ name: "Standard", quantity, price: { amountMinor: price, currency: "EUR" } }]);

/** As if the time had passed: the hold has run out, and no job has said so yet. */
export async function lapse({ sql }: Pick<TestGatehouse, "sql">, { id }: { readonly id: string }): Promise<void> {
  await sql(
    `with lapsed as (update reservations set expires_at = now() where id = $1 returning id)
     update tickets t set held_until = now() from lapsed l where t.reservation_id = l.id`,
    [decodeId("rsv", id)],
  );
}
