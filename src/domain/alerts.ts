import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { v7 as uuidv7 } from "uuid";
import type { Venue } from "../entities/venue.js";
import { type Call, call, type Statement } from "./flight.js";

/** What decides whether a venue's thresholds are passed. */
export interface AlertFacts {
  readonly inside: number;
  readonly capacity: number;
  /** In percent of the capacity. */
  readonly thresholds: readonly number[];
  /** The thresholds that were crossed, and of which nobody is to be told again yet. */
  readonly raised: readonly number[];
}

/** A count that moves about a threshold raises it once: it must have been so many points below before it can again. */
const REARM_POINTS = 5;

/**
 * Which thresholds are raised now, and which of them have been crossed just now. One of fewer than five percent, below which the count
 * cannot be by so much, can be crossed again when nobody is inside.
 */
export function alertsAfter({ inside, capacity, thresholds, raised }: AlertFacts): {
  readonly raised: readonly number[];
  readonly crossed: readonly number[];
} {
  const isPassed = (percent: number): boolean => inside > 0 && inside * 100 >= percent * capacity;
  const isLeft = (percent: number): boolean => inside * 100 <= Math.max(0, percent - REARM_POINTS) * capacity;
  return {
    raised: thresholds.filter((percent) => isPassed(percent) || (raised.includes(percent) && !isLeft(percent))),
    crossed: thresholds.filter((percent) => isPassed(percent) && !raised.includes(percent)),
  };
}

const SET: Statement = {
  name: "alerts.set",
  text: `/* alerts.set */ update occupancies set raised_percents = $2::int[] where id = $1`,
};

const RAISE: Statement = {
  name: "alerts.raise",
  text: `/* alerts.raise */
    insert into capacity_alerts (id, venue_id, threshold_percent, inside, capacity, raised_at, version)
    select t.id, $1, t.percent, $4, $5, $6, $7 from unnest($2::uuid[], $3::int[]) as t (id, percent)`,
};

/** What is to be written with a change of the count that leaves so many inside: nothing, but where a threshold is passed or left. */
export function alertCalls(
  venueId: string,
  facts: AlertFacts,
  { now, version }: { readonly now: Date; readonly version: number },
): Call[] {
  const { raised, crossed } = alertsAfter(facts);
  if (crossed.length === 0 && raised.length === facts.raised.length) return [];
  const set = call(SET, [venueId, raised]);
  if (crossed.length === 0) return [set];
  const ids = crossed.map(() => uuidv7());
  return [set, call(RAISE, [venueId, ids, crossed, facts.inside, facts.capacity, now, version])];
}

/**
 * After a change of the capacity or the thresholds: what is passed by it counts as told, since the count has crossed nothing. The
 * caller holds the venue's occupancy.
 */
export async function resetAlerts(em: EntityManager, venue: Venue): Promise<void> {
  const { rows } = await sql<{ inside: number; raised: number[] }>`/* alerts.read */
    select inside, raised_percents as raised from occupancies where id = ${venue.id}`.execute(em.getKysely());
  const [counts] = rows;
  if (counts === undefined) throw new Error(`the venue ${venue.id} has no occupancy`);
  const { capacity, alertThresholdPercents: thresholds } = venue;
  const { raised } = alertsAfter({ ...counts, capacity, thresholds });
  await sql`/* alerts.reset */
    update occupancies set raised_percents = ${[...raised]}::int[] where id = ${venue.id}`.execute(em.getKysely());
}
