import { Migration } from "@mikro-orm/migrations";

/** The codes that tickets had before they were transferred. */
export class RevokedCodes extends Migration {
  override up(): void {
    this.addSql(`
      create table revoked_codes (
        event_id uuid not null references events,
        code text collate "C" not null,
        venue_id uuid not null references venues,
        ticket_id uuid not null references tickets,
        revoked_at timestamptz(3) not null,
        primary key (event_id, code)
      )`);
    this.addSql(`create index on revoked_codes (venue_id, code)`);
    this.addSql(`create index on revoked_codes (ticket_id)`);
  }
}
