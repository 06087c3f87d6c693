-- One scan by one call: what Gatehouse decides for a group of scans, for a single one. What no other scan can change is
-- looked up before the venue's row is locked, so that the lock is held no longer than it must.
create function scan_one(
  token_digest bytea, scan_key text, scan_code text, scan_direction text,
  out outcome text, out reason text, out capacity_override boolean, out replayed boolean, out problem text,
  out inside int, out capacity int, out version bigint
) language plpgsql as $$
declare
  device record;
  ticket record;
  venue record;
  presence presences;
  known scan_keys;
  stored scans;
  event_inside int;
  is_entry constant boolean := scan_direction = 'ENTRY';
  was_inside_at uuid;
  is_inside_at uuid;
  scan_id uuid;
  was_theoretical boolean;
  is_theoretical boolean;
  counts boolean;
  moved boolean := false;
  at timestamptz(3);
begin
  select d.id, d.gate_id, d.last_seen_at, g.venue_id into device
    from devices d join gates g on g.id = d.gate_id
    where d.token_digest = scan_one.token_digest and d.revoked_at is null;
  if not found then
    problem := 'UNAUTHENTICATED';
    return;
  end if;

  select t.id, t.status, t.event_id, t.ticket_type_id, y.admits_when_full, e.status as event_status, e.doors_open_at,
      e.ends_at, e.reentry_allowed, e.capacity as event_capacity into ticket
    from tickets t join events e on e.id = t.event_id join ticket_types y on y.id = t.ticket_type_id
    where t.venue_id = device.venue_id and t.code = scan_code
    order by e.status <> 'CANCELLED' and e.doors_open_at <= now() and now() < e.ends_at desc,
      abs(extract(epoch from e.starts_at - now())), e.id
    limit 1;

  select o.inside, o.version, v.capacity, v.owner_id into venue
    from occupancies o join venues v on v.id = o.id where o.id = device.venue_id for update of o;

  replayed := false;
  capacity_override := false;
  capacity := venue.capacity;
  inside := venue.inside;
  version := venue.version;
  select * into known from scan_keys k
    where k.scanner_id = device.id and k.gate_id = device.gate_id and k.key = scan_key;
  if found then
    select * into stored from scans s where s.id = known.scan_id and s.scanned_at = known.scanned_at;
    if stored.code <> scan_code or stored.direction <> scan_direction then
      problem := 'KEY_REUSED';
      return;
    end if;
    replayed := true;
    outcome := stored.outcome;
    reason := stored.reason;
    capacity_override := stored.capacity_override;
    return;
  end if;

  at := clock_timestamp();
  if ticket.id is not null then
    select * into presence from presences p where p.ticket_id = ticket.id;
    at := greatest(at, presence.last_scan_at + interval '1 ms');
  end if;

  if is_entry then
    if ticket.id is null then
      reason := case when exists (
        select from tickets t join venues v on v.id = t.venue_id
        where v.owner_id = venue.owner_id and v.id <> device.venue_id and t.code = scan_code
      ) then 'WRONG_VENUE' else 'UNKNOWN_TICKET' end;
    else
      if ticket.event_capacity is not null then
        select o.inside into event_inside from occupancies o where o.id = ticket.event_id;
      end if;
      reason := case
        when ticket.event_status = 'CANCELLED' then 'EVENT_CANCELLED'
        when ticket.status = 'CANCELLED' then 'CANCELLED'
        when ticket.status = 'EXPIRED' then 'EXPIRED'
        when ticket.status = 'RESERVED' then 'NOT_PAID'
        when at < ticket.doors_open_at then 'TOO_EARLY'
        when at >= ticket.ends_at then 'TOO_LATE'
        when presence.latest_direction = 'ENTRY' then 'ALREADY_INSIDE'
        when not ticket.reentry_allowed and (presence.first_entry_at, presence.first_entry_key)
          < (presence.last_exit_at, presence.last_exit_key) then 'REENTRY_NOT_ALLOWED'
        when venue.inside >= venue.capacity then 'VENUE_FULL'
        when event_inside >= ticket.event_capacity then 'EVENT_FULL'
      end;
      if reason in ('VENUE_FULL', 'EVENT_FULL') and ticket.admits_when_full then
        capacity_override := true;
        reason := null;
      end if;
    end if;
  end if;
  outcome := case when reason is null then 'ACCEPTED' else 'REFUSED' end;
  version := venue.version + 1;

  was_inside_at := case when presence.latest_direction = 'ENTRY' then presence.latest_gate_id end;
  is_inside_at := was_inside_at;
  scan_id := uuidv7();
  insert into scans (id, venue_id, gate_id, scanner_id, device_id, key, direction, outcome, reason, capacity_override,
      offline, automatic, code, ticket_id, event_id, ticket_type_id, scanned_at, received_at, version, before_at,
      before_gate_id, odd)
    values (scan_id, device.venue_id, device.gate_id, device.id, device.id, scan_key, scan_direction, outcome, reason,
      capacity_override, false, false, scan_code, ticket.id, ticket.event_id, ticket.ticket_type_id, at,
      clock_timestamp(), version, presence.latest_at, was_inside_at, reason is not distinct from 'ALREADY_INSIDE');
  insert into scan_keys values (device.id, device.gate_id, scan_key, scan_id, at);
  insert into scan_quarters as q
    select device.venue_id, date_bin('15 minutes', at, 'epoch'), gate_id, ticket.event_id, ticket.ticket_type_id,
      sum(entries), sum(exits), sum(refusals), sum(change)
    from (values
      (device.gate_id, (outcome = 'ACCEPTED' and is_entry)::int, (outcome = 'ACCEPTED' and not is_entry)::int,
        (outcome = 'REFUSED')::int, (outcome = 'ACCEPTED' and is_entry)::int),
      (case when outcome = 'ACCEPTED' then was_inside_at end, 0, 0, 0, -1)) m (gate_id, entries, exits, refusals, change)
    where gate_id is not null group by gate_id
    on conflict (venue_id, quarter_at, gate_id, event_id, ticket_type_id) do update set
      entries = q.entries + excluded.entries, exits = q.exits + excluded.exits,
      refusals = q.refusals + excluded.refusals, inside = q.inside + excluded.inside;

  counts := ticket.id is not null and (outcome = 'ACCEPTED' or reason in ('VENUE_FULL', 'EVENT_FULL'));
  if counts then
    moved := outcome = 'ACCEPTED';
    if moved then
      is_inside_at := case when is_entry then device.gate_id end;
    end if;
    was_theoretical := coalesce(presence.theoretical_direction = 'ENTRY', false);
    is_theoretical := is_entry;
    insert into presences as p (ticket_id, latest_at, latest_key, latest_direction, latest_gate_id, theoretical_at,
        theoretical_key, theoretical_direction, first_entry_at, first_entry_key, last_exit_at, last_exit_key, last_scan_at)
      values (ticket.id, case when moved then at end, case when moved then scan_key end,
        case when moved then scan_direction end, case when moved then device.gate_id end, at, scan_key, scan_direction,
        case when moved and is_entry then at end, case when moved and is_entry then scan_key end,
        case when moved and not is_entry then at end, case when moved and not is_entry then scan_key end,
        at)
      on conflict (ticket_id) do update set
        latest_at = coalesce(excluded.latest_at, p.latest_at), latest_key = coalesce(excluded.latest_key, p.latest_key),
        latest_direction = coalesce(excluded.latest_direction, p.latest_direction),
        latest_gate_id = coalesce(excluded.latest_gate_id, p.latest_gate_id),
        theoretical_at = excluded.theoretical_at, theoretical_key = excluded.theoretical_key,
        theoretical_direction = excluded.theoretical_direction,
        first_entry_at = coalesce(p.first_entry_at, excluded.first_entry_at),
        first_entry_key = coalesce(p.first_entry_key, excluded.first_entry_key),
        last_exit_at = coalesce(excluded.last_exit_at, p.last_exit_at),
        last_exit_key = coalesce(excluded.last_exit_key, p.last_exit_key), last_scan_at = excluded.last_scan_at;
    inside := venue.inside + (is_inside_at is not null)::int - (was_inside_at is not null)::int;
  end if;

  update occupancies o set
      inside = o.inside + case when o.kind = 'GATE'
        then (o.id is not distinct from is_inside_at)::int - (o.id is not distinct from was_inside_at)::int
        else scan_one.inside - venue.inside end,
      theoretical = o.theoretical + case when counts and o.kind in ('VENUE', 'EVENT')
        then is_theoretical::int - was_theoretical::int else 0 end,
      entries = o.entries + (attempted and reason is null and is_entry)::int,
      exits = o.exits + (attempted and reason is null and not is_entry)::int,
      refusals = o.refusals + (attempted and reason is not null)::int,
      version = scan_one.version
    from (values (device.venue_id, true), (device.gate_id, true), (ticket.event_id, true),
        (case when moved then ticket.ticket_type_id end, false),
        (case when was_inside_at <> device.gate_id then was_inside_at end, false)) as place (id, attempted)
    where o.id = place.id;

  if device.last_seen_at is null or device.last_seen_at < clock_timestamp() - interval '10 seconds' then
    update devices d set last_seen_at = at where d.id = device.id;
  end if;
end $$
