import { Migration } from "@mikro-orm/migrations";

/**
 * Who changed what at each venue and its events, for good: whatever asks the database to change or remove an entry is refused.
 * People and devices are named without a foreign key, which would lock them after what is locked here, against the order in
 * which everybody takes locks; nothing that is named is ever deleted.
 */
export class AuditLog extends Migration {
  override up(): void {
    this.addSql(`
      create table audit_entries (
        id uuid primary key,
        venue_id uuid not null references venues,
        at timestamptz(3) not null,
        user_id uuid,
        device_id uuid,
        action text not null,
        target_kind text not null check (
          target_kind in ('VENUE', 'GATE', 'DEVICE', 'USER', 'EVENT', 'TICKET_TYPE', 'TICKET', 'SCAN')
        ),
        target_id uuid not null,
        summary text not null,
        check (user_id is null or device_id is null)
      )`);
    this.addSql(`create index on audit_entries (venue_id, at, id)`);
    this.addSql(`
      create function refuse_change() returns trigger language plpgsql as $$
      begin
        raise exception '% is refused: nothing is ever changed in %, or taken out of it', tg_op, tg_table_name
          using errcode = 'restrict_violation';
      end $$`);
    this.addSql(`
      create trigger append_only before update or delete or truncate on audit_entries
      for each statement execute function refuse_change()`);
  }
}
