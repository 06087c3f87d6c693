import type { EntityManager } from "@mikro-orm/postgresql";
import { type RawBuilder, sql } from "kysely";
import { TicketStatus } from "../entities/ticket.js";
import type { OptionalMail } from "../entities/user.js";
import type { Location } from "./place.js";
import type { Money } from "./ticket-type.js";

/** Somebody who can be written to. */
export interface Recipient {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly mailOptOut: readonly OptionalMail[];
}

export interface EventFacts {
  readonly id: string;
  readonly title: string;
  readonly isCancelled: boolean;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly doorsOpenAt: Date;
  readonly venueName: string;
  readonly address: string;
  readonly location: Location | null;
  /** An IANA name. */
  readonly timeZone: string;
  /** Seconds from its making to its latest change of any kind: grows with every one. */
  readonly revision: number;
}

export interface TicketFacts {
  readonly id: string;
  readonly eventId: string;
  readonly code: string;
  readonly typeName: string;
  readonly holderName: string | null;
  /** Whether somebody paid for it. */
  readonly isBought: boolean;
}

/** Null for a person who has been erased. */
export async function readRecipient(em: EntityManager, userId: string): Promise<Recipient | null> {
  const { rows } = await sql<Recipient>`/* mail.recipient */
    select id, name, email, mail_opt_out as "mailOptOut" from users
    where id = ${userId} and email is not null`.execute(em.getKysely());
  return rows[0] ?? null;
}

/** The name of somebody else, null of nobody. */
export async function readName(em: EntityManager, userId: string | null): Promise<string | null> {
  const { rows } = await sql<{ name: string }>`/* mail.name */
    select name from users where id = ${userId} and email is not null`.execute(em.getKysely());
  return rows[0]?.name ?? null;
}

export async function readEventFacts(em: EntityManager, eventId: string): Promise<EventFacts> {
  const { rows } = await sql<EventRow>`/* mail.event */
    select e.id, e.title, e.status = 'CANCELLED' as "isCancelled", e.starts_at as "startsAt", e.ends_at as "endsAt",
      e.doors_open_at as "doorsOpenAt", v.name as "venueName", v.address, v.latitude, v.longitude, v.time_zone as "timeZone",
      floor(extract(epoch from greatest(e.updated_at, v.updated_at) - e.created_at))::float8 as revision
    from events e join venues v on v.id = e.venue_id where e.id = ${eventId}`.execute(em.getKysely());
  const [row] = rows;
  if (row === undefined) throw new Error(`the event ${eventId} has gone`);
  const { latitude, longitude, startsAt, endsAt, doorsOpenAt, ...others } = row;
  return {
    ...others,
    startsAt: new Date(startsAt),
    endsAt: new Date(endsAt),
    doorsOpenAt: new Date(doorsOpenAt),
    location: latitude === null || longitude === null ? null : { latitude, longitude },
  };
}

/** The ORM's connections leave timestamps as text. */
type EventRow = Omit<EventFacts, "startsAt" | "endsAt" | "doorsOpenAt" | "location"> & {
  readonly [Name in "startsAt" | "endsAt" | "doorsOpenAt"]: string;
} & { readonly latitude: number | null; readonly longitude: number | null };

/** The reservation's tickets that are still their buyer's, and good. */
export const ticketsOfReservation = (
  em: EntityManager,
  userId: string,
  reservationId: string,
): Promise<TicketFacts[]> => readTickets(em, sql`t.reservation_id = ${reservationId} and ${isHeldBy(userId)}`);

/** Those of the tickets that are the user's, and good. */
export const ticketsHeld = (em: EntityManager, userId: string, ticketIds: readonly string[]): Promise<TicketFacts[]> =>
  readTickets(em, sql`t.id = any(${[...ticketIds]}::uuid[]) and ${isHeldBy(userId)}`);

/** All that the user has of the event. */
export const ticketsOfEvent = (em: EntityManager, userId: string, eventId: string): Promise<TicketFacts[]> =>
  readTickets(em, sql`t.event_id = ${eventId} and ${isHeldBy(userId)}`);

/** Whatever became of them. At least one is known to be there. */
export async function ticketsKnown(
  em: EntityManager,
  ticketIds: readonly string[],
): Promise<[TicketFacts, ...TicketFacts[]]> {
  const [first, ...others] = await readTickets(em, sql`t.id = any(${[...ticketIds]}::uuid[])`);
  if (first === undefined) throw new Error(`the tickets ${ticketIds} have gone`);
  return [first, ...others];
}

const isHeldBy = (userId: string) => sql`t.holder_id = ${userId} and t.status = ${TicketStatus.PAID}`;

async function readTickets(em: EntityManager, condition: RawBuilder<unknown>): Promise<TicketFacts[]> {
  const { rows } = await sql<TicketFacts>`/* mail.tickets */
    select t.id, t.event_id as "eventId", t.code, y.name as "typeName", t.holder_name as "holderName",
      t.reservation_id is not null and y.price_minor > 0 as "isBought"
    from tickets t join ticket_types y on y.id = t.ticket_type_id where ${condition} order by t.id`.execute(
    em.getKysely(),
  );
  return rows;
}

/** What was paid for a reservation in all. */
export async function readTotal(em: EntityManager, reservationId: string): Promise<Money> {
  const { rows } = await sql<Money>`/* mail.total */
    select total_minor as "amountMinor", currency from reservations where id = ${reservationId}`.execute(
    em.getKysely(),
  );
  const [total] = rows;
  if (total === undefined) throw new Error(`the reservation ${reservationId} has gone`);
  return total;
}

/** A venue of the owner's; null of somebody else's. */
export async function readVenueFacts(
  em: EntityManager,
  venueId: string,
  ownerId: string,
): Promise<{ readonly name: string; readonly timeZone: string } | null> {
  const { rows } = await sql<{ name: string; timeZone: string }>`/* mail.venue */
    select name, time_zone as "timeZone" from venues where id = ${venueId} and owner_id = ${ownerId}`.execute(
    em.getKysely(),
  );
  return rows[0] ?? null;
}

/** The events' titles by their ids. */
export async function readTitles(em: EntityManager, eventIds: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await sql<{ id: string; title: string }>`/* mail.titles */
    select id, title from events where id = any(${[...eventIds]}::uuid[])`.execute(em.getKysely());
  return new Map(rows.map(({ id, title }) => [id, title]));
}
