import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { type Event, EventStatus } from "../entities/event.js";
import type { Ticket } from "../entities/ticket.js";
import type { Venue } from "../entities/venue.js";
import { addMail, addMailToHolders, type EventBefore, type Letter } from "./mail.js";
import type { Location } from "./place.js";

type HeldTicket = Pick<Ticket, "id" | "holderId">;

/** To each holder one mail of all that is theirs; nobody is told of tickets without a holder. */
export const mailIssued = (em: EntityManager, tickets: readonly HeldTicket[]): Promise<void> =>
  mailHoldersOf(em, tickets, (ticketIds) => ({ kind: "issued", ticketIds }));

/** Likewise, of tickets that are cancelled while the event is not. */
export const mailTicketsCancelled = (em: EntityManager, tickets: readonly HeldTicket[]): Promise<void> =>
  mailHoldersOf(em, tickets, (ticketIds) => ({ kind: "tickets-cancelled", ticketIds }));

/** `ticket` is as it was before. */
export async function mailTransfer(
  em: EntityManager,
  { id: ticketId, holderId: giverId }: HeldTicket,
  receiverId: string,
): Promise<void> {
  const received = { userId: receiverId, letter: { kind: "ticket-received", ticketId, giverId } } as const;
  const given = { kind: "ticket-given", ticketId, receiverId } as const;
  await addMail(em, giverId === null ? [received] : [received, { userId: giverId, letter: given }]);
}

/** To all who hold a paid ticket now: before the tickets are cancelled too. */
export const mailEventCancelled = (em: EntityManager, eventId: string): Promise<void> =>
  addMailToHolders(em, [eventId], () => ({ kind: "event-cancelled", eventId }));

/** Of another start, end or opening of the doors. Nobody needs to know that of an event that is over. */
export async function mailEventChanged(em: EntityManager, before: Event, after: Event): Promise<void> {
  const changes: EventBefore = {
    ...timeBefore("doorsOpenAt", before, after),
    ...timeBefore("startsAt", before, after),
    ...timeBefore("endsAt", before, after),
  };
  const isOver = Math.max(before.endsAt.getTime(), after.endsAt.getTime()) < Date.now();
  if (isOver || Object.keys(changes).length === 0) return;
  await addMailToHolders(em, [after.id], (eventId) => ({ kind: "event-changed", eventId, before: changes }));
}

/** Of another name, address or place on the map, to the holders of each of its events that is not over. */
export async function mailVenueChanged(em: EntityManager, before: Venue, after: Venue): Promise<void> {
  const hasMoved = before.latitude !== after.latitude || before.longitude !== after.longitude;
  const changes: EventBefore = {
    ...(before.name === after.name ? {} : { venueName: before.name }),
    ...(before.address === after.address ? {} : { address: before.address }),
    ...(hasMoved ? { location: locationOf(before) } : {}),
  };
  if (Object.keys(changes).length === 0) return;
  const { rows } = await sql<{ id: string }>`/* mail.coming-events */
    select id from events
    where venue_id = ${after.id} and status <> ${EventStatus.CANCELLED} and ends_at > ${new Date()}`.execute(
    em.getKysely(),
  );
  const eventIds = rows.map(({ id }) => id);
  await addMailToHolders(em, eventIds, (eventId) => ({ kind: "event-changed", eventId, before: changes }));
}

const timeBefore = (name: "doorsOpenAt" | "startsAt" | "endsAt", before: Event, after: Event): EventBefore =>
  before[name].getTime() === after[name].getTime() ? {} : { [name]: before[name].toISOString() };

const locationOf = ({ latitude, longitude }: Venue): Location | null =>
  latitude === null || longitude === null ? null : { latitude, longitude };

async function mailHoldersOf(
  em: EntityManager,
  tickets: readonly HeldTicket[],
  letterOf: (ticketIds: string[]) => Letter,
): Promise<void> {
  const byHolder = Map.groupBy(tickets, ({ holderId }) => holderId);
  byHolder.delete(null);
  const orders = [...byHolder].map(([userId, theirs]) => ({ userId: userId ?? "", letter: letterOf(idsOf(theirs)) }));
  if (orders.length > 0) await addMail(em, orders);
}

const idsOf = (tickets: readonly HeldTicket[]): string[] => tickets.map(({ id }) => id);
