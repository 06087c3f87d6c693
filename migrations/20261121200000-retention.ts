import { Migration } from "@mikro-orm/migrations";

/** What is still known of months whose scans are kept no longer, and which months these are. */
export class Retention extends Migration {
  override up(): void {
    this.addSql(`create schema archive`);
    this.addSql(`
      create table scan_months (
        starts_at timestamptz(3) primary key,
        ends_at timestamptz(3) not null,
        detached_at timestamptz(3),
        scans bigint
      )`);
    this.addSql(`
      create table carried_presences (
        ticket_id uuid not null,
        month_at timestamptz(3) not null,
        event_id uuid not null,
        inside_since timestamptz(3),
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
        last_exit_key text collate "C",
        last_scan_at timestamptz(3),
        primary key (ticket_id, month_at)
      )`);
    this.addSql(`create index carried_presences_month on carried_presences (month_at)`);
    this.addSql(`create index carried_presences_inside on carried_presences (event_id) where inside_since is not null`);
    this.addSql(`
      create table event_months (
        event_id uuid not null,
        month_at timestamptz(3) not null,
        peak_inside int not null,
        peak_at timestamptz(3) not null,
        stays int not null,
        stay_milliseconds bigint not null,
        primary key (event_id, month_at)
      )`);
    this.addSql(`create index event_months_month on event_months (month_at)`);
  }
}
