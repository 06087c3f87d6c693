import { Migration } from "@mikro-orm/migrations";

/** Which of the mail that one can do without a user has turned off. */
export class Mail extends Migration {
  override up(): void {
    this.addSql(`
      alter table users add column mail_opt_out text[] not null default '{}'
        check (mail_opt_out <@ '{WELCOME,EVENT_CHANGED,TICKET_GIVEN}'::text[])`);
  }
}
