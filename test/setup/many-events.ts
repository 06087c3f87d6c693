import pg from "pg";
import { addressOf, execute, MANY_EVENTS, makeDatabase, TEMPLATE } from "./postgres.js";

const ADJECTIVES =
  "Golden Silent Midnight Electric Velvet Northern Summer Winter Broken Crystal Wild Open Ancient Little";
const NOUNS = "River Lantern Harbour Thunder Garden Mirror Falcon Lighthouse Forest Meadow Comet Orchard Canyon Tide";
const KINDS = "Festival Symphony Marathon Concert Exhibition Conference Workshop Quartet Carnival Ballet Derby Reading";
const TOWNS = "Porto Tromsø Nairobi Sapporo Valparaíso Reykjavík Winnipeg Tbilisi Galway Hobart Kraków Oaxaca";

/** A category with one event in a thousand; the others are common. */
export const RARE_CATEGORY = "falconry";
export const CATEGORIES = ["music", "sport", "theatre", "science", "general"];

/** A fraction from 0 to 1 that looks like chance, the same in every run; `salt` makes another one of the same row. */
const chance = (salt: string): string => `((hashtextextended('${salt}' || i, 0) & 1048575) / 1048576::float8)`;
const oneOf = (words: string, salt: string): string =>
  `('{${words.replaceAll(" ", ",")}}'::text[])[1 + floor(${chance(salt)} * ${words.split(" ").length})::int]`;
/** One of 5,000 that nobody bears. */
const NAME = `initcap(substr(translate(md5((i % 5000)::text), '0123456789', 'aeioulnrst'), 1, 4 + i % 5))`;
/** A UUIDv7 of a time. */
const idAt = (time: string, salt: string): string =>
  `(lpad(to_hex((extract(epoch from ${time}) * 1000)::bigint), 12, '0') || '7' || substr(md5('${salt}' || i), 1, 3)
    || '8' || substr(md5('${salt}' || i), 4, 15))::uuid`;

/** Half of them in the coming year, half in the last; on whole hours, so that many start at once. */
const STARTS = `date_trunc('hour', now()) + (${chance("start")} * 17520 - 8760)::int * interval '1 hour'`;

const LOCK = 0x6d61_6e79;
const DRAFT = `${MANY_EVENTS}_draft`;

/** A database of the caller's own with 100,000 events. They are added once a run, and copied for whoever needs them. */
export async function makeManyEvents(postgresUrl: string): Promise<string> {
  const lock = new pg.Client({ connectionString: postgresUrl });
  await lock.connect();
  try {
    await lock.query("select pg_advisory_lock($1)", [LOCK]);
    const { rowCount } = await lock.query("select from pg_database where datname = $1", [MANY_EVENTS]);
    if (rowCount === 0) await makeTemplate(postgresUrl);
  } finally {
    await lock.end();
  }
  return makeDatabase(postgresUrl, MANY_EVENTS);
}

/** Under its name only when it is whole. */
async function makeTemplate(postgresUrl: string): Promise<void> {
  await execute(postgresUrl, `drop database if exists ${DRAFT} with (force)`);
  await execute(postgresUrl, `create database ${DRAFT} template ${TEMPLATE}`);
  await addManyEvents(addressOf(postgresUrl, DRAFT), 100_000);
  await execute(postgresUrl, `alter database ${DRAFT} rename to ${MANY_EVENTS}`);
}

/**
 * Events straight into an empty database, with all that finding them touches: 1,000 organizers, 2,000 venues evenly over the
 * globe (one in twenty nowhere), one in ten with a second ticket type. Of the events one in ten is a draft, one in fifty cancelled, one
 * in twenty sold out, and one in a hundred full of holds that ran out. Takes about ten seconds of one core for 100,000.
 */
async function addManyEvents(databaseUrl: string, count: number): Promise<void> {
  const indexes = await execute<{ drop: string; create: string }>(databaseUrl, INDEXES);
  // Built once at the end, they take a third of the time.
  await execute(databaseUrl, indexes.map(({ drop }) => drop).join(";"));
  for (const statement of [USERS, VENUES, EVENTS, TICKET_TYPES, RESERVATIONS, TICKETS]) {
    await execute(databaseUrl, statement.replaceAll("$count", String(count)));
  }
  await execute(databaseUrl, indexes.map(({ create }) => create).join(";"));
  await execute(databaseUrl, "vacuum analyze");
}

const INDEXES = `
  select format('drop index %s', indexrelid::regclass) as drop, pg_get_indexdef(indexrelid) as create
  from pg_index where indrelid in ('events'::regclass, 'ticket_types'::regclass) and not indisunique`;

const USERS = `
  insert into users (id, email, name, role, created_at)
  select ${idAt("now() - i * interval '1 hour'", "user")}, 'organizer-' || i || '@example.com', 'Organizer ' || i, 'MEMBER', now()
  from generate_series(1, 1000) i`;

const VENUES = `
  insert into venues (id, owner_id, name, address, latitude, longitude, time_zone, capacity, public_occupancy,
    alert_threshold_percents, daily_report_mail, created_at, updated_at)
  select ${idAt("now() - i * interval '1 minute'", "venue")}, u.id, 'Hall ' || i, i || ' ' || ${oneOf(TOWNS, "street")} || ' Street',
    case when i % 20 > 0 then degrees(asin(2 * ${chance("latitude")} - 1)) end,
    case when i % 20 > 0 then 360 * ${chance("longitude")} - 180 end,
    'UTC', 500, false, '{80,90,100}', false, now(), now()
  from generate_series(1, 2000) i
  join (select id, row_number() over (order by id) as number from users) u on u.number = 1 + i % 1000`;

const EVENTS = `
  insert into events (id, venue_id, organizer_id, title, description, category, status, starts_at, ends_at, doors_open_at,
    auto_exit_at, reentry_allowed, created_at, updated_at)
  select ${idAt("e.created_at", "event")}, v.id, v.owner_id, e.title, e.description, e.category, e.status, e.starts_at,
    e.starts_at + interval '3 hours', e.starts_at - interval '2 hours', e.starts_at + interval '7 hours', true,
    e.created_at, e.created_at
  from (
    select i,
      concat_ws(' ', ${oneOf(ADJECTIVES, "a")}, ${oneOf(NOUNS, "b")}, ${oneOf(KINDS, "c")}, ${oneOf(TOWNS, "d")}, 'with', ${NAME}, i % 997) as title,
      concat_ws(' ', 'A', lower(${oneOf(ADJECTIVES, "e")}), lower(${oneOf(KINDS, "f")}), 'for everybody, in the', lower(${oneOf(NOUNS, "g")}),
        'of', ${oneOf(TOWNS, "h")}) as description,
      case when ${chance("rare")} < 0.001 then '${RARE_CATEGORY}' else ${oneOf(CATEGORIES.join(" "), "category")} end as category,
      case when ${chance("status")} < 0.1 then 'DRAFT' when ${chance("status")} < 0.12 then 'CANCELLED' else 'PUBLISHED' end as status,
      ${STARTS} as starts_at,
      date_trunc('milliseconds', now() - ($count - i) * interval '5 minutes') as created_at
    from generate_series(1, $count) i
  ) e
  join (select id, owner_id, row_number() over (order by id) as number from venues) v
    on v.number = 1 + floor(2000 * power(${chance("venue")}, 1.5))::int % 2000
  order by e.i`;

/** What is sold of an event's types, by its number: all, all but what is held, or some. */
const TICKET_TYPES = `
  insert into ticket_types (id, event_id, name, price_minor, currency, quantity, sold, reserved, admits_when_full, created_at)
  select ${idAt("e.created_at", "type")}, e.id, k.name, 2500, 'EUR', 100,
    case when e.lot < 5 then 100 when e.lot = 5 then 99 else e.lot end, (e.lot = 5)::int, k.name = 'VIP', e.created_at
  from (select id, created_at, row_number() over (order by id) % 100 as lot from events) e
  join (values ('Standard'), ('VIP')) k (name) on k.name = 'Standard' or e.lot % 10 = 5
  cross join lateral (select e.id || k.name as i) x`;

const RESERVATIONS = `
  insert into reservations (id, event_id, user_id, status, total_minor, currency, created_at, expires_at)
  select ${idAt("e.created_at", "reservation")}, e.id, e.organizer_id, 'RESERVED', 2500, 'EUR', e.created_at, now() - interval '1 hour'
  from (select distinct event_id from ticket_types where reserved > 0) y
  join events e on e.id = y.event_id
  cross join lateral (select e.id as i) x`;

const TICKETS = `
  insert into tickets (id, event_id, venue_id, ticket_type_id, holder_id, code, status, created_at, reservation_id, held_until)
  select ${idAt("y.created_at", "ticket")}, y.event_id, e.venue_id, y.id, r.user_id, 'held ' || y.name, 'RESERVED', y.created_at, r.id,
    r.expires_at
  from ticket_types y
  join events e on e.id = y.event_id
  join reservations r on r.event_id = y.event_id
  cross join lateral (select y.id as i) x
  where y.reserved > 0`;
