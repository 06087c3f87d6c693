import type { Event } from "../entities/event.js";
import { invalid } from "../errors.js";

export type EventTimes = Pick<Event, "startsAt" | "endsAt" | "doorsOpenAt" | "autoExitAt">;

/** As it is given: null stands for the default. */
export type GivenTimes = Pick<EventTimes, "startsAt" | "endsAt"> & {
  readonly doorsOpenAt: Date | null;
  readonly autoExitAt: Date | null;
};

const HOUR_MS = 3_600_000;
const DOORS_BEFORE_START_MS = 2 * HOUR_MS;
const AUTO_EXIT_AFTER_END_MS = 4 * HOUR_MS;
const EARLIEST = Date.UTC(1970, 0, 1);
const LATEST = Date.UTC(2200, 0, 1);

export const defaultDoors = (startsAt: Date): Date => new Date(startsAt.getTime() - DOORS_BEFORE_START_MS);
export const defaultAutoExit = (endsAt: Date): Date => new Date(endsAt.getTime() + AUTO_EXIT_AFTER_END_MS);

/**
 * The times of an event, defaults filled in. Throws INVALID where they contradict each other, with the path of the one that
 * `isGiven` says was asked for: in a change of one time, that is the one at fault.
 */
export function requireTimes(times: GivenTimes, isGiven: (name: keyof EventTimes) => boolean = () => true): EventTimes {
  const { startsAt, endsAt } = times;
  for (const name of ["startsAt", "endsAt", "doorsOpenAt", "autoExitAt"] as const) checkYear(name, times[name]);
  const doorsOpenAt = times.doorsOpenAt ?? defaultDoors(startsAt);
  const autoExitAt = times.autoExitAt ?? defaultAutoExit(endsAt);
  const given = (first: keyof EventTimes, second: keyof EventTimes) => (isGiven(first) ? first : second);
  if (endsAt <= startsAt) throw invalid("`endsAt` must be after `startsAt`.", given("endsAt", "startsAt"));
  if (doorsOpenAt >= endsAt) throw invalid("`doorsOpenAt` must be before `endsAt`.", given("doorsOpenAt", "endsAt"));
  if (autoExitAt <= startsAt) throw invalid("`autoExitAt` must be after `startsAt`.", given("autoExitAt", "startsAt"));
  return { startsAt, endsAt, doorsOpenAt, autoExitAt };
}

function checkYear(name: string, time: Date | null): void {
  if (time === null || (time.getTime() >= EARLIEST && time.getTime() < LATEST)) return;
  throw invalid(`\`${name}\` must be in the years 1970 to 2199.`, name);
}
