import { Migration } from "@mikro-orm/migrations";

/** What anomalies are told by, besides the scans' own columns: clocks that were off, and what the capacity was. */
export class Anomalies extends Migration {
  override up(): void {
    // All of these are odd. It stands there for the planner, which knows how few are, and would think that most times differ.
    this.addSql(`
      create index scans_skewed on scans (venue_id, scanner_id, scanned_at, key) where odd and reported_at <> scanned_at`);
    this.addSql(`create index annulments_of_venue on annulments (venue_id, annulled_at)`);
    this.addSql(`
      create table venue_capacities (
        venue_id uuid not null references venues,
        since timestamptz(3) not null,
        capacity int not null check (capacity > 0),
        primary key (venue_id, since)
      )`);
    this.addSql(`insert into venue_capacities select id, '-infinity', capacity from venues`);
  }
}
