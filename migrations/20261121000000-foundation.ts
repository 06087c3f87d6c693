import { Migration } from "@mikro-orm/migrations";

/** People, places, events, tickets, scans and the counts kept from them. */
export class Foundation extends Migration {
  override up(): void {
    this.addSql(`
      create table users (
        id uuid primary key,
        email text unique,
        name text not null,
        password_hash text,
        role text not null check (role in ('MEMBER', 'ADMIN')),
        latitude double precision check (latitude between -90 and 90),
        longitude double precision check (longitude between -180 and 180),
        created_at timestamptz(3) not null,
        check ((latitude is null) = (longitude is null))
      )`);
    this.addSql(`
      create table sessions (
        id uuid primary key,
        user_id uuid not null references users,
        created_at timestamptz(3) not null,
        ended_at timestamptz(3)
      )`);
    this.addSql(`create index on sessions (user_id)`);
    this.addSql(`
      create table refresh_tokens (
        digest bytea primary key,
        session_id uuid not null references sessions on delete cascade,
        created_at timestamptz(3) not null,
        expires_at timestamptz(3) not null,
        used_at timestamptz(3)
      )`);
    this.addSql(`create index on refresh_tokens (session_id)`);

    this.addSql(`
      create table venues (
        id uuid primary key,
        owner_id uuid not null references users,
        name text not null,
        address text not null,
        latitude double precision check (latitude between -90 and 90),
        longitude double precision check (longitude between -180 and 180),
        time_zone text not null,
        capacity int not null check (capacity > 0),
        public_occupancy boolean not null,
        alert_threshold_percents int[] not null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        check ((latitude is null) = (longitude is null))
      )`);
    this.addSql(`create index on venues (owner_id)`);
    this.addSql(`
      create table venue_staff (
        venue_id uuid not null references venues,
        user_id uuid not null references users,
        added_at timestamptz(3) not null,
        primary key (venue_id, user_id)
      )`);
    this.addSql(`create index on venue_staff (user_id)`);
    this.addSql(`
      create table gates (
        id uuid primary key,
        venue_id uuid not null references venues,
        name text not null,
        created_at timestamptz(3) not null,
        unique (venue_id, name)
      )`);
    this.addSql(`
      create table devices (
        id uuid primary key,
        gate_id uuid not null references gates,
        name text not null,
        token_digest bytea not null unique,
        enrolled_at timestamptz(3) not null,
        last_seen_at timestamptz(3),
        revoked_at timestamptz(3)
      )`);
    this.addSql(`create index on devices (gate_id)`);

    this.addSql(`
      create table events (
        id uuid primary key,
        venue_id uuid not null references venues,
        organizer_id uuid not null references users,
        title text not null,
        description text not null,
        category text not null,
        status text not null check (status in ('DRAFT', 'PUBLISHED', 'CANCELLED')),
        starts_at timestamptz(3) not null,
        ends_at timestamptz(3) not null,
        doors_open_at timestamptz(3) not null,
        auto_exit_at timestamptz(3) not null,
        capacity int check (capacity > 0),
        reentry_allowed boolean not null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        check (starts_at < ends_at and doors_open_at < ends_at and auto_exit_at > starts_at)
      )`);
    this.addSql(`create index on events (venue_id, starts_at, id)`);
    this.addSql(`create index on events (organizer_id, starts_at, id)`);
    this.addSql(`
      create table ticket_types (
        id uuid primary key,
        event_id uuid not null references events,
        name text not null,
        price_minor int not null check (price_minor >= 0),
        currency text not null check (currency ~ '^[A-Z]{3}$'),
        quantity int not null check (quantity >= 0),
        sold int not null check (sold >= 0),
        reserved int not null check (reserved >= 0),
        admits_when_full boolean not null,
        created_at timestamptz(3) not null,
        constraint ticket_types_stock check (sold + reserved <= quantity)
      )`);
    this.addSql(`create index on ticket_types (event_id, id)`);
    // Codes and keys are compared byte by byte ("C"), whatever the language of the database.
    this.addSql(`
      create table tickets (
        id uuid primary key,
        event_id uuid not null references events,
        venue_id uuid not null references venues,
        ticket_type_id uuid not null references ticket_types,
        holder_id uuid references users,
        holder_name text,
        code text collate "C" not null,
        status text not null check (status in ('RESERVED', 'PAID', 'EXPIRED', 'CANCELLED')),
        created_at timestamptz(3) not null,
        paid_at timestamptz(3),
        constraint tickets_code unique (event_id, code)
      )`);
    this.addSql(`create index on tickets (venue_id, code)`);
    this.addSql(`create index on tickets (event_id, id)`);
    this.addSql(`create index on tickets (holder_id, id)`);

    // No foreign keys on scans and presences: only a venue's batch writes them, after reading under the venue's lock what
    // they name, and nothing they name is ever deleted. Checking again would lock a gate's row once for every scan.
    this.addSql(`
      create table scans (
        id uuid primary key,
        venue_id uuid not null,
        gate_id uuid not null,
        scanner_id uuid not null,
        device_id uuid,
        key text collate "C" not null,
        direction text not null check (direction in ('ENTRY', 'EXIT')),
        outcome text not null check (outcome in ('ACCEPTED', 'REFUSED', 'ANNULLED')),
        reason text,
        conflict text,
        capacity_override boolean not null,
        offline boolean not null,
        automatic boolean not null,
        code text collate "C" not null,
        ticket_id uuid,
        event_id uuid,
        ticket_type_id uuid,
        scanned_at timestamptz(3) not null,
        reported_at timestamptz(3),
        received_at timestamptz(3) not null,
        version bigint not null,
        constraint scans_key unique (scanner_id, gate_id, key),
        check (reason is null or outcome = 'REFUSED')
      )`);
    this.addSql(`create unique index on scans (venue_id, version)`);
    this.addSql(`create index on scans (ticket_id, scanned_at, key) where ticket_id is not null`);
    this.addSql(`create index on scans (gate_id, scanned_at, key)`);
    this.addSql(`create index on scans (event_id, scanned_at, key) where event_id is not null`);
    this.addSql(`
      create table presences (
        ticket_id uuid primary key,
        latest_at timestamptz(3),
        latest_key text collate "C",
        latest_direction text,
        latest_gate_id uuid,
        theoretical_at timestamptz(3),
        theoretical_key text collate "C",
        theoretical_direction text,
        first_entry_at timestamptz(3),
        first_entry_key text collate "C",
        last_exit_at timestamptz(3),
        last_exit_key text collate "C"
      ) with (fillfactor = 80)`);
    // Half-empty pages let every update of these few hot rows stay on its page; frequent vacuum keeps the pages few.
    this.addSql(`
      create table occupancies (
        id uuid primary key,
        venue_id uuid not null references venues,
        kind text not null check (kind in ('VENUE', 'GATE', 'EVENT', 'TICKET_TYPE')),
        inside int not null default 0 check (inside >= 0),
        theoretical int not null default 0 check (theoretical >= 0),
        entries int not null default 0,
        exits int not null default 0,
        refusals int not null default 0,
        version bigint not null default 1
      ) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)`);
    this.addSql(`create index on occupancies (venue_id)`);
  }
}
