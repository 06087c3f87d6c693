import type { EventFacts, TicketFacts } from "../../domain/mail-facts.js";
import type { Money } from "../../domain/ticket-type.js";
import { type Calendar, type Letter, list, say, write } from "../letter.js";
import { showTickets } from "../tickets.js";
import { countTickets, describeEvent, spellMoney } from "../words.js";

export interface TicketsLetter {
  readonly name: string;
  readonly event: EventFacts;
  readonly tickets: readonly TicketFacts[];
  readonly calendar: Calendar;
  /** Null of tickets that were issued without a sale. */
  readonly total: Money | null;
}

export async function tickets({ name, event, tickets: bought, calendar, total }: TicketsLetter): Promise<Letter> {
  const count = countTickets(bought.length);
  const { paragraphs, pictures } = await showTickets(bought);
  const opening =
    total === null ? `Here is what was issued to you: ${count}.` : `Thank you. Here is your order: ${count}.`;
  return write(
    `${count} for ${event.title}`,
    name,
    [
      say(opening),
      describeEvent(event),
      ...(total === null ? [] : [list([["Paid", spellMoney(total)]])]),
      say(
        "Show each code at the gate, on your phone or on paper. Whoever has a code can enter with it: keep them to yourself.",
      ),
      ...paragraphs,
    ],
    { pictures, calendar },
  );
}
