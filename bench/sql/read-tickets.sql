select t.id as ticket_id, t.code, t.is_revoked, t.status, t.event_id, t.ticket_type_id, t.held_until,
  y.admits_when_full, e.status as event_status, e.starts_at, e.doors_open_at, e.ends_at, e.reentry_allowed, e.capacity as event_capacity,
  e.auto_exit_at, e.auto_exited_at,
  o.inside as event_inside, p.latest_at, p.latest_key, p.latest_direction, p.latest_gate_id, p.theoretical_at,
  p.theoretical_key, p.theoretical_direction, p.first_entry_at, p.first_entry_key, p.last_exit_at, p.last_exit_key,
  p.last_scan_at
from (
  select id, code, false as is_revoked, status, event_id, ticket_type_id, held_until
  from tickets where venue_id = $1 and code = any($2)
  union all
  select t.id, r.code, true, t.status, t.event_id, t.ticket_type_id, t.held_until
  from revoked_codes r join tickets t on t.id = r.ticket_id where r.venue_id = $1 and r.code = any($2)
) t
join events e on e.id = t.event_id
join ticket_types y on y.id = t.ticket_type_id
join occupancies o on o.id = t.event_id
left join presences p on p.ticket_id = t.id
