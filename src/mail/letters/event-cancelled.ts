import type { EventFacts } from "../../domain/mail-facts.js";
import { type Calendar, type Letter, say, write } from "../letter.js";
import { describeEvent } from "../words.js";

export const eventCancelled = (name: string, event: EventFacts, calendar: Calendar): Letter =>
  write(
    `Cancelled: ${event.title}`,
    name,
    [
      say("The organizer has cancelled an event that you held a ticket for. It does not take place."),
      describeEvent(event),
      say("What was paid for its tickets goes back to whoever paid it, the way it came."),
    ],
    { calendar },
  );
