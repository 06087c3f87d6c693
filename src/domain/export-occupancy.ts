import type { EntityManager } from "@mikro-orm/postgresql";
import { badInput } from "../errors.js";
import { EXPORT_PAGE_ROWS } from "./export-page.js";
import { type OccupancyPointState, readHistories, type Span } from "./occupancy-history.js";

/** A year by quarter-hours, and some: anybody may ask for it where the counts are public. */
const MOST_POINTS = 50_000;
const MINUTE_MILLISECONDS = 60_000;
const DAY_MILLISECONDS = 24 * 60 * MINUTE_MILLISECONDS;

/** What was not given is null: then it is the day up to `to`, from a full bucket on, and up to now. */
export interface SpanInput {
  readonly from: Date | null;
  readonly to: Date | null;
  /** At least 1. */
  readonly bucketMinutes: number;
}

/** Throws BAD_USER_INPUT for a span without any point, and for one with more than 50,000. */
export function exportedSpan({ from, to, bucketMinutes }: SpanInput, now = new Date()): Span {
  const end = to ?? now;
  const bucket = bucketMinutes * MINUTE_MILLISECONDS;
  const start = from ?? new Date(Math.floor((end.getTime() - DAY_MILLISECONDS) / bucket) * bucket);
  const count = Math.floor((end.getTime() - start.getTime()) / bucket) + 1;
  if (count < 1) throw badInput("`to` must not be before `from`, and `from` not in the future without a `to`.");
  if (count > MOST_POINTS) {
    throw badInput(`From \`from\` to \`to\` there are ${count} points; at most ${MOST_POINTS} are allowed.`);
  }
  return { from: start, to: end, bucketMinutes };
}

/** The points of the span after this one. One statement, or none. */
export async function readPointsToExport(
  em: EntityManager,
  venueId: string,
  { from, to, bucketMinutes }: Span,
  after: OccupancyPointState | null,
): Promise<readonly OccupancyPointState[]> {
  const bucket = bucketMinutes * MINUTE_MILLISECONDS;
  const first = after === null ? from.getTime() : after.at.getTime() + bucket;
  const last = Math.min(to.getTime(), first + (EXPORT_PAGE_ROWS - 1) * bucket);
  if (first > last) return [];
  const span = { from: new Date(first), to: new Date(last), bucketMinutes };
  return (await readHistories(em, [venueId], span)).get(venueId) ?? [];
}
