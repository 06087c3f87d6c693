import type { EventFacts, TicketFacts } from "../../domain/mail-facts.js";
import { type Calendar, type Letter, say, write } from "../letter.js";
import { showTickets } from "../tickets.js";
import { describeEvent } from "../words.js";

export interface TicketReceivedLetter {
  readonly name: string;
  readonly event: EventFacts;
  readonly ticket: TicketFacts;
  /** Null of somebody who is no user any more. */
  readonly giver: string | null;
  readonly calendar: Calendar;
}

export async function ticketReceived(received: TicketReceivedLetter): Promise<Letter> {
  const { name, event, ticket, giver, calendar } = received;
  const { paragraphs, pictures } = await showTickets([ticket]);
  return write(
    `A ticket for you: ${event.title}`,
    name,
    [
      say(`${giver ?? "Somebody"} has given you a ticket. It has a new code, which only you know.`),
      describeEvent(event),
      ...paragraphs,
    ],
    { pictures, calendar },
  );
}
