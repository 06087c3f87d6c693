import { Migration } from "@mikro-orm/migrations";

/** Each crossing of a venue's alert thresholds, and which of them have been crossed and not been left behind again. */
export class CapacityAlerts extends Migration {
  override up(): void {
    this.addSql(`alter table occupancies add column raised_percents int[] not null default '{}'`);
    // Nobody is told now of what was crossed before.
    this.addSql(`
      update occupancies o set raised_percents = array(
        select p from unnest(v.alert_threshold_percents) p
        where o.inside > 0 and o.inside::bigint * 100 >= p * v.capacity::bigint
      ) from venues v where v.id = o.id`);
    this.addSql(`
      create table capacity_alerts (
        id uuid primary key,
        venue_id uuid not null references venues,
        threshold_percent int not null,
        inside int not null,
        capacity int not null,
        raised_at timestamptz(3) not null,
        version bigint not null
      )`);
    this.addSql(`create index on capacity_alerts (venue_id, version)`);
  }
}
