insert into presences as p select * from unnest($1::presences[])
on conflict (ticket_id) do update set
  latest_at = excluded.latest_at, latest_key = excluded.latest_key,
  latest_direction = excluded.latest_direction, latest_gate_id = excluded.latest_gate_id,
  theoretical_at = excluded.theoretical_at, theoretical_key = excluded.theoretical_key,
  theoretical_direction = excluded.theoretical_direction,
  first_entry_at = excluded.first_entry_at, first_entry_key = excluded.first_entry_key,
  last_exit_at = excluded.last_exit_at, last_exit_key = excluded.last_exit_key,
  last_scan_at = excluded.last_scan_at
