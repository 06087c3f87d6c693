import { defineEntity, p } from "@mikro-orm/core";
import type { Row } from "./row.js";
import { RefusalReason, ScanOutcome } from "./scan.js";

/** In the order of the contract. */
export enum AnomalyKind {
  DUPLICATE_ENTRY = "DUPLICATE_ENTRY",
  EXIT_WITHOUT_ENTRY = "EXIT_WITHOUT_ENTRY",
  RAPID_REENTRY = "RAPID_REENTRY",
  INVALID_TICKET_ADMITTED = "INVALID_TICKET_ADMITTED",
  OVER_CAPACITY = "OVER_CAPACITY",
  CLOCK_SKEW = "CLOCK_SKEW",
}

/**
 * What a scan shows to be amiss. No table has these: they are derived from the scans whenever they are read. The kind and the
 * scan make one; the rest is the scan's own, but for `capacity`, which is the venue's at that time where it was exceeded.
 */
export const AnomalyEntity = defineEntity({
  name: "Anomaly",
  tableName: "anomalies",
  expression: "select from scans",
  properties: {
    kind: p.enum(() => AnomalyKind).columnType("text"),
    scanId: p.uuid(),
    venueId: p.uuid(),
    gateId: p.uuid(),
    eventId: p.uuid().nullable(),
    ticketId: p.uuid().nullable(),
    scannedAt: p.datetime(3),
    key: p.text(),
    outcome: p.enum(() => ScanOutcome).columnType("text"),
    conflict: p
      .enum(() => RefusalReason)
      .columnType("text")
      .nullable(),
    beforeAt: p.datetime(3).nullable(),
    reportedAt: p.datetime(3).nullable(),
    capacity: p.integer().nullable(),
  },
});

export type Anomaly = Row<typeof AnomalyEntity>;
