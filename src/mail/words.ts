import type { EventFacts } from "../domain/mail-facts.js";
import type { Location } from "../domain/place.js";
import type { Money } from "../domain/ticket-type.js";
import { list, type Paragraph } from "./letter.js";

const LANGUAGE = "en-GB";

/** Such as "Saturday, 21 November 2026 at 20:00 (Europe/London)": the hour as it is where the event is, and where that is. */
export function spellTime(time: Date, timeZone: string): string {
  const spelled = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "full", timeStyle: "short", timeZone }).format(time);
  return `${spelled} (${timeZone})`;
}

/** Such as "€10.00", with as many digits as the currency has. */
export function spellMoney({ amountMinor, currency }: Money): string {
  const format = new Intl.NumberFormat(LANGUAGE, { style: "currency", currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(amountMinor / 10 ** digits);
}

export const spellPlace = (location: Location | null): string =>
  location === null ? "not on the map" : `${location.latitude}, ${location.longitude}`;

export const countTickets = (count: number): string => (count === 1 ? "1 ticket" : `${count} tickets`);

/** When and where. */
export const describeEvent = (event: EventFacts): Paragraph =>
  list([
    ["Event", event.title],
    ["Doors open", spellTime(event.doorsOpenAt, event.timeZone)],
    ["Starts", spellTime(event.startsAt, event.timeZone)],
    ["Ends", spellTime(event.endsAt, event.timeZone)],
    ["Place", event.venueName],
    ["Address", event.address],
  ]);
