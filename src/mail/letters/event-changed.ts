import type { EventBefore } from "../../domain/mail.js";
import type { EventFacts } from "../../domain/mail-facts.js";
import { type Calendar, type Letter, list, say, write } from "../letter.js";
import { describeEvent, spellPlace, spellTime } from "../words.js";

export interface EventChangedLetter {
  readonly name: string;
  readonly event: EventFacts;
  readonly before: EventBefore;
  readonly calendar: Calendar;
}

/** Null when everything is again as it was. */
export function eventChanged({ name, event, before, calendar }: EventChangedLetter): Letter | null {
  const changes = changesOf(event, before);
  if (changes.length === 0) return null;
  return write(
    `Changed: ${event.title}`,
    name,
    [
      say("An event that you hold a ticket for has changed. Your ticket is good as it is."),
      list(changes.map(([what, was, is]) => [what, `${is} (was: ${was})`] as const)),
      say("So it is now:"),
      describeEvent(event),
    ],
    { calendar },
  );
}

function changesOf(event: EventFacts, before: EventBefore): (readonly [what: string, was: string, is: string])[] {
  const time = (was: string | undefined) => (was === undefined ? undefined : spellTime(new Date(was), event.timeZone));
  const now = (is: Date) => spellTime(is, event.timeZone);
  const all: readonly (readonly [string, string | undefined, string])[] = [
    ["Doors open", time(before.doorsOpenAt), now(event.doorsOpenAt)],
    ["Starts", time(before.startsAt), now(event.startsAt)],
    ["Ends", time(before.endsAt), now(event.endsAt)],
    ["Place", before.venueName, event.venueName],
    ["Address", before.address, event.address],
    ["On the map", before.location === undefined ? undefined : spellPlace(before.location), spellPlace(event.location)],
  ];
  return all.flatMap(([what, was, is]) => (was === undefined || was === is ? [] : [[what, was, is] as const]));
}
