import type { PoolClient } from "pg";
import type { Reservation } from "../entities/reservation.js";
import type { Ticket } from "../entities/ticket.js";
import { type Call, call, fly, type Statement } from "./flight.js";
import { jobCall } from "./job.js";
import type { NewReservation, Order } from "./order.js";
import { holdCalls, releaseCalls } from "./stock.js";

const RESERVATION: Statement = {
  name: "order.reservation",
  text: `/* order.reservation */
    insert into reservations (id, event_id, user_id, status, total_minor, currency, created_at, expires_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8)`,
};

const TICKETS: Statement = {
  name: "order.tickets",
  text: `/* order.tickets */
    insert into tickets (id, ticket_type_id, code, price_minor,
      event_id, venue_id, holder_id, status, reservation_id, created_at, held_until)
    select t.*, $5::uuid, $6::uuid, $7::uuid, $8, $9::uuid, $10::timestamptz, $11::timestamptz
    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[]) t`,
};

const COMMIT: Statement = { name: "order.commit", text: "commit" };

/**
 * Writes the reservation with its tickets and the job that ends its hold, takes the places and commits, in one flight. Where a
 * type has too few places it fails, before the commit: see `soldOutType`. `hurried` takes what is free as it stands, with its row
 * locked as shortly as can be; else what has run out is freed first.
 */
export async function writeOrder(
  client: PoolClient,
  { places }: Order,
  { reservation, tickets }: NewReservation,
  { hurried }: { hurried: boolean },
): Promise<void> {
  const job = { task: "expire-hold", payload: { reservationId: reservation.id } } as const;
  const rows = [reservationCall(reservation), ticketsCall(reservation, tickets), jobCall(job, reservation.expiresAt)];
  const holds = holdCalls(places);
  // Who will probably find nothing writes nothing before.
  const calls = hurried ? [...rows, ...holds] : [...releaseCalls(places), ...holds, ...rows];
  await fly(client, [...calls, call(COMMIT)]);
}

const reservationCall = (reservation: Reservation): Call => {
  const { id, eventId, userId, status, totalMinor, currency, createdAt, expiresAt } = reservation;
  return call(RESERVATION, [id, eventId, userId, status, totalMinor, currency, createdAt, expiresAt]);
};

function ticketsCall(reservation: Reservation, tickets: readonly Ticket[]): Call {
  const { id, eventId, userId, status, createdAt, expiresAt } = reservation;
  return call(TICKETS, [
    tickets.map((ticket) => ticket.id),
    tickets.map((ticket) => ticket.ticketTypeId),
    tickets.map((ticket) => ticket.code),
    tickets.map((ticket) => ticket.priceMinor ?? 0),
    eventId,
    tickets[0]?.venueId ?? "",
    userId,
    status,
    id,
    createdAt,
    expiresAt,
  ]);
}
