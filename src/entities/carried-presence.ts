import { defineEntity, p } from "@mikro-orm/core";
import type { Row } from "./row.js";
import { ScanDirection } from "./scan.js";

/**
 * What the gates knew of a ticket at the end of a month (UTC, from `monthAt`) in which it was scanned and whose scans are detached,
 * as in a presence: what its later scans follow. `insideSince`: the entry by which it came in; null for one outside.
 */
export const CarriedPresenceEntity = defineEntity({
  name: "CarriedPresence",
  tableName: "carried_presences",
  properties: {
    ticketId: p.uuid().primary(),
    monthAt: p.datetime(3).primary(),
    eventId: p.uuid(),
    insideSince: p.datetime(3).nullable(),
    latestAt: p.datetime(3).nullable(),
    latestKey: p.text().nullable(),
    latestDirection: p
      .enum(() => ScanDirection)
      .columnType("text")
      .nullable(),
    latestGateId: p.uuid().nullable(),
    theoreticalAt: p.datetime(3).nullable(),
    theoreticalKey: p.text().nullable(),
    theoreticalDirection: p
      .enum(() => ScanDirection)
      .columnType("text")
      .nullable(),
    firstEntryAt: p.datetime(3).nullable(),
    firstEntryKey: p.text().nullable(),
    lastExitAt: p.datetime(3).nullable(),
    lastExitKey: p.text().nullable(),
    lastScanAt: p.datetime(3).nullable(),
  },
});

export type CarriedPresence = Row<typeof CarriedPresenceEntity>;
