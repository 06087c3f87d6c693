import { type RawBuilder, sql } from "kysely";

/**
 * The scans of tickets (`scans`: a table) as far as they make presences: which of a presence's moments each may be, and, of an entry
 * of somebody outside, when that was.
 */
export const stepsOf = (scans: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  select ticket_id, scanned_at, key, direction, gate_id, is_accepted,
    is_accepted or outcome = 'REFUSED' and is_entry and reason in ('VENUE_FULL', 'EVENT_FULL') as is_theoretical,
    is_accepted and is_entry as is_first, is_accepted and not is_entry as is_last,
    case when is_accepted and is_entry and before_gate_id is null then scanned_at end as came_in_at
  from (
    select *, outcome = 'ACCEPTED' as is_accepted, direction = 'ENTRY' as is_entry from ${scans} where ticket_id is not null
  ) s`;

/** What carried presences (`carried`: a table, one row a ticket) know, as if it were scans. */
export const carriedSteps = (carried: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  select c.ticket_id, m.* from ${carried} c cross join lateral (values
    (c.latest_at, c.latest_key, c.latest_direction, c.latest_gate_id, true, true, false, false, c.inside_since),
    (c.theoretical_at, c.theoretical_key, c.theoretical_direction, null, false, true, false, false, null),
    (c.first_entry_at, c.first_entry_key, 'ENTRY', null, false, false, true, false, null),
    (c.last_exit_at, c.last_exit_key, 'EXIT', null, false, false, false, true, null),
    (c.last_scan_at, '', '', null, false, false, false, false, null)
  ) as m where m.column1 is not null`;

/** Each ticket's latest carried presence, of months before the given one. */
export const carriedBefore = (month: Date | null): RawBuilder<unknown> => sql`(
  select distinct on (ticket_id) * from carried_presences
  where month_at < coalesce(${month}::timestamptz, 'infinity') order by ticket_id, month_at desc)`;

const BACKWARDS = sql`ticket_id, scanned_at desc, key desc, direction desc, gate_id desc`;

/**
 * What the common table `steps` comes to, as common tables. Scans of one instant and key, from two gates, rank as in
 * `compareMoments`. The last of them, `told`, has the columns of a presence, and `inside_since`.
 */
export const PRESENCES_OF_STEPS = sql`
  latest as (select distinct on (ticket_id) * from steps where is_accepted order by ${BACKWARDS}),
  theoretical as (select distinct on (ticket_id) * from steps where is_theoretical order by ${BACKWARDS}),
  firsts as (select distinct on (ticket_id) * from steps where is_first order by ticket_id, scanned_at, key),
  lasts as (select distinct on (ticket_id) * from steps where is_last order by ${BACKWARDS}),
  ends as (
    select ticket_id, max(scanned_at) as last_scan_at, max(came_in_at) as came_in_at from steps group by ticket_id
  ),
  told as (
    select e.ticket_id, l.scanned_at as latest_at, l.key as latest_key, l.direction as latest_direction,
      l.gate_id as latest_gate_id, t.scanned_at as theoretical_at, t.key as theoretical_key,
      t.direction as theoretical_direction, f.scanned_at as first_entry_at, f.key as first_entry_key,
      x.scanned_at as last_exit_at, x.key as last_exit_key, e.last_scan_at,
      case l.direction when 'ENTRY' then e.came_in_at end as inside_since
    from ends e
    left join theoretical t on t.ticket_id = e.ticket_id
    left join latest l on l.ticket_id = e.ticket_id
    left join firsts f on f.ticket_id = e.ticket_id
    left join lasts x on x.ticket_id = e.ticket_id
  )`;
