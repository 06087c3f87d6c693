import { Migration } from "@mikro-orm/migrations";

/** Whether a venue's owner wants each day's report by mail, and up to which day they have it. */
export class DailyReports extends Migration {
  override up(): void {
    this.addSql(`alter table venues add column daily_report_mail boolean not null default false`);
    this.addSql(`alter table venues add column reported_until date`);
    this.addSql(`create index venues_daily_report on venues (id) where daily_report_mail`);
  }
}
