import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { type Month, tableOf } from "./month.js";
import { carriedBefore, carriedSteps, PRESENCES_OF_STEPS, stepsOf } from "./steps.js";

/**
 * Writes down what later scans, and attendances, must know of the month's scans when these are detached: where each of its tickets
 * then is, and what the events' peaks and stays of the month are. The months before it are detached; its scans change no more.
 */
export async function carryOn(em: EntityManager, month: Month): Promise<void> {
  await carryPresences(em, month);
  await addUpEvents(em, month);
}

/** Forgets it again: the month's scans are to be read themselves. */
export async function takeBackCarried(em: EntityManager, month: Month): Promise<void> {
  await sql`/* retention.uncarry */
    delete from carried_presences where month_at = ${month}`.execute(em.getKysely());
  await sql`/* retention.uncarry-events */
    delete from event_months where month_at = ${month}`.execute(em.getKysely());
}

async function carryPresences(em: EntityManager, month: Month): Promise<void> {
  const scans = sql.table(tableOf(month));
  await sql`/* retention.carry */
    with scanned as materialized (select distinct ticket_id, event_id from ${scans} where ticket_id is not null),
    steps as materialized (
      ${stepsOf(scans)} union all
      ${carriedSteps(sql`(select b.* from ${carriedBefore(month)} b join scanned using (ticket_id))`)}
    ), ${PRESENCES_OF_STEPS}
    insert into carried_presences (ticket_id, month_at, event_id, inside_since, latest_at, latest_key, latest_direction,
      latest_gate_id, theoretical_at, theoretical_key, theoretical_direction, first_entry_at, first_entry_key, last_exit_at,
      last_exit_key, last_scan_at)
    select ticket_id, ${month}, s.event_id, t.inside_since, t.latest_at, t.latest_key, t.latest_direction,
      t.latest_gate_id, t.theoretical_at, t.theoretical_key, t.theoretical_direction, t.first_entry_at, t.first_entry_key,
      t.last_exit_at, t.last_exit_key, t.last_scan_at
    from told t join scanned s using (ticket_id)`.execute(em.getKysely());
}

/** Passages, peaks and stays are those of `readAttendances`. Who was inside at the month's beginning came in before. */
async function addUpEvents(em: EntityManager, month: Month): Promise<void> {
  await sql`/* retention.events */
    with passages as materialized (
      select event_id, ticket_id, scanned_at, key, gate_id, direction, automatic from ${sql.table(tableOf(month))}
      where outcome = 'ACCEPTED' and ticket_id is not null and (direction = 'ENTRY') = (before_gate_id is null)
    ),
    opening as (
      select event_id, sum(inside) as inside from scan_quarters
      where event_id in (select event_id from passages) and quarter_at < ${month} group by 1
    ),
    peaks as (
      select distinct on (event_id) event_id, inside::int, at
      from (
        select p.event_id, p.scanned_at as at, coalesce(o.inside, 0) + sum(sum(case p.direction when 'ENTRY' then 1 else -1 end))
          over (partition by p.event_id order by p.scanned_at) as inside
        from passages p left join opening o using (event_id) group by p.event_id, p.scanned_at, o.inside
      ) m order by event_id, inside desc, at
    ),
    stays as (
      select event_id, count(*)::int as stays, sum(extract(epoch from scanned_at - came_in_at) * 1000)::bigint as milliseconds
      from (
        select p.event_id, p.direction, p.automatic, p.scanned_at, coalesce(lag(p.scanned_at) over (
            partition by p.ticket_id order by p.scanned_at, p.key, p.direction, p.gate_id), c.inside_since) as came_in_at
        from passages p left join ${carriedBefore(month)} c using (ticket_id)
      ) s where direction = 'EXIT' and not automatic group by event_id
    )
    insert into event_months (event_id, month_at, peak_inside, peak_at, stays, stay_milliseconds)
    select event_id, ${month}, p.inside, p.at, coalesce(s.stays, 0), coalesce(s.milliseconds, 0)
    from peaks p left join stays s using (event_id)`.execute(em.getKysely());
}
