import type { EntityManager } from "@mikro-orm/postgresql";
import { type RawBuilder, sql } from "kysely";
import type { AnomalyKind } from "../entities/anomaly.js";
import type { RefusalReason } from "../entities/scan.js";
import { badInput } from "../errors.js";
import { type AnomalyRules, crossings, oddScans, skewedClocks } from "./anomaly-sources.js";
import { quarterOf } from "./quarters.js";

/** What a day came to, at the venue or for one of its events. */
export interface DayCounts {
  /** Tickets that came in. */
  readonly arrivals: number;
  readonly peakInside: number;
  /** The first instant of the day at which that many were inside; null while nobody was. */
  readonly peakAt: Date | null;
  /** Paid tickets that have never come, of events that ended on this day and were not cancelled. */
  readonly noShows: number;
  readonly refusals: readonly { readonly reason: RefusalReason | null; readonly count: number }[];
  readonly anomalies: readonly { readonly kind: AnomalyKind; readonly count: number }[];
}

export interface DailyReportState extends DayCounts {
  readonly venueId: string;
  /** As YYYY-MM-DD. */
  readonly date: string;
  /** By the venue's clock: 23 or 25 hours on the days when it is put forward or back. */
  readonly from: Date;
  readonly to: Date;
  /** Those that took place or were scanned for on this day, by their start. */
  readonly events: readonly (DayCounts & { readonly eventId: string })[];
}

const DATE = /^\d{4}-\d\d-\d\d$/;

/** Throws BAD_USER_INPUT for what is no day of the calendar, written as YYYY-MM-DD. */
export function requireDate(date: string): string {
  const time = new Date(`${date}T00:00:00Z`);
  const isDay = DATE.test(date) && !Number.isNaN(time.getTime()) && time.toISOString().startsWith(date);
  if (isDay && time.getUTCFullYear() >= 1970 && time.getUTCFullYear() < 2200) return date;
  throw badInput("`date` must be a day in the years 1970 to 2199, such as 2026-11-21.");
}

interface Day {
  readonly venueId: string;
  readonly from: Date;
  readonly to: Date;
}

/** The venue's day, from the scans that are known now. Null where there is no venue. */
export async function readDailyReport(
  em: EntityManager,
  rules: AnomalyRules,
  venueId: string,
  date: string,
): Promise<DailyReportState | null> {
  const day = await readDay(em, venueId, requireDate(date));
  if (day === null) return null;
  const [arrivals, refusals, anomalies, peaks, shows] = [
    await read<{ count: number }>(em, arrivalsOf(day)),
    await read<{ reason: RefusalReason | null; count: number }>(em, refusalsOf(day)),
    await read<{ kind: AnomalyKind; count: number }>(em, anomaliesOf(day, rules)),
    await read<{ inside: number; at: number }>(em, peaksOf(day)),
    await read<{ noShows: number }>(em, showsOf(day)),
  ];
  const countsOf = (eventId: string | null): DayCounts => {
    const own = <Row extends OfEvent>(rows: readonly Row[]) => rows.filter((row) => row.eventId === eventId);
    const [peak] = own(peaks);
    return {
      arrivals: own(arrivals)[0]?.count ?? 0,
      peakInside: peak?.inside ?? 0,
      peakAt: peak === undefined ? null : new Date(peak.at),
      noShows: own(shows)[0]?.noShows ?? 0,
      refusals: own(refusals).map(({ reason, count }) => ({ reason, count })),
      anomalies: own(anomalies).map(({ kind, count }) => ({ kind, count })),
    };
  };
  const events = shows.flatMap(({ eventId }) => (eventId === null ? [] : [{ eventId, ...countsOf(eventId) }]));
  return { ...day, date, ...countsOf(null), events };
}

/** Null: of the whole venue. */
interface OfEvent {
  readonly eventId: string | null;
}

async function read<Row>(em: EntityManager, query: RawBuilder<unknown>): Promise<(Row & OfEvent)[]> {
  const { rows } = await query.execute(em.getKysely());
  return rows as (Row & OfEvent)[];
}

async function readDay(em: EntityManager, venueId: string, date: string): Promise<Day | null> {
  const { rows } = await sql<{ from: number; to: number }>`/* report.day */
    select extract(epoch from ${date}::date::timestamp at time zone time_zone)::float8 * 1000 as from,
      extract(epoch from (${date}::date + 1)::timestamp at time zone time_zone)::float8 * 1000 as to
    from venues where id = ${venueId}`.execute(em.getKysely());
  const [row] = rows;
  return row === undefined ? null : { venueId, from: new Date(row.from), to: new Date(row.to) };
}

const scansOf = ({ venueId, from, to }: Day): RawBuilder<unknown> =>
  sql`(select * from scans where gate_id = any(array(select id from gates where venue_id = ${venueId}))
    and scanned_at >= ${from} and scanned_at < ${to}) s`;

const arrivalsOf = (day: Day) => sql`/* report.arrivals */
  select s.event_id as "eventId", count(distinct s.ticket_id)::int as count from ${scansOf(day)}
  where s.outcome = 'ACCEPTED' and s.direction = 'ENTRY' and s.ticket_id is not null
  group by grouping sets ((s.event_id), ())`;

const refusalsOf = (day: Day) => sql`/* report.refusals */
  with refused as (
    select s.event_id, s.reason, count(*)::int as count from ${scansOf(day)} where s.outcome = 'REFUSED' group by 1, 2
  )
  select event_id as "eventId", reason, count from refused where event_id is not null
  union all select null, reason, sum(count)::int from refused group by reason
  order by count desc, reason`;

/** All sources of anomalies read of the venue `p`. */
const anomaliesOf = (day: Day, rules: AnomalyRules) => sql`/* report.anomalies */
  with found as (
    select t.event_id, t.kind, count(*)::int as count
    from venues p cross join lateral (
      select * from ${oddScans(rules)} o union all select * from ${skewedClocks(rules, day)} k
      union all select * from ${crossings(day)} c
    ) t
    where p.id = ${day.venueId} and t.venue_id = p.id and t.scanned_at >= ${day.from} and t.scanned_at < ${day.to}
    group by 1, 2
  )
  select event_id as "eventId", kind, count from found where event_id is not null
  union all select null, kind, sum(count)::int from found group by kind
  order by count desc, kind`;

/** The most who were inside at the end of an instant of the day, or at its beginning. */
const peaksOf = (day: Day) => sql`/* report.peaks */
  with moves as (
    select event_id, ${day.from}::timestamptz as at, sum(inside)::int as move from scan_quarters
    where venue_id = ${day.venueId} and quarter_at < ${quarterOf(day.from)} group by 1
    union all
    select s.event_id, greatest(s.scanned_at, ${day.from}), case s.direction when 'ENTRY' then 1 else -1 end
    from ${scansOf({ ...day, from: quarterOf(day.from) })}
    where s.outcome = 'ACCEPTED' and s.ticket_id is not null and (s.direction = 'ENTRY') = (s.before_gate_id is null)
  ),
  instants as (
    select event_id, at, sum(move) as move, false as is_whole from moves where event_id is not null group by 1, 2
    union all select null, at, sum(move), true from moves group by 2
  ),
  states as (
    select event_id, at, sum(move) over (partition by event_id, is_whole order by at)::int as inside from instants
  )
  select distinct on (event_id) event_id as "eventId", inside, extract(epoch from at)::float8 * 1000 as at
  from states where inside > 0 order by event_id, inside desc, at`;

/** The day's events with their no-shows, and the sum of these. */
const showsOf = (day: Day) => sql`/* report.events */
  with shows as (
    select e.id, e.starts_at, case when e.ends_at >= ${day.from} and e.ends_at < ${day.to} and e.status <> 'CANCELLED' then (
      select count(*) from tickets t left join presences p on p.ticket_id = t.id
      where t.event_id = e.id and t.status = 'PAID' and p.first_entry_at is null
    ) else 0 end as no_shows
    from events e
    where e.venue_id = ${day.venueId} and (
      (e.starts_at < ${day.to} and e.ends_at > ${day.from} and e.status = 'PUBLISHED')
      or exists (select from scan_quarters q where q.event_id = e.id and q.quarter_at >= ${day.from} and q.quarter_at < ${day.to})
    )
  )
  select id as "eventId", no_shows::int as "noShows", starts_at from shows
  union all select null, coalesce(sum(no_shows), 0)::int, null from shows
  order by starts_at, "eventId"`;
