import type { EventFactsFragment, UpdateEventInput } from "../../generated/operations.js";
import { isChecked, number, text } from "../values.js";
import { fromWallTime, toWallTime } from "./times.js";

/** What the fields of an event's form hold, as texts; `on` where a box is checked. */
export interface TypedEvent {
  readonly title: string;
  readonly description: string;
  readonly category: string;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly doorsOpenAt: string;
  readonly autoExitAt: string;
  readonly capacity: string;
  readonly reentryAllowed: string;
}

export const NEW_EVENT: TypedEvent = {
  ...{ title: "", description: "", category: "general", capacity: "", reentryAllowed: "on" },
  ...{ startsAt: "", endsAt: "", doorsOpenAt: "", autoExitAt: "" },
};

export function typedEvent(event: EventFactsFragment, timeZone: string): TypedEvent {
  const { title, description, category, capacity, reentryAllowed } = event;
  const wall = (at: string) => toWallTime(at, timeZone);
  return {
    ...{ title, description, category },
    ...{ startsAt: wall(event.startsAt), endsAt: wall(event.endsAt) },
    ...{ doorsOpenAt: wall(event.doorsOpenAt), autoExitAt: wall(event.autoExitAt) },
    ...{ capacity: capacity === null ? "" : String(capacity), reentryAllowed: reentryAllowed ? "on" : "" },
  };
}

/** Where nothing was typed that need not be: null, for the API's own default. */
export function eventInput(values: FormData, timeZone: string) {
  const moment = (name: keyof TypedEvent) => fromWallTime(text(values, name), timeZone);
  const momentIfAny = (name: keyof TypedEvent) => (text(values, name) === "" ? null : moment(name));
  return {
    title: text(values, "title"),
    description: text(values, "description"),
    category: text(values, "category"),
    startsAt: moment("startsAt"),
    endsAt: moment("endsAt"),
    doorsOpenAt: momentIfAny("doorsOpenAt"),
    autoExitAt: momentIfAny("autoExitAt"),
    capacity: number(values, "capacity"),
    reentryAllowed: isChecked(values, "reentryAllowed"),
  };
}

/**
 * Of the fields that hold something else than before, alone: doors and automatic exits that stand at their defaults then follow
 * a start or an end that is moved, and what somebody else has changed meanwhile stays.
 */
export function eventChanges(
  values: FormData,
  before: TypedEvent,
  timeZone: string,
): Omit<UpdateEventInput, "eventId"> {
  const fields = Object.entries(eventInput(values, timeZone)) as [keyof TypedEvent, unknown][];
  return Object.fromEntries(fields.filter(([name]) => text(values, name) !== before[name].trim()));
}
