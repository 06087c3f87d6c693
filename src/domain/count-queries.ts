import { sql } from "kysely";
import { PresenceEntity } from "../entities/presence.js";
import { quarterDifferences } from "./quarter-sums.js";
import { carriedBefore, carriedSteps, PRESENCES_OF_STEPS, stepsOf } from "./steps.js";

/** Until when scans are detached: of earlier ones there is what was carried on from them. */
const DETACHED = sql`coalesce((select max(ends_at) from scan_months where detached_at is not null), '-infinity')`;

/** Each ticket's latest accepted scan, and more, from its scans and from what was carried on. */
const TALES = sql`
  steps as materialized (
    ${stepsOf(sql`scans`)} union all ${carriedSteps(carriedBefore(null))}
  ),
  ${PRESENCES_OF_STEPS}`;

/** The counts of every venue, gate, event and ticket type against the scans. */
export const PLACES = sql`/* verify.places */
  with ${TALES},
  moves as (
    select t.venue_id, l.gate_id, t.event_id, t.ticket_type_id, 1 as inside, 0 as theoretical, 0 as entries, 0 as exits,
      0 as refusals
    from latest l join tickets t on t.id = l.ticket_id where l.direction = 'ENTRY'
    union all
    select t.venue_id, null, t.event_id, null, 0, 1, 0, 0, 0
    from theoretical l join tickets t on t.id = l.ticket_id where l.direction = 'ENTRY'
    union all
    select venue_id, gate_id, event_id, null, 0, 0, entries, exits, refusals
    from scan_quarters where quarter_at < ${DETACHED}
    union all
    select venue_id, gate_id, event_id, null, 0, 0, (outcome = 'ACCEPTED' and direction = 'ENTRY')::int,
      (outcome = 'ACCEPTED' and direction = 'EXIT')::int, (outcome = 'REFUSED')::int
    from scans
  ),
  places as (
    select 'VENUE' as kind, id, id as venue_id from venues
    union all select 'GATE', id, venue_id from gates
    union all select 'EVENT', id, venue_id from events
    union all select 'TICKET_TYPE', y.id, e.venue_id from ticket_types y join events e on e.id = y.event_id
  ),
  sums as (
    select p.id, sum(m.inside)::int as inside, sum(m.theoretical)::int as theoretical, sum(m.entries)::int as entries,
      sum(m.exits)::int as exits, sum(m.refusals)::int as refusals
    from moves m cross join lateral unnest(array[m.venue_id, m.gate_id, m.event_id, m.ticket_type_id]) as p (id)
    where p.id is not null group by p.id
  ),
  counted as (
    select p.id, p.kind, json_build_object('kind', p.kind, 'venue', p.venue_id, 'inside', coalesce(s.inside, 0),
      'theoretical', coalesce(s.theoretical, 0), 'entries', coalesce(s.entries, 0), 'exits', coalesce(s.exits, 0),
      'refusals', coalesce(s.refusals, 0)) as counts
    from places p left join sums s on s.id = p.id
  ),
  kept as (
    select id, kind, json_build_object('kind', kind, 'venue', venue_id, 'inside', inside, 'theoretical', theoretical,
      'entries', entries, 'exits', exits, 'refusals', refusals) as counts
    from occupancies
  )
  select lower(replace(coalesce(c.kind, k.kind), '_', ' ')) as subject, id, k.counts as kept, c.counts as counted
  from counted c full join kept k using (id)
  where k.counts::text is distinct from c.counts::text order by 1, id`;

const columns = sql.raw(
  Object.keys(PresenceEntity.meta.properties)
    .filter((name) => name !== "ticketId")
    .map((name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))
    .map((name) => `'${name}', x.${name}`)
    .join(", "),
);

/** What is kept of each ticket's whereabouts; a ticket that never moved may have a row of nothing or none. */
export const PRESENCES = sql`/* verify.presences */
  with ${TALES},
  counted as (select x.ticket_id, json_build_object(${columns}) as state from told x),
  kept as (select x.ticket_id, json_build_object(${columns}) as state from presences x),
  nothing as (select json_build_object(${columns}) as state from (select (null::presences).*) x)
  select 'presence of ticket' as subject, ticket_id as id, coalesce(k.state, n.state) as kept,
    coalesce(c.state, n.state) as counted
  from counted c full join kept k using (ticket_id) cross join nothing n
  where coalesce(k.state, n.state)::text <> coalesce(c.state, n.state)::text order by ticket_id`;

/** What each scan of a ticket follows. */
export const FOLLOWS = sql`/* verify.follows */
  with known as (
    select id, ticket_id, scanned_at, key, direction, gate_id, outcome = 'ACCEPTED' as is_accepted, before_at,
      before_gate_id
    from scans where ticket_id is not null
    union all
    select null, ticket_id, latest_at, latest_key, latest_direction, latest_gate_id, true, null, null
    from ${carriedBefore(null)} c where latest_at is not null
  ),
  ranked as (
    select id, ticket_id, before_at, before_gate_id,
      count(*) filter (where is_accepted) over (
        partition by ticket_id order by scanned_at, key, direction, gate_id rows between unbounded preceding and 1 preceding
      ) as preceding
    from known
  ),
  accepted as (
    select ticket_id, scanned_at, case when direction = 'ENTRY' then gate_id end as gate_id,
      row_number() over (partition by ticket_id order by scanned_at, key, direction, gate_id) as number
    from known where is_accepted
  )
  select 'scan' as subject, r.id, json_build_object('follows', r.before_at, 'inside', r.before_gate_id) as kept,
    json_build_object('follows', a.scanned_at, 'inside', a.gate_id) as counted
  from ranked r left join accepted a on a.ticket_id = r.ticket_id and a.number = r.preceding
  where r.id is not null and (r.before_at, r.before_gate_id) is distinct from (a.scanned_at, a.gate_id) order by r.id`;

/** The sums of every quarter of an hour whose scans are there. */
export const QUARTERS = quarterDifferences(sql`scans`, { from: DETACHED, to: sql`'infinity'` });

/** Whom the quarter-hours without scans left inside at each gate, against what was carried on from those scans. */
export const CARRIED = sql`/* verify.carried */
  with carried as (
    select t.venue_id, c.latest_gate_id as gate_id, t.ticket_type_id, count(*)::int as inside
    from ${carriedBefore(null)} c join tickets t on t.id = c.ticket_id where c.inside_since is not null group by 1, 2, 3
  ),
  summed as (
    select venue_id, gate_id, ticket_type_id, sum(inside)::int as inside from scan_quarters
    where quarter_at < ${DETACHED} and ticket_type_id is not null group by 1, 2, 3 having sum(inside) <> 0
  )
  select 'what was detached at gate' as subject, gate_id as id, json_build_object('inside', coalesce(s.inside, 0)) as kept,
    json_build_object('inside', coalesce(c.inside, 0)) as counted
  from carried c full join summed s using (venue_id, gate_id, ticket_type_id)
  where coalesce(c.inside, 0) <> coalesce(s.inside, 0) order by gate_id`;

/** What the gates of a venue add up to. */
export const SUMS = sql`/* verify.sums */
  with pairs as (
    select v.id,
      json_build_object('inside', v.inside, 'entries', v.entries, 'exits', v.exits, 'refusals', v.refusals) as venue,
      json_build_object('inside', coalesce(sum(g.inside), 0), 'entries', coalesce(sum(g.entries), 0),
        'exits', coalesce(sum(g.exits), 0), 'refusals', coalesce(sum(g.refusals), 0)) as gates
    from occupancies v left join occupancies g on g.venue_id = v.venue_id and g.kind = 'GATE'
    where v.kind = 'VENUE' group by v.id
  )
  select 'venue, as the sum of its gates,' as subject, id, venue as kept, gates as counted
  from pairs where venue::text <> gates::text order by id`;

/**
 * A reservation, its tickets and its payments tell the same story. A place may be free before it is written down that its hold
 * ran out; money may have come and gone back where nothing was sold.
 */
export const RESERVATIONS = sql`/* verify.reservations */
  with pairs as (
    select r.id, json_build_object('held', count(t.id) filter (where t.status = 'RESERVED'),
        'sold', count(t.id) filter (where t.status = 'PAID'),
        'charges', coalesce(case when r.paid_at is null then p.taken else least(p.taken + p.returned, 1) end, 0)) as kept,
      json_build_object('held', count(t.id) filter (where t.status = 'RESERVED' and r.status = 'RESERVED'),
        'sold', count(t.id) filter (where t.status = 'PAID' and r.status in ('PAID', 'CANCELLED')),
        'charges', case when r.paid_at is null then 0 else 1 end) as counted
    from reservations r left join tickets t on t.reservation_id = r.id
    left join (
      select reservation_id, count(*) filter (where status in ('DUE', 'CAPTURED')) as taken,
        count(*) filter (where status in ('REFUND_DUE', 'REFUNDED')) as returned
      from payments group by reservation_id
    ) p on p.reservation_id = r.id
    group by r.id, p.taken, p.returned
  )
  select 'tickets of reservation' as subject, id, kept, counted
  from pairs where kept::text <> counted::text order by id`;

/** The stock of each ticket type against the tickets there are. */
export const STOCK = sql`/* verify.stock */
  with pairs as (
    select y.id, json_build_object('sold', y.sold, 'reserved', y.reserved) as kept,
      json_build_object('sold', count(t.id) filter (where t.status = 'PAID'),
        'reserved', count(t.id) filter (where t.status = 'RESERVED')) as counted
    from ticket_types y left join tickets t on t.ticket_type_id = y.id group by y.id
  )
  select 'stock of ticket type' as subject, id, kept, counted
  from pairs where kept::text <> counted::text order by id`;
