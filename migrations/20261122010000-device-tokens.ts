import { Migration } from "@mikro-orm/migrations";

/** While a device's token rotates the one before is good too, for a while. */
export class DeviceTokens extends Migration {
  override up(): void {
    this.addSql(`
      alter table devices
        add column previous_token_digest bytea unique,
        add column previous_token_until timestamptz(3),
        add check ((previous_token_digest is null) = (previous_token_until is null))`);
  }
}
