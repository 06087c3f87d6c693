import { ICalCalendar, ICalCalendarMethod, ICalEventStatus } from "ical-generator";
import type { EventFacts } from "../domain/mail-facts.js";
import type { Calendar } from "./letter.js";

/**
 * The event as a calendar entry, in UTC, which no calendar mistakes. Its UID is the event's id for ever and SEQUENCE grows with
 * every change, so that a later entry takes the earlier one's place.
 */
export function calendarEntry(event: EventFacts, organizer: { name: string; address: string }): Calendar {
  return entry(event, organizer, "PUBLISH");
}

/** Takes the entry away. */
export function calendarCancellation(event: EventFacts, organizer: { name: string; address: string }): Calendar {
  return entry(event, organizer, "CANCEL");
}

function entry(event: EventFacts, organizer: { name: string; address: string }, method: Calendar["method"]): Calendar {
  const calendar = new ICalCalendar({
    prodId: { company: "Gatehouse", product: "Tickets", language: "EN" },
    method: ICalCalendarMethod[method],
  });
  const { location } = event;
  const address = event.address.replace(/\s*[\r\n]+\s*/g, ", ");
  const title = [event.venueName, address].filter((part) => part !== "").join(", ");
  calendar.createEvent({
    id: event.id,
    sequence: event.revision,
    start: event.startsAt,
    end: event.endsAt,
    summary: event.title,
    description: `Doors open ${event.doorsOpenAt.toISOString()}`,
    location: location === null ? title : { title, geo: { lat: location.latitude, lon: location.longitude } },
    organizer: { name: organizer.name, email: organizer.address },
    status: method === "CANCEL" ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
  });
  return { method, content: calendar.toString() };
}
