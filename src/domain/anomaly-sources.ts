import { type RawBuilder, sql } from "kysely";
import { AnomalyKind } from "../entities/anomaly.js";
import { RefusalReason, ScanDirection, ScanOutcome } from "../entities/scan.js";

/** What is configured. */
export interface AnomalyRules {
  /** Who comes back sooner after leaving comes back rapidly. */
  readonly rapidReentrySeconds: number;
  /** A clock that was further off was wrong. */
  readonly clockSkewSeconds: number;
}

/** The scans to look at: from `from` on, until before `to`; null has no end. */
export interface Span {
  readonly from: Date | null;
  readonly to: Date | null;
}

/** What an accepted scan of the same ticket just before comes to: when it was, and where the ticket was inside since. */
export interface Before {
  readonly at: RawBuilder<unknown>;
  readonly gateId: RawBuilder<unknown>;
}

/** As the scan `s` itself has it. */
export const BEFORE: Before = { at: sql`s.before_at`, gateId: sql`s.before_gate_id` };

/** For these the ticket was not good at all, whatever the time and whoever was inside. */
const INVALID_TICKET: readonly RefusalReason[] = [
  RefusalReason.UNKNOWN_TICKET,
  RefusalReason.REVOKED,
  RefusalReason.WRONG_VENUE,
  RefusalReason.EVENT_CANCELLED,
  RefusalReason.CANCELLED,
  RefusalReason.EXPIRED,
  RefusalReason.NOT_PAID,
];

/** The columns of an anomaly of the scan `s`. Like all constants of the program they are written out, and never sent. */
export const anomalyOf = (kind: RawBuilder<unknown>, capacity: RawBuilder<unknown> = sql`null::int`) =>
  sql`${kind} as kind, s.id as scan_id, s.venue_id, s.gate_id, s.event_id, s.ticket_id, s.scanned_at, s.key, s.outcome,
    s.conflict, s.before_at, s.reported_at, ${capacity} as capacity`;

const literal = (kind: AnomalyKind): RawBuilder<unknown> => sql`${sql.lit(kind)}::text`;

const IS_ENTRY = sql`s.direction = ${sql.lit(ScanDirection.ENTRY)}`;
const IS_ACCEPTED = sql`s.outcome = ${sql.lit(ScanOutcome.ACCEPTED)}`;

/** The kinds that a scan `s` is of by itself, as an array. */
export function kindsOf({ at, gateId }: Before, { rapidReentrySeconds }: AnomalyRules): RawBuilder<unknown> {
  const wasTurnedAway = sql`s.outcome = ${sql.lit(ScanOutcome.REFUSED)} and not s.offline
    and s.reason = ${sql.lit(RefusalReason.ALREADY_INSIDE)}`;
  const isInvalid = sql`s.conflict in (${sql.join(INVALID_TICKET.map((reason) => sql.lit(reason)))})`;
  const isRapid = sql`s.scanned_at - ${at} < make_interval(secs => ${sql.lit(rapidReentrySeconds)})`;
  const conditions: readonly [AnomalyKind, RawBuilder<unknown>][] = [
    [AnomalyKind.DUPLICATE_ENTRY, sql`${IS_ENTRY} and ${gateId} is not null and (${IS_ACCEPTED} or ${wasTurnedAway})`],
    [AnomalyKind.EXIT_WITHOUT_ENTRY, sql`not ${IS_ENTRY} and ${gateId} is null and ${IS_ACCEPTED}`],
    [AnomalyKind.RAPID_REENTRY, sql`${IS_ENTRY} and ${gateId} is null and ${IS_ACCEPTED} and ${isRapid}`],
    [AnomalyKind.INVALID_TICKET_ADMITTED, sql`${IS_ENTRY} and s.offline and ${IS_ACCEPTED} and ${isInvalid}`],
  ];
  const cases = conditions.map(([kind, holds]) => sql`case when ${holds} then ${literal(kind)} end`);
  return sql`array_remove(array[${sql.join(cases)}], null)`;
}

/** All that single scans of the venue `p` are, each by itself. */
export const oddScans = (rules: AnomalyRules): RawBuilder<unknown> =>
  sql`(select ${anomalyOf(sql`k.kind`)} from scans s cross join lateral unnest(${kindsOf(BEFORE, rules)}) as k (kind)
    where s.odd)`;

/** Whether the scan `s` shows a wrong clock. What was corrected has been reported with another time than it happened at. */
export const showsSkew = ({ clockSkewSeconds }: AnomalyRules): RawBuilder<boolean> =>
  sql`s.odd and s.reported_at <> s.scanned_at and s.outcome <> ${sql.lit(ScanOutcome.ANNULLED)}
    and abs(extract(epoch from s.reported_at - s.scanned_at)) > ${sql.lit(clockSkewSeconds)}`;

/** The day of a scan `s`, in UTC. */
export const UTC_DAY = sql`(s.scanned_at at time zone 'UTC')::date`;

/** Within a scanner's day the first comes first. */
export const FIRST_OF_DAY = sql`s.scanner_id, ${UTC_DAY}, s.scanned_at, s.key, s.direction, s.gate_id, s.id`;

/** Each scanner's first scan of a day that shows its clock to be wrong. Whole days: a part of one has another first. */
export const skewedClocks = (rules: AnomalyRules, { from, to }: Span): RawBuilder<unknown> =>
  sql`(select ${anomalyOf(literal(AnomalyKind.CLOCK_SKEW))} from (
      select distinct on (s.scanner_id, ${UTC_DAY}) s.* from scans s
      where s.venue_id = p.id and ${showsSkew(rules)}
        and s.scanned_at >= date_trunc('day', coalesce(${from}::timestamptz, '-infinity'), 'UTC')
        and s.scanned_at < coalesce(${to}::timestamptz, 'infinity')
      order by ${FIRST_OF_DAY}
    ) s)`;

/**
 * The offline entries by which the venue `p` came to hold more than its capacity of that time. Only those quarters of an hour are
 * looked into of which the sums say that it may have: who was there at their beginning, with all who came.
 */
export const crossings = ({ from, to }: Span): RawBuilder<unknown> => sql`(
  with capacities as (
    select since, lead(since, 1, 'infinity') over (order by since) as until, capacity
    from venue_capacities where venue_id = p.id
  ), quarters as (
    select quarter_at, sum(entries) as entries, sum(sum(inside)) over (order by quarter_at) - sum(inside) as opening
    from scan_quarters where venue_id = p.id and quarter_at < coalesce(${to}::timestamptz, 'infinity')
    group by quarter_at
  ), crowded as (
    select q.* from quarters q
    where q.quarter_at > coalesce(${from}::timestamptz, '-infinity') - interval '15 minutes' and exists (
      select from capacities c where q.opening + q.entries > c.capacity
        and c.since < q.quarter_at + interval '15 minutes' and c.until > q.quarter_at)
  ), moves as (
    select s.*, m.move, q.opening + sum(m.move) over (
      partition by q.quarter_at order by s.scanned_at, s.key, s.direction, s.gate_id, s.scanner_id, s.id) as inside
    from crowded q
    join scans s on s.scanned_at >= q.quarter_at and s.scanned_at < q.quarter_at + interval '15 minutes'
      and s.gate_id = any(array(select g.id from gates g where g.venue_id = p.id))
    cross join lateral (select case
      when ${IS_ENTRY} and s.before_gate_id is null then 1
      when not ${IS_ENTRY} and s.before_gate_id is not null then -1 end as move) m
    where ${IS_ACCEPTED} and s.ticket_id is not null and m.move is not null
  )
  select ${anomalyOf(literal(AnomalyKind.OVER_CAPACITY), sql`c.capacity`)} from moves s
  join capacities c on c.since <= s.scanned_at and s.scanned_at < c.until
  join ticket_types y on y.id = s.ticket_type_id
  where s.move = 1 and s.inside = c.capacity + 1 and s.offline and not y.admits_when_full
    and s.scanned_at >= coalesce(${from}::timestamptz, '-infinity')
    and s.scanned_at < coalesce(${to}::timestamptz, 'infinity'))`;
