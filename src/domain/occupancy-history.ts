import type { EntityManager } from "@mikro-orm/postgresql";
import { type RawBuilder, sql } from "kysely";
import { badInput } from "../errors.js";
import type { TicketTypeOccupancyState } from "./occupancy.js";

/** Who was inside a venue at one moment. */
export interface OccupancySnapshotState {
  readonly venueId: string;
  readonly at: Date;
  readonly inside: number;
  /** All of the venue, in the order of their making. */
  readonly gates: readonly { readonly gateId: string; readonly inside: number }[];
  /** By their events. Those of drafts too: whether they are shown depends on who looks. */
  readonly ticketTypes: readonly Omit<TicketTypeOccupancyState, "version">[];
}

/**
 * Rows that add up to who was inside, by gate and ticket type, when the quarter-hour at `quarterAt` began. Not the whole past is
 * added up: of an event that has nobody inside now and no scan since then, nobody was inside either. The sub-selects cannot be
 * joined: each event is looked up by itself, or the planner would rather read all quarter-hours there are.
 */
const insideBefore = (venueIds: RawBuilder<unknown>, quarterAt: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  select e.venue_id, q.gate_id, q.ticket_type_id, q.inside
  from events e join occupancies o on o.id = e.id cross join lateral (
    select gate_id, ticket_type_id, inside from scan_quarters
    where event_id = e.id and quarter_at < ${quarterAt} and inside <> 0 offset 0
  ) q
  where e.venue_id = any(${venueIds}) and (o.inside > 0 or (
    select true from scan_quarters where event_id = e.id and quarter_at >= ${quarterAt} order by quarter_at limit 1
  ))`;

/**
 * The counts of the venues as they stood at a moment, scans at that very moment included; a venue that does not exist is not in
 * the map. One statement: the quarter-hours that had ended, and the scans of the one that had not.
 */
export async function readSnapshots(
  em: EntityManager,
  venueIds: readonly string[],
  at: Date,
): Promise<Map<string, OccupancySnapshotState>> {
  const ids = sql`${[...venueIds]}::uuid[]`;
  const quarterAt = sql`date_bin('15 minutes', ${at}::timestamptz, 'epoch')`;
  const { rows } = await sql<Omit<OccupancySnapshotState, "at">>`/* occupancy.at */
    with moves as materialized (
      select venue_id, gate_id, ticket_type_id, sum(inside)::int as inside
      from (
        ${insideBefore(ids, quarterAt)}
        union all
        select s.venue_id, m.gate_id, s.ticket_type_id, m.inside
        from scans s cross join lateral (
          values (s.before_gate_id, -1), (case s.direction when 'ENTRY' then s.gate_id end, 1)
        ) as m (gate_id, inside)
        where s.gate_id = any(array(select id from gates where venue_id = any(${ids})))
          and s.scanned_at between ${quarterAt} and ${at}
          and s.outcome = 'ACCEPTED' and s.ticket_id is not null and m.gate_id is not null
      ) m group by 1, 2, 3 having sum(inside) <> 0
    ),
    of_venues as (select venue_id as id, sum(inside)::int as inside from moves group by 1),
    of_gates as (select gate_id as id, sum(inside) as inside from moves group by 1),
    of_types as (select ticket_type_id as id, sum(inside) as inside from moves group by 1)
    select v.id as "venueId", coalesce(m.inside, 0) as inside,
      array(
        select json_build_object('gateId', g.id, 'inside', coalesce(m.inside, 0))
        from gates g left join of_gates m on m.id = g.id where g.venue_id = v.id order by g.created_at, g.id
      ) as gates,
      array(
        select json_build_object('ticketTypeId', y.id, 'eventId', e.id, 'eventStatus', e.status,
          'inside', coalesce(m.inside, 0))
        from events e join ticket_types y on y.event_id = e.id left join of_types m on m.id = y.id
        where e.venue_id = v.id order by e.starts_at, e.id, y.created_at, y.id
      ) as "ticketTypes"
    from venues v left join of_venues m on m.id = v.id where v.id = any(${ids})`.execute(em.getKysely());
  return new Map(rows.map((row) => [row.venueId, { ...row, at }]));
}

/** Points at `from`, then every bucket, the last not after `to`. */
export interface Span {
  readonly from: Date;
  readonly to: Date;
  readonly bucketMinutes: number;
}

/** `entries` and `exits` are those after the point before, up to this one. */
export interface OccupancyPointState {
  readonly at: Date;
  readonly inside: number;
  readonly entries: number;
  readonly exits: number;
}

const MOST_POINTS = 1_500;
const MINUTE_MILLISECONDS = 60_000;

/** The number of points. Throws BAD_USER_INPUT for a span without any, and for one with more than 1,500. */
export function countPoints({ from, to, bucketMinutes }: Span): number {
  if (bucketMinutes < 1) throw badInput(`\`bucketMinutes\` must be at least 1; it is ${bucketMinutes}.`);
  if (to < from) throw badInput("`to` must not be before `from`.");
  const count = Math.floor((to.getTime() - from.getTime()) / (bucketMinutes * MINUTE_MILLISECONDS)) + 1;
  if (count <= MOST_POINTS) return count;
  throw badInput(
    `\`bucketMinutes\` of ${bucketMinutes} makes ${count} points from \`from\` to \`to\`; at most ${MOST_POINTS} are allowed.`,
  );
}

/**
 * How the venues' counts went, each venue with all points. One statement. Every point is what the quarter-hours before its own
 * add up to, and the scans of its own up to it; a point before the first (`n` = 0) tells where the first bucket begins.
 * (`offset 0` keeps the planner from reading all of a venue's scans for every window, as it did with half a million of them.)
 * Throws BAD_USER_INPUT as `countPoints` does.
 */
export async function readHistories(
  em: EntityManager,
  venueIds: readonly string[],
  span: Span,
): Promise<Map<string, OccupancyPointState[]>> {
  const count = countPoints(span);
  const ids = sql`${[...venueIds]}::uuid[]`;
  const { rows } = await sql<Omit<OccupancyPointState, "at"> & { venueId: string; n: number }>`/* occupancy.history */
    with points as materialized (
      select n, at, date_bin('15 minutes', at, 'epoch') as quarter_at
      from (
        select n, ${span.from}::timestamptz + (n - 1) * make_interval(mins => ${span.bucketMinutes}) as at
        from generate_series(0, ${count}::int) as n
      ) p
    ),
    windows as materialized (
      select quarter_at, max(at) as until, row_number() over (order by quarter_at) as step from points group by 1
    ),
    ended as (
      select v.id as venue_id, w.quarter_at, sum(q.inside) over so_far as inside, sum(q.entries) over so_far as entries,
        sum(q.exits) over so_far as exits
      from unnest(${ids}) as v (id) cross join windows w left join (
        select venue_id, 1 as step, sum(inside) as inside, 0 as entries, 0 as exits
        from (${insideBefore(ids, sql`(select min(quarter_at) from windows)`)}) q group by 1
        union all
        select venue_id, 1 + width_bucket(quarter_at, (select array_agg(quarter_at order by step) from windows)),
          sum(inside), sum(entries), sum(exits)
        from scan_quarters
        where venue_id = any(${ids}) and quarter_at >= (select min(quarter_at) from windows)
          and quarter_at < (select max(quarter_at) from windows)
        group by 1, 2
      ) q on q.venue_id = v.id and q.step = w.step
      window so_far as (partition by v.id order by w.step)
    ),
    begun as (
      select s.venue_id, s.n, sum(s.inside) as inside, sum(s.entries) as entries, sum(s.exits) as exits
      from windows w cross join lateral (
        select venue_id,
          width_bucket(scanned_at - interval '1 ms', (select array_agg(at order by n) from points)) as n,
          case when ticket_id is null then 0 when direction = 'ENTRY' then (before_gate_id is null)::int
            else -(before_gate_id is not null)::int end as inside,
          (direction = 'ENTRY')::int as entries, (direction = 'EXIT')::int as exits
        from scans
        where gate_id = any(array(select id from gates where venue_id = any(${ids})))
          and scanned_at between w.quarter_at and w.until and outcome = 'ACCEPTED'
        offset 0
      ) s group by 1, 2
    ),
    counts as (
      select e.venue_id, p.n, coalesce(e.inside, 0) + coalesce(sum(b.inside) over so_far, 0) as inside,
        coalesce(e.entries, 0) + coalesce(sum(b.entries) over so_far, 0) as entries,
        coalesce(e.exits, 0) + coalesce(sum(b.exits) over so_far, 0) as exits
      from points p join ended e using (quarter_at) left join begun b on b.venue_id = e.venue_id and b.n = p.n
      window so_far as (partition by e.venue_id, p.quarter_at order by p.n)
    )
    select venue_id as "venueId", n, inside::int, (entries - lag(entries) over story)::int as entries,
      (exits - lag(exits) over story)::int as exits
    from counts window story as (partition by venue_id order by n) order by venue_id, n`.execute(em.getKysely());
  const at = (n: number) => new Date(span.from.getTime() + (n - 1) * span.bucketMinutes * MINUTE_MILLISECONDS);
  const points = rows.filter(({ n }) => n > 0);
  return new Map(
    [...Map.groupBy(points, ({ venueId }) => venueId)].map(([venueId, its]) => [
      venueId,
      its.map(({ n, inside, entries, exits }) => ({ at: at(n), inside, entries, exits })),
    ]),
  );
}
