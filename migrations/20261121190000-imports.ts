import { Migration } from "@mikro-orm/migrations";

/** How far each file of tickets or scans has got, for those who did not send it, and for who lost the connection. */
export class Imports extends Migration {
  override up(): void {
    this.addSql(`
      create table imports (
        id uuid primary key,
        kind text not null check (kind in ('TICKETS', 'SCANS')),
        venue_id uuid not null references venues,
        event_id uuid references events,
        user_id uuid not null references users,
        status text not null check (status in ('RUNNING', 'DONE', 'STOPPED', 'FAILED')),
        reason text,
        lines int not null,
        taken int not null,
        repeated int not null,
        skipped int not null,
        bad int not null,
        first_bad jsonb not null,
        started_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        check ((kind = 'TICKETS') = (event_id is not null)),
        check (lines = taken + repeated + skipped + bad)
      )`);
    this.addSql(`create index on imports (venue_id, id)`);
  }
}
