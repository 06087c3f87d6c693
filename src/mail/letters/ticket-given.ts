import type { EventFacts, TicketFacts } from "../../domain/mail-facts.js";
import { type Calendar, type Letter, list, say, write } from "../letter.js";

export interface TicketGivenLetter {
  readonly name: string;
  readonly event: EventFacts;
  readonly ticket: TicketFacts;
  /** Null of somebody who is no user any more. */
  readonly receiver: string | null;
  /** Null while the person has other tickets for the event. */
  readonly calendar: Calendar | null;
}

/** Says nothing of the new code, which is the receiver's. */
export const ticketGiven = ({ name, event, ticket, receiver, calendar }: TicketGivenLetter): Letter =>
  write(
    `Ticket given away: ${event.title}`,
    name,
    [
      say(`Your ticket is now ${receiver === null ? "somebody else's" : `that of ${receiver}`}.`),
      list([
        ["Event", event.title],
        ["Ticket", ticket.typeName],
      ]),
      say(
        "The code that you had is good no more. If it was not you who gave it away, change your password and tell the organizer.",
      ),
    ],
    { calendar },
  );
