import type { EntityManager } from "@mikro-orm/postgresql";
import type { AnomalyRules } from "../domain/anomaly-sources.js";
import { readDailyReport } from "../domain/daily-report.js";
import type { LetterKind, LetterOf, Letter as Order } from "../domain/mail.js";
import {
  type EventFacts,
  type Recipient,
  readEventFacts,
  readName,
  readTitles,
  readTotal,
  readVenueFacts,
  type TicketFacts,
  ticketsHeld,
  ticketsKnown,
  ticketsOfEvent,
  ticketsOfReservation,
} from "../domain/mail-facts.js";
import type { Money } from "../domain/ticket-type.js";
import { calendarCancellation, calendarEntry } from "../mail/calendar.js";
import type { Calendar, Letter } from "../mail/letter.js";
import { dailyReport } from "../mail/letters/daily-report.js";
import { eventCancelled } from "../mail/letters/event-cancelled.js";
import { eventChanged } from "../mail/letters/event-changed.js";
import { ticketGiven } from "../mail/letters/ticket-given.js";
import { ticketReceived } from "../mail/letters/ticket-received.js";
import { tickets } from "../mail/letters/tickets.js";
import { ticketsCancelled } from "../mail/letters/tickets-cancelled.js";
import { welcome } from "../mail/letters/welcome.js";
import type { Address } from "../mail/message.js";

export interface WritingScope {
  readonly em: EntityManager;
  readonly recipient: Recipient;
  /** Stands in calendar entries. */
  readonly organizer: Address;
  readonly anomalyRules: AnomalyRules;
}

type Written = Promise<Letter | null>;
type Writers = { readonly [Kind in LetterKind]: (scope: WritingScope, order: LetterOf<Kind>) => Written };

/** Each reads what is true now, and answers null where there is nothing to tell any more. */
const WRITERS: Writers = {
  welcome: async ({ recipient }) => welcome(recipient.name),
  tickets: async (scope, { reservationId }) => {
    const { em, recipient } = scope;
    const bought = await ticketsOfReservation(em, recipient.id, reservationId);
    return showTickets(scope, bought, await readTotal(em, reservationId));
  },
  issued: async (scope, { ticketIds }) =>
    showTickets(scope, await ticketsHeld(scope.em, scope.recipient.id, ticketIds), null),
  "event-changed": writeEventChanged,
  "event-cancelled": async ({ em, recipient, organizer }, { eventId }) => {
    const event = await readEventFacts(em, eventId);
    return eventCancelled(recipient.name, event, calendarCancellation(event, organizer));
  },
  "tickets-cancelled": async (scope, { ticketIds }) => {
    const cancelled = await ticketsKnown(scope.em, ticketIds);
    const event = await readEventFacts(scope.em, cancelled[0].eventId);
    const calendar = await ifLast(scope, event);
    return ticketsCancelled({ name: scope.recipient.name, event, tickets: cancelled, calendar });
  },
  "ticket-received": async ({ em, recipient, organizer }, { ticketId, giverId }) => {
    const [ticket] = await ticketsHeld(em, recipient.id, [ticketId]);
    if (ticket === undefined) return null;
    const event = await readEventFacts(em, ticket.eventId);
    const giver = await readName(em, giverId);
    return ticketReceived({ name: recipient.name, event, ticket, giver, calendar: calendarEntry(event, organizer) });
  },
  "daily-report": writeDailyReport,
  "ticket-given": async (scope, { ticketId, receiverId }) => {
    const [ticket] = await ticketsKnown(scope.em, [ticketId]);
    const event = await readEventFacts(scope.em, ticket.eventId);
    const receiver = await readName(scope.em, receiverId);
    return ticketGiven({ name: scope.recipient.name, event, ticket, receiver, calendar: await ifLast(scope, event) });
  },
};

/** None to who does not own the venue any more. */
async function writeDailyReport(
  { em, recipient, anomalyRules }: WritingScope,
  { venueId, date }: LetterOf<"daily-report">,
): Written {
  const venue = await readVenueFacts(em, venueId, recipient.id);
  const report = venue === null ? null : await readDailyReport(em, anomalyRules, venueId, date);
  if (venue === null || report === null) return null;
  const titles = await readTitles(
    em,
    report.events.map(({ eventId }) => eventId),
  );
  return dailyReport({ name: recipient.name, report, venue, titles });
}

/** The letter as it is to be sent now; null for none. */
export function writeLetter(scope: WritingScope, order: Order): Written {
  const write = WRITERS[order.kind] as (scope: WritingScope, order: Order) => Written;
  return write(scope, order);
}

async function showTickets(
  { em, recipient, organizer }: WritingScope,
  held: readonly TicketFacts[],
  total: Money | null,
): Written {
  const [first] = held;
  if (first === undefined) return null;
  const event = await readEventFacts(em, first.eventId);
  return tickets({ name: recipient.name, event, tickets: held, calendar: calendarEntry(event, organizer), total });
}

/** Nothing to who has no ticket any more, nor of an event that is cancelled, which they are told by another letter. */
async function writeEventChanged(
  { em, recipient, organizer }: WritingScope,
  { eventId, before }: LetterOf<"event-changed">,
): Written {
  const event = await readEventFacts(em, eventId);
  const held = await ticketsOfEvent(em, recipient.id, eventId);
  if (event.isCancelled || held.length === 0) return null;
  return eventChanged({ name: recipient.name, event, before, calendar: calendarEntry(event, organizer) });
}

/** The entry stays in the calendar of who has another ticket for the event. */
async function ifLast({ em, recipient, organizer }: WritingScope, event: EventFacts): Promise<Calendar | null> {
  const others = await ticketsOfEvent(em, recipient.id, event.id);
  return others.length === 0 ? calendarCancellation(event, organizer) : null;
}
