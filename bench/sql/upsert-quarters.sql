insert into scan_quarters as q select * from unnest($1::scan_quarters[])
on conflict (venue_id, quarter_at, gate_id, event_id, ticket_type_id) do update set
  entries = q.entries + excluded.entries, exits = q.exits + excluded.exits,
  refusals = q.refusals + excluded.refusals, inside = q.inside + excluded.inside
