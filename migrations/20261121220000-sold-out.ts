import { Migration } from "@mikro-orm/migrations";

/** What a statement says that found too few places, so that whatever was sent after it, the commit too, is not run. */
export class SoldOut extends Migration {
  override up(): void {
    this.addSql(`
      create function raise_sold_out(ticket_type_id uuid) returns void language plpgsql as $$
      begin
        raise exception 'there are not as many places left' using errcode = 'GH001', detail = ticket_type_id;
      end
      $$`);
  }
}
