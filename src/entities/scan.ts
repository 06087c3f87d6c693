import { defineEntity, p } from "@mikro-orm/core";
import type { Row } from "./row.js";

export enum ScanDirection {
  ENTRY = "ENTRY",
  EXIT = "EXIT",
}

export enum ScanOutcome {
  ACCEPTED = "ACCEPTED",
  REFUSED = "REFUSED",
  ANNULLED = "ANNULLED",
}

/** In the order of the contract: where several hold, the first is given. */
export enum RefusalReason {
  UNKNOWN_TICKET = "UNKNOWN_TICKET",
  REVOKED = "REVOKED",
  WRONG_VENUE = "WRONG_VENUE",
  EVENT_CANCELLED = "EVENT_CANCELLED",
  CANCELLED = "CANCELLED",
  EXPIRED = "EXPIRED",
  NOT_PAID = "NOT_PAID",
  TOO_EARLY = "TOO_EARLY",
  TOO_LATE = "TOO_LATE",
  ALREADY_INSIDE = "ALREADY_INSIDE",
  REENTRY_NOT_ALLOWED = "REENTRY_NOT_ALLOWED",
  VENUE_FULL = "VENUE_FULL",
  EVENT_FULL = "EVENT_FULL",
}

/**
 * One attempt to pass a gate, kept for ever. `scannerId` is the device, or the user: with the gate it owns the `key`.
 * `version` is the venue's version that this scan made, so it gives the order of commits within the venue.
 * `reportedAt` is the scanner's raw time, before its clock was corrected; null for an online scan.
 * `before*` are of the accepted scan of the same ticket that comes before it in the order of time, as known now: its time, and
 * its gate if it was an entry, so that `beforeGateId` tells where the ticket was inside until this scan.
 * `odd`: it may be an anomaly by itself, see `isOdd`.
 */
export const ScanEntity = defineEntity({
  name: "Scan",
  tableName: "scans",
  properties: {
    id: p.uuid().primary(),
    venueId: p.uuid(),
    gateId: p.uuid(),
    scannerId: p.uuid(),
    deviceId: p.uuid().nullable(),
    key: p.text(),
    direction: p.enum(() => ScanDirection).columnType("text"),
    outcome: p.enum(() => ScanOutcome).columnType("text"),
    reason: p
      .enum(() => RefusalReason)
      .columnType("text")
      .nullable(),
    conflict: p
      .enum(() => RefusalReason)
      .columnType("text")
      .nullable(),
    capacityOverride: p.boolean(),
    offline: p.boolean(),
    automatic: p.boolean(),
    code: p.text(),
    ticketId: p.uuid().nullable(),
    eventId: p.uuid().nullable(),
    ticketTypeId: p.uuid().nullable(),
    scannedAt: p.datetime(3),
    reportedAt: p.datetime(3).nullable(),
    receivedAt: p.datetime(3),
    version: p.bigint("number"),
    beforeAt: p.datetime(3).nullable(),
    beforeGateId: p.uuid().nullable(),
    odd: p.boolean(),
  },
});

export type Scan = Row<typeof ScanEntity>;
