import { Migration } from "@mikro-orm/migrations";

/** Users are found by parts of their names and addresses. */
export class UserSearch extends Migration {
  override up(): void {
    this.addSql(`create extension if not exists pg_trgm`);
    // The erased have no address, and are in no list.
    this.addSql(`
      create index users_text on users using gin ((name || ' ' || email) gin_trgm_ops) where email is not null`);
  }
}
