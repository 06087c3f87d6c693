import { Migrator } from "@mikro-orm/migrations";
import { defineConfig } from "@mikro-orm/postgresql";
import { Foundation } from "./migrations/20261121000000-foundation.js";
import { UserSearch } from "./migrations/20261121010000-user-search.js";
import { Reservations } from "./migrations/20261121110000-reservations.js";
import { RevokedCodes } from "./migrations/20261121120000-revoked-codes.js";
import { Finding } from "./migrations/20261121130000-finding.js";
import { Geography } from "./migrations/20261121140000-geography.js";
import { Mail } from "./migrations/20261121150000-mail.js";
import { Refunds } from "./migrations/20261121160000-refunds.js";
import { History } from "./migrations/20261121170000-history.js";
import { Anomalies } from "./migrations/20261121180000-anomalies.js";
import { Imports } from "./migrations/20261121190000-imports.js";
import { Retention } from "./migrations/20261121200000-retention.js";
import { DailyReports } from "./migrations/20261121210000-daily-reports.js";
import { SoldOut } from "./migrations/20261121220000-sold-out.js";
import { CapacityAlerts } from "./migrations/20261121230000-capacity-alerts.js";
import { AuditLog } from "./migrations/20261122000000-audit-log.js";
import { DeviceTokens } from "./migrations/20261122010000-device-tokens.js";
import { readConfig } from "./src/config.js";
import { entities } from "./src/entities/index.js";

/** What the CLI, the server and the tests share; the address and the pool come from whoever opens the database. */
export const ormOptions = defineConfig({
  entities,
  extensions: [Migrator],
  forceUtcTimezone: true,
  discovery: { warnWhenNoEntities: false },
  migrations: {
    tableName: "migrations",
    allOrNothing: true,
    snapshot: false,
    silent: true,
    migrationsList: [
      { name: "20261121000000-foundation", class: Foundation },
      { name: "20261121010000-user-search", class: UserSearch },
      { name: "20261121120000-revoked-codes", class: RevokedCodes },
      { name: "20261121110000-reservations", class: Reservations },
      { name: "20261121130000-finding", class: Finding },
      { name: "20261121140000-geography", class: Geography },
      { name: "20261121150000-mail", class: Mail },
      { name: "20261121160000-refunds", class: Refunds },
      { name: "20261121170000-history", class: History },
      { name: "20261121180000-anomalies", class: Anomalies },
      { name: "20261121190000-imports", class: Imports },
      { name: "20261121200000-retention", class: Retention },
      { name: "20261121210000-daily-reports", class: DailyReports },
      { name: "20261121220000-sold-out", class: SoldOut },
      { name: "20261121230000-capacity-alerts", class: CapacityAlerts },
      { name: "20261122000000-audit-log", class: AuditLog },
      { name: "20261122010000-device-tokens", class: DeviceTokens },
    ],
  },
});

/** The command line (`npx mikro-orm migration:list`) works on DATABASE_URL. */
export default () => {
  const { databaseUrl } = readConfig();
  return databaseUrl === null ? ormOptions : { ...ormOptions, clientUrl: databaseUrl };
};
