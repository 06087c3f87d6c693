import type { Moment } from "./model.js";

const MINUTE = 60_000;

/** Two of the charts' series: seconds since 1970, then the values. */
type Series = [at: number[], values: (number | null)[]];

/** Who was inside: by the minute as far as the server has told, then as it was seen; from a minute before anything happened. */
export function insideSeries(history: readonly Moment[], seen: readonly Moment[]): Series {
  const told = withoutQuiet(history);
  const end = told.at(-1)?.at ?? 0;
  const moments = [...told, ...seen.filter(({ at }) => at > end)];
  return [moments.map(({ at }) => at / 1000), moments.map(({ inside }) => inside)];
}

/** How many came in each minute, at the minute's middle; in those since the history's end, as it was seen. */
export function arrivalSeries(history: readonly Moment[], seen: readonly Moment[]): Series {
  const told = withoutQuiet(history).map(({ at, entries }) => ({ at: at - MINUTE, entries }));
  const minutes = [...told, ...countMinutes(seen, history.at(-1)?.at ?? seen[0]?.at ?? 0)];
  return [minutes.map(({ at }) => (at + MINUTE / 2) / 1000), minutes.map(({ entries }) => entries)];
}

/** By how much the entries grew in each minute from `start` on. */
function countMinutes(seen: readonly Moment[], start: number): { at: number; entries: number }[] {
  const minutes = new Map<number, number>();
  for (const [index, { at, entries }] of seen.entries()) {
    if (at < start) continue;
    const minute = start + Math.floor((at - start) / MINUTE) * MINUTE;
    const before = seen[index - 1]?.entries ?? entries;
    minutes.set(minute, (minutes.get(minute) ?? 0) + Math.max(0, entries - before));
  }
  return [...minutes].map(([at, entries]) => ({ at, entries }));
}

function withoutQuiet(history: readonly Moment[]): readonly Moment[] {
  const first = history.findIndex(({ inside, entries }) => inside > 0 || entries > 0);
  return first < 0 ? history.slice(-1) : history.slice(Math.max(0, first - 1));
}
