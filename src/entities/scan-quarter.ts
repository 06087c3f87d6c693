import { defineEntity, p } from "@mikro-orm/core";
import type { Row } from "./row.js";

/**
 * What the scans of a quarter of an hour, from `quarterAt` (UTC), add up to: by gate, and by the ticket's event and type where
 * there is a ticket. `inside` is by how much the tickets that count as inside at that gate have become more. Stays when the
 * scans themselves are kept no longer.
 */
export const ScanQuarterEntity = defineEntity({
  name: "ScanQuarter",
  tableName: "scan_quarters",
  properties: {
    venueId: p.uuid().primary(),
    quarterAt: p.datetime(3).primary(),
    gateId: p.uuid().primary(),
    eventId: p.uuid().nullable(),
    ticketTypeId: p.uuid().nullable(),
    entries: p.integer(),
    exits: p.integer(),
    refusals: p.integer(),
    inside: p.integer(),
  },
});

export type ScanQuarter = Row<typeof ScanQuarterEntity>;
