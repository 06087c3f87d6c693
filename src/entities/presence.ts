import { defineEntity, p } from "@mikro-orm/core";
import type { Row } from "./row.js";
import { ScanDirection } from "./scan.js";

/** Where a ticket is, and how it came to be there: see `PresenceEntity`. */
export const PRESENCE_PROPERTIES = {
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
};

/**
 * What the gates know of a ticket, kept in step with its scans by every batch. Moments are ordered by (at, key).
 * - `latest*`: the latest accepted scan; the ticket is inside when it is an entry, at that gate.
 * - `theoretical*`: the latest among the accepted and the entries refused because the venue or the event was full.
 * - `lastScanAt`: the time of the latest scan, whatever its outcome: what is later than it follows `latest`.
 * - `firstEntry*` before `lastExit*`: the ticket has left once, which matters where re-entry is not allowed.
 */
export const PresenceEntity = defineEntity({
  name: "Presence",
  tableName: "presences",
  properties: {
    ticketId: p.uuid().primary(),
    ...PRESENCE_PROPERTIES,
  },
});

export type Presence = Row<typeof PresenceEntity>;
