import { defineEntity, p } from "@mikro-orm/core";
import type { Row } from "./row.js";

/** One crossing of a venue's threshold upwards. `version` is the venue's version that crossed it. */
export const CapacityAlertEntity = defineEntity({
  name: "CapacityAlert",
  tableName: "capacity_alerts",
  properties: {
    id: p.uuid().primary(),
    venueId: p.uuid(),
    thresholdPercent: p.integer(),
    inside: p.integer(),
    capacity: p.integer(),
    raisedAt: p.datetime(3),
    version: p.bigint("number"),
  },
});

export type CapacityAlert = Row<typeof CapacityAlertEntity>;
