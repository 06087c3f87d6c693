import { defineEntity, p } from "@mikro-orm/core";
import type { Row } from "./row.js";

/** What an entry's target is. */
export enum AuditTarget {
  VENUE = "VENUE",
  GATE = "GATE",
  DEVICE = "DEVICE",
  USER = "USER",
  EVENT = "EVENT",
  TICKET_TYPE = "TICKET_TYPE",
  TICKET = "TICKET",
  SCAN = "SCAN",
}

/** One change of a venue, or of what belongs to it. The database refuses to change an entry or to take one out. */
export const AuditEntryEntity = defineEntity({
  name: "AuditEntry",
  tableName: "audit_entries",
  properties: {
    id: p.uuid().primary(),
    venueId: p.uuid(),
    at: p.datetime(3),
    /** Stays when the person is erased; then it names nobody any more. Null, as the device: the system. */
    userId: p.uuid().nullable(),
    deviceId: p.uuid().nullable(),
    /** The mutation's name. */
    action: p.text(),
    targetKind: p.enum(() => AuditTarget).columnType("text"),
    targetId: p.uuid(),
    /** Without personal data: what is written here stays. */
    summary: p.text(),
  },
});

export type AuditEntry = Row<typeof AuditEntryEntity>;
