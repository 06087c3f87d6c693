import type { EntityManager } from "@mikro-orm/postgresql";
import { type RawBuilder, sql } from "kysely";
import { type Event, EventEntity, EventStatus } from "../entities/event.js";
import { toEntities } from "./columns.js";
import { encodeCursor } from "./cursor.js";
import { type EventFilter, eventMatches, hasStatus } from "./event-filter.js";
import { checkPlace, checkRadius, chordFrom, isWithin, kilometres } from "./geography.js";
import { isBeyond, nearbyCursor, type Reached, readNearbyCursor } from "./nearby-cursor.js";
import type { PageArgs } from "./page.js";
import type { Location } from "./place.js";

/**
 * Published events not yet over that are as the filter says, at venues not farther than the radius: the nearest first, at
 * one distance those that start first. Drafts are not among them, be they the viewer's own.
 */
export interface Surroundings {
  readonly near: Location;
  readonly radiusKm: number;
  readonly filter: EventFilter;
}

export interface NearbyPage {
  readonly edges: readonly { readonly cursor: string; readonly node: Event; readonly distanceKm: number }[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

/** SQL: whether the event `t` is published and not yet over. */
export const IS_TO_COME = sql`${hasStatus(EventStatus.PUBLISHED)} and t.ends_at > now()`;

/** The same, given a place on the globe and a radius above 0 and up to half around it; else throws BAD_USER_INPUT. */
export function checkSurroundings(around: Surroundings): Surroundings {
  checkPlace(around.near, "near");
  checkRadius(around.radiusKm, "radiusKm");
  return around;
}

interface NearbyRow {
  readonly nearby_behind: boolean;
  readonly nearby_kilometres: number;
  /** Null: nothing is on this page. */
  readonly nearby_cursor: string | null;
}

/** One statement. Throws BAD_USER_INPUT for a cursor that no list around this place has given out. */
export async function readNearby(
  em: EntityManager,
  around: Surroundings,
  { size, cursor }: Pick<PageArgs, "size" | "cursor">,
): Promise<NearbyPage> {
  const reached = cursor === null ? null : readNearbyCursor(cursor, around.near);
  const { rows } = await pageQuery(around, size, reached).execute(em.getKysely());
  const found = rows.filter((row) => row.nearby_cursor !== null);
  const shown = found.slice(0, size);
  return {
    edges: toEntities(em, EventEntity, shown).map((node, index) => ({
      cursor: encodeCursor(shown[index]?.nearby_cursor ?? ""),
      node,
      distanceKm: shown[index]?.nearby_kilometres ?? 0,
    })),
    hasNextPage: found.length > size,
    hasPreviousPage: rows[0]?.nearby_behind ?? false,
  };
}

/** How many there are on all pages together. One statement. */
export async function countNearby(em: EntityManager, around: Surroundings): Promise<number> {
  const { rows } = await sql<{ total: number }>`/* nearby.count */
    select count(*)::int as total from ${allNearby(around)} t`.execute(em.getKysely());
  return rows[0]?.total ?? 0;
}

/** A row more than the page has tells whether there is more ahead. */
function pageQuery(around: Surroundings, size: number, reached: Reached | null): RawBuilder<NearbyRow> {
  const chord = sql`t.nearby_chord`;
  const isBehind =
    reached === null
      ? sql`false`
      : sql`exists (select from ${allNearby(around)} t where not ${isBeyond(chord, reached)})`;
  return sql<NearbyRow>`/* nearby.read */
    select b.nearby_behind, r.*
    from (select ${isBehind} as nearby_behind) b
    left join lateral (
      select t.*, ${kilometres(chord)} as nearby_kilometres, ${nearbyCursor(around.near, chord)} as nearby_cursor
      from ${nearestEvents(around, size + 1, reached)} t
    ) r on true
    order by r.nearby_chord, r.starts_at, r.id`;
}

/** SQL: the first of them, in their order, each with its chord: those beyond the one reached for which `isWanted` holds. */
export function nearestEvents(
  around: Surroundings,
  most: number,
  reached: Reached | null,
  isWanted: RawBuilder<unknown> = sql`true`,
): RawBuilder<unknown> {
  const chord = sql`t.nearby_chord`;
  const isAhead = reached === null ? sql`true` : isBeyond(chord, reached);
  const events = isFoundFirst(around)
    ? sql`(select * from ${allNearby(around)} t where ${isAhead} and ${isWanted})`
    : nearestVenuesFirst(around, most, reached, isWanted);
  return sql`(select t.* from ${events} t order by ${chord}, t.starts_at, t.id limit ${most})`;
}

/**
 * Walks the venues from the nearest on, past those that have nothing wanted, until there are as many as events are asked
 * for; of none more events than that can be needed either. Venues at one chord come together, for their events are sorted
 * by their start. So the work is the same however many events the radius holds.
 */
function nearestVenuesFirst(
  { near, radiusKm, filter }: Surroundings,
  most: number,
  reached: Reached | null,
  isWanted: RawBuilder<unknown>,
): RawBuilder<unknown> {
  const chord = chordFrom(near);
  const isFound = sql`t.venue_id = v.id and ${IS_TO_COME} and ${eventMatches(filter)} and ${isWanted}
    and ${reached === null ? sql`true` : isBeyond(sql`v.chord`, reached)}`;
  // What is pulled out of its `offset 0` would be joined to all events.
  return sql`(
    select t.*, v.chord as nearby_chord from (
      select v.id, v.chord from (
        select v.id, ${chord} as chord from venues v
        where ${isWithin(near, radiusKm)} and ${reached === null ? sql`true` : sql`${chord} >= ${reached.chord}`}
      ) v
      where exists (select from events t where ${isFound} offset 0)
      order by v.chord fetch first ${most} rows with ties
    ) v
    cross join lateral (select t.* from events t where ${isFound} order by t.starts_at, t.id limit ${most}) t
  )`;
}

/** Where an index tells the few events that can be meant, their venues are looked up instead. */
const isFoundFirst = ({ filter }: Surroundings): boolean =>
  (filter.text ?? "").trim() !== "" || filter.venueId !== null || filter.organizerId !== null;

/** All of them in no order, with their chords. */
function allNearby(around: Surroundings): RawBuilder<unknown> {
  const { near, radiusKm, filter } = around;
  const isFound = sql`${IS_TO_COME} and ${eventMatches(filter)}`;
  if (!isFoundFirst(around)) {
    return sql`(select t.*, ${chordFrom(near)} as nearby_chord from venues v
      join events t on t.venue_id = v.id where ${isWithin(near, radiusKm)} and ${isFound})`;
  }
  return sql`(
    select t.*, v.chord as nearby_chord from (select t.* from events t where ${isFound} offset 0) t
    cross join lateral (
      select ${chordFrom(near)} as chord from venues v
      where v.id = t.venue_id and ${isWithin(near, radiusKm)} offset 0
    ) v
  )`;
}
