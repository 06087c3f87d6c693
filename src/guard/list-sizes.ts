import type { Field, Values } from "./arguments.js";

/** More in one list is refused by whoever reads it, so that no more need be counted. */
const MOST_ITEMS = 1_000;
/** Of a list whose length nothing tells: the gates of a venue, the ticket types of an event. */
const USUAL_ITEMS = 10;
const MOST_POINTS = 1_500;
const MINUTE = 60_000;

/** The lengths of lists that are neither pages nor answers to a list, by type and field. */
const LENGTHS: Readonly<Record<string, (values: Values) => number>> = {
  "Venue.occupancyHistory": ({ from, to, bucketMinutes }) => {
    const minutes = (Date.parse(String(to)) - Date.parse(String(from))) / MINUTE;
    const points = Math.ceil(minutes / Number(bucketMinutes)) + 1;
    return points < MOST_POINTS ? Math.max(0, points) : MOST_POINTS;
  },
};

/** Whether the arguments of a field say how much of a list is wanted. */
export const isPage = (field: Field): boolean => field.args.some(({ name }) => name === "first");

/** The rows of a page: `last`, else `first`, else the schema's default. */
export const pageSize =
  (field: Field) =>
  ({ first, last }: Values): number => {
    const size = last ?? first ?? field.args.find(({ name }) => name === "first")?.defaultValue;
    return typeof size === "number" ? Math.min(Math.max(0, size), MOST_ITEMS) : USUAL_ITEMS;
  };

/** The items of a list that is no page: as many as are named, where any are. */
export const listSize = (parent: string, field: Field): ((values: Values) => number) =>
  LENGTHS[`${parent}.${field.name}`] ?? ((values) => longestList(values) ?? USUAL_ITEMS);

/** The items of the longest list among the arguments and the fields of `input`; null where there is none. */
export function longestList(values: Values): number | null {
  const { input } = values;
  const all = [...Object.values(values), ...(typeof input === "object" && input !== null ? Object.values(input) : [])];
  const lengths = all.flatMap((value) => (Array.isArray(value) ? value.length : []));
  return lengths.length === 0 ? null : Math.min(Math.max(...lengths), MOST_ITEMS);
}
