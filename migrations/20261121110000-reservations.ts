import { Migration } from "@mikro-orm/migrations";

/** Holds, what was paid for them, and the keys under which clients may safely ask again. */
export class Reservations extends Migration {
  override up(): void {
    this.addSql(`
      create table reservations (
        id uuid primary key,
        event_id uuid not null references events,
        user_id uuid not null references users,
        status text not null check (status in ('RESERVED', 'PAID', 'EXPIRED', 'CANCELLED')),
        total_minor int not null check (total_minor >= 0),
        currency text not null,
        created_at timestamptz(3) not null,
        expires_at timestamptz(3) not null,
        paid_at timestamptz(3),
        check ((status = 'PAID') <= (paid_at is not null))
      )`);
    this.addSql(`create index on reservations (user_id, id)`);
    this.addSql(`create index on reservations (event_id, id)`);

    // A held ticket repeats when its hold ends, so that what ran out is found type by type without its reservation.
    this.addSql(`
      alter table tickets
        add column reservation_id uuid references reservations,
        add column held_until timestamptz(3)`);
    this.addSql(`create index on tickets (reservation_id, id) where reservation_id is not null`);
    this.addSql(`create index on tickets (ticket_type_id, held_until) where status = 'RESERVED'`);

    // The key is claimed before what it is for is made, hence the deferred check.
    this.addSql(`
      create table idempotency_keys (
        user_id uuid not null references users,
        operation text not null,
        key text collate "C" not null,
        input_digest bytea not null,
        reservation_id uuid not null references reservations deferrable initially deferred,
        created_at timestamptz(3) not null,
        primary key (user_id, operation, key)
      )`);
    this.addSql(`
      create table payments (
        id uuid primary key,
        reservation_id uuid not null references reservations,
        status text not null
          check (status in ('STARTED', 'AUTHORISED', 'DECLINED', 'RELEASED', 'DUE', 'CAPTURED', 'REFUNDED')),
        amount_minor int not null check (amount_minor >= 0),
        currency text not null,
        reference text,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null
      )`);
    this.addSql(`create index on payments (reservation_id)`);
    // No reservation is charged twice, whatever the program does.
    this.addSql(`
      create unique index payments_one_charge on payments (reservation_id) where status in ('DUE', 'CAPTURED')`);
  }
}
