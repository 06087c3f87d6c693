import type { EntityManager } from "@mikro-orm/postgresql";
import { type RawBuilder, sql } from "kysely";
import { type Event, EventEntity } from "../entities/event.js";
import { TicketStatus } from "../entities/ticket.js";
import { type User, UserEntity } from "../entities/user.js";
import { toEntities } from "./columns.js";
import { ANY_EVENT } from "./event-filter.js";
import { chordFrom, kilometres } from "./geography.js";
import { IS_TO_COME, nearestEvents } from "./nearby.js";
import type { Location } from "./place.js";
import { requireUser } from "./standing.js";
import type { Viewer } from "./viewer.js";

/** How near an event is, in points: the first that holds. Farther away, or without a place: none. */
const POINTS_WITHIN_KM = [
  { radiusKm: 10, points: 4 },
  { radiusKm: 30, points: 3 },
  { radiusKm: 100, points: 2 },
  { radiusKm: 300, points: 1 },
] as const;
const FARTHEST_KM = 300;

/** How alike it is to what the user holds tickets for, in points that are added up. */
const LIKENESSES = [
  { column: "category", points: 2 },
  { column: "venue_id", points: 1 },
  { column: "organizer_id", points: 1 },
] as const;

/** Of each liking the values held most often count, and of each value so many events are looked at. */
const MOST_LIKED = 10;
const MOST_ALIKE = 100;
const MOST_NEAR = 300;
const MOST_OTHERS = 300;

/**
 * Published events not yet over of which the user holds no ticket, be it paid or a live hold; what was cancelled or ran out
 * does not count. They are ranked
 *
 * 1. by points: 4, 3, 2 or 1 for a venue within 10, 30, 100 or 300 km of the user's location; 2 for a category of the events
 *    they hold tickets for, 1 for a venue and 1 for an organizer of these. So what is as they like 100 km away stands beside
 *    what is unlike it around the corner. Without a location place does not count, without tickets likeness does not;
 * 2. among equals the most popular first, by tickets sold;
 * 3. then the nearest, the one that starts first, and by id: asked again, the answer is the same.
 *
 * The work is bounded, whatever there is: ranked are the 300 nearest events within 300 km, of the 10 categories, venues and
 * organizers held most often 100 events each, and 300 of all; of each kind those that are over first. All in two statements.
 * Throws UNAUTHENTICATED for nobody in particular, FORBIDDEN for a device.
 */
export async function recommendEvents(em: EntityManager, viewer: Viewer, size: number): Promise<Event[]> {
  const { userId } = requireUser(viewer);
  const { rows: users } = await sql<object>`/* recommended.user */
    select * from users where id = ${userId}`.execute(em.getKysely());
  const [user] = toEntities(em, UserEntity, users);
  if (user === undefined) return [];
  const { rows } = await rankedQuery(userId, placeOf(user), size).execute(em.getKysely());
  return toEntities(em, EventEntity, rows);
}

const placeOf = ({ latitude, longitude }: User): Location | null =>
  latitude === null || longitude === null ? null : { latitude, longitude };

function rankedQuery(userId: string, place: Location | null, size: number): RawBuilder<object> {
  const chord = place === null ? sql`null::double precision` : chordFrom(place);
  return sql<object>`/* recommended.read */
    with held as materialized (
      select e.* from (select distinct k.event_id from tickets k where k.holder_id = ${userId} and ${IS_LIVE}) h
      join events e on e.id = h.event_id
    ),
    ${sql.join(LIKENESSES.map(({ column }) => liked(column)))},
    candidates as materialized (
      ${sql.join(candidates(place), sql` union `)}
    )
    select t.* from events t
    join candidates c on c.id = t.id
    join venues v on v.id = t.venue_id
    cross join lateral (select ${kilometres(chord)} as kilometres) d
    cross join lateral (select coalesce(sum(y.sold), 0) as sold from ticket_types y where y.event_id = t.id) s
    where t.id not in (select id from held)
    order by ${nearness} + ${likeness} desc, s.sold desc, d.kilometres asc nulls last, t.starts_at, t.id
    limit ${size}`;
}

/** A hold that has run out is no ticket, whether or not it has been written down. */
const IS_LIVE = sql`(k.status = ${sql.lit(TicketStatus.PAID)}
  or (k.status = ${sql.lit(TicketStatus.RESERVED)} and k.held_until > now()))`;

const likedName = (column: string): RawBuilder<unknown> => sql.ref(`liked_${column}`);

/** A common table of the values that the user holds most often; of those held as often the same ones every time. */
function liked(column: string): RawBuilder<unknown> {
  const value = sql.ref(column);
  return sql`${likedName(column)} as materialized (
    select ${value} as value from held group by ${value} order by count(*) desc, ${value} limit ${MOST_LIKED}
  )`;
}

function candidates(place: Location | null): RawBuilder<unknown>[] {
  const alike = LIKENESSES.map(
    ({ column }) => sql`(
      select a.id from ${likedName(column)} l cross join lateral (
        select t.id from events t where ${sql.ref(`t.${column}`)} = l.value and ${isFree}
        order by t.ends_at, t.id limit ${MOST_ALIKE}
      ) a)`,
  );
  const others = sql`(select t.id from events t where ${isFree} order by t.ends_at, t.id limit ${MOST_OTHERS})`;
  if (place === null) return [...alike, others];
  const around = { near: place, radiusKm: FARTHEST_KM, filter: ANY_EVENT };
  return [sql`(select t.id from ${nearestEvents(around, MOST_NEAR, null, isNotHeld)} t)`, ...alike, others];
}

const isNotHeld = sql`t.id not in (select id from held)`;
const isFree = sql`${IS_TO_COME} and ${isNotHeld}`;

const nearness = sql`case ${sql.join(
  POINTS_WITHIN_KM.map(
    ({ radiusKm, points }) => sql`when d.kilometres <= ${sql.lit(radiusKm)} then ${sql.lit(points)}`,
  ),
  sql` `,
)} else 0 end`;

const likeness = sql.join(
  LIKENESSES.map(
    ({ column, points }) =>
      sql`case when ${sql.ref(`t.${column}`)} in (select value from ${likedName(column)}) then ${sql.lit(points)} else 0 end`,
  ),
  sql` + `,
);
