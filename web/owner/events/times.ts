const DAY = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const name = `${timeZone} ${JSON.stringify(options)}`;
  const format = formats.get(name) ?? new Intl.DateTimeFormat("en-GB", { timeZone, ...options });
  formats.set(name, format);
  return format;
}

/** Such as `30 Sept 2025, 20:00`, by the clock of the time zone. */
export function shownMoment(at: string, timeZone: string): string {
  return formatOf(timeZone, { dateStyle: "medium", timeStyle: "short" }).format(new Date(at));
}

/** Such as `2025-09-30T20:00`, by the clock of the time zone: what a field for a date and a time holds. */
export function toWallTime(at: string, timeZone: string): string {
  const time = Date.parse(at);
  return new Date(time + offsetAt(time, timeZone)).toISOString().slice(0, "2025-09-30T20:00".length);
}

/**
 * The moment, in UTC, at which a clock of the time zone shows this. Of two, when it is set back, the first; of none, when it is
 * set forward, as if it had not been yet.
 */
export function fromWallTime(wall: string, timeZone: string): string {
  const shown = Date.parse(`${wall}Z`);
  const before = shown - offsetAt(shown - DAY, timeZone);
  const after = shown - offsetAt(shown + DAY, timeZone);
  const isShown = (time: number) => time + offsetAt(time, timeZone) === shown;
  const found = [before, after].filter(isShown);
  return new Date(found.length > 0 ? Math.min(...found) : before).toISOString();
}

const PARTS: Intl.DateTimeFormatOptions = {
  ...{ year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" },
  ...{ era: "short", hourCycle: "h23", calendar: "gregory", numberingSystem: "latn" },
};

/** By how many milliseconds the clock of the time zone is ahead of UTC at a moment, to the second. */
function offsetAt(time: number, timeZone: string): number {
  const parts = new Map(
    formatOf(timeZone, PARTS)
      .formatToParts(time)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const shown = Date.UTC(
    ...([part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second")] as const),
  );
  return shown - Math.floor(time / 1000) * 1000;
}
