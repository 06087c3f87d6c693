import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";

/** What an event came to so far. */
export interface AttendanceState {
  readonly eventId: string;
  /** Tickets that are paid. */
  readonly registered: number;
  /** Tickets that have entered, whatever became of them. */
  readonly attended: number;
  readonly noShows: number;
  readonly inside: number;
  /** The most who were inside at the end of any instant. */
  readonly peakInside: number;
  /** The first instant at which they were; null while nobody has been inside. */
  readonly peakAt: Date | null;
  readonly refusals: number;
  readonly averageStayMinutes: number | null;
  /** In the order of their making. */
  readonly byTicketType: readonly TicketTypeAttendanceState[];
}

export interface TicketTypeAttendanceState {
  readonly ticketTypeId: string;
  readonly registered: number;
  readonly attended: number;
}

type Row = Omit<AttendanceState, "registered" | "attended" | "noShows" | "peakAt" | "byTicketType"> & {
  readonly peakAt: number | null;
  readonly byTicketType: readonly (TicketTypeAttendanceState & { readonly noShows: number })[];
};

/**
 * The attendance of the events; one that does not exist is not in the map. One statement. A ticket's passages are the scans by
 * which it came in or went out, so they take turns: a stay is from each entry to the exit after it, unless that is automatic.
 * Of months whose scans are detached there are the peak, the sum of the stays, and who was still inside at their end.
 */
export async function readAttendances(
  em: EntityManager,
  eventIds: readonly string[],
): Promise<Map<string, AttendanceState>> {
  const ids = sql`${[...eventIds]}::uuid[]`;
  const { rows } = await sql<Row>`/* attendance.read */
    with passages as materialized (
      select event_id, ticket_id, scanned_at, key, gate_id, direction, automatic from scans
      where event_id = any(${ids}) and outcome = 'ACCEPTED' and ticket_id is not null
        and (direction = 'ENTRY') = (before_gate_id is null)
      union all
      select event_id, ticket_id, inside_since, latest_key, latest_gate_id, 'ENTRY', false from carried_presences c
      where event_id = any(${ids}) and inside_since is not null and not exists (
        select from carried_presences l where l.ticket_id = c.ticket_id and l.month_at > c.month_at)
    ),
    peaks as (
      select distinct on (event_id) event_id, inside::int, at
      from (
        select event_id, scanned_at as at,
          sum(sum(case direction when 'ENTRY' then 1 else -1 end)) over (partition by event_id order by scanned_at) as inside
        from passages group by event_id, scanned_at
        union all
        select event_id, peak_at, peak_inside from event_months where event_id = any(${ids})
      ) m where inside > 0 order by event_id, inside desc, at
    ),
    stays as (
      select event_id, sum(milliseconds)::float8 / sum(stays)::float8 / 60000 as minutes
      from (
        select event_id, 1 as stays, extract(epoch from left_at - scanned_at) * 1000 as milliseconds
        from (
          select event_id, direction, scanned_at, lead(scanned_at) over story as left_at, lead(automatic) over story as is_automatic
          from passages window story as (partition by ticket_id order by scanned_at, key, direction, gate_id)
        ) p where direction = 'ENTRY' and not is_automatic
        union all
        select event_id, stays, stay_milliseconds from event_months where event_id = any(${ids})
      ) s group by event_id having sum(stays) > 0
    ),
    guests as materialized (
      select ticket_type_id, count(*) filter (where is_paid) as registered, count(first_entry_at) as attended,
        count(*) filter (where is_paid and first_entry_at is null) as no_shows
      from (
        select ticket_type_id, status = 'PAID' as is_paid,
          (select p.first_entry_at from presences p where p.ticket_id = t.id) as first_entry_at
        from tickets t where event_id = any(${ids}) offset 0
      ) t group by 1
    )
    select o.id as "eventId", o.inside, o.refusals, coalesce(p.inside, 0) as "peakInside",
      extract(epoch from p.at)::float8 * 1000 as "peakAt", s.minutes as "averageStayMinutes",
      array(
        select json_build_object('ticketTypeId', y.id, 'registered', coalesce(g.registered, 0),
          'attended', coalesce(g.attended, 0), 'noShows', coalesce(g.no_shows, 0))
        from ticket_types y left join guests g on g.ticket_type_id = y.id where y.event_id = o.id order by y.id
      ) as "byTicketType"
    from occupancies o left join peaks p on p.event_id = o.id left join stays s on s.event_id = o.id
    where o.id = any(${ids}) and o.kind = 'EVENT'`.execute(em.getKysely());
  return new Map(rows.map((row) => [row.eventId, toAttendance(row)]));
}

function toAttendance(row: Row): AttendanceState {
  const sum = (field: "registered" | "attended" | "noShows") =>
    row.byTicketType.reduce((total, type) => total + type[field], 0);
  return {
    ...row,
    registered: sum("registered"),
    attended: sum("attended"),
    noShows: sum("noShows"),
    peakAt: row.peakAt === null ? null : new Date(row.peakAt),
  };
}
