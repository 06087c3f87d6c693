import type { EventFacts, TicketFacts } from "../../domain/mail-facts.js";
import { type Calendar, type Letter, list, say, write } from "../letter.js";
import { countTickets, describeEvent } from "../words.js";

export interface TicketsCancelledLetter {
  readonly name: string;
  readonly event: EventFacts;
  readonly tickets: readonly TicketFacts[];
  /** Null while the person has other tickets for the event. */
  readonly calendar: Calendar | null;
}

export const ticketsCancelled = ({ name, event, tickets, calendar }: TicketsCancelledLetter): Letter =>
  write(
    `${countTickets(tickets.length)} cancelled: ${event.title}`,
    name,
    [
      say(
        `The organizer has cancelled ${countTickets(tickets.length)} of yours. The gate will not take what is cancelled.`,
      ),
      list(tickets.map(({ typeName, code }) => [typeName, code] as const)),
      describeEvent(event),
      ...(tickets.some(({ isBought }) => isBought)
        ? [say("What was paid for it goes back to whoever paid it, the way it came.")]
        : []),
    ],
    { calendar },
  );
