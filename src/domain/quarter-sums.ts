import { type RawBuilder, sql } from "kysely";

/**
 * The sums of the quarter-hours `from` .. before `to` against the scans of the table `scans`: a row for each that differs, as
 * `verifyCounts` has them.
 */
export const quarterDifferences = (
  scans: RawBuilder<unknown>,
  { from, to }: { readonly from: RawBuilder<unknown>; readonly to: RawBuilder<unknown> },
): RawBuilder<unknown> => sql`/* verify.quarters */
  with moves as (
    select venue_id, gate_id, event_id, ticket_type_id, scanned_at,
      (outcome = 'ACCEPTED' and direction = 'ENTRY' and ticket_id is not null)::int as inside,
      (outcome = 'ACCEPTED' and direction = 'ENTRY')::int as entries,
      (outcome = 'ACCEPTED' and direction = 'EXIT')::int as exits, (outcome = 'REFUSED')::int as refusals
    from ${scans}
    union all
    select venue_id, before_gate_id, event_id, ticket_type_id, scanned_at, -1, 0, 0, 0
    from ${scans} where outcome = 'ACCEPTED' and before_gate_id is not null
  ),
  counted as (
    select venue_id, date_bin('15 minutes', scanned_at, 'epoch') as quarter_at, gate_id, event_id, ticket_type_id,
      sum(inside)::int as inside, sum(entries)::int as entries, sum(exits)::int as exits, sum(refusals)::int as refusals
    from moves group by 1, 2, 3, 4, 5
  ),
  sums as (select * from scan_quarters where quarter_at >= ${from} and quarter_at < ${to}),
  pairs as (
    select coalesce(k.gate_id, c.gate_id) as id, coalesce(k.quarter_at, c.quarter_at) as quarter_at,
      json_build_object('inside', coalesce(k.inside, 0), 'entries', coalesce(k.entries, 0),
        'exits', coalesce(k.exits, 0), 'refusals', coalesce(k.refusals, 0)) as kept,
      json_build_object('inside', coalesce(c.inside, 0), 'entries', coalesce(c.entries, 0),
        'exits', coalesce(c.exits, 0), 'refusals', coalesce(c.refusals, 0)) as counted
    from counted c full join sums k on (k.venue_id, k.quarter_at, k.gate_id) = (c.venue_id, c.quarter_at, c.gate_id)
      and coalesce(k.ticket_type_id, k.venue_id) = coalesce(c.ticket_type_id, c.venue_id)
  )
  select 'from ' || to_char(quarter_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') || ', gate' as subject, id, kept, counted
  from pairs where kept::text <> counted::text order by quarter_at, id`;
