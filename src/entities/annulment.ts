import { defineEntity, p } from "@mikro-orm/core";
import type { Row } from "./row.js";

/** Who took a scan back, when and why. */
export const AnnulmentEntity = defineEntity({
  name: "Annulment",
  tableName: "annulments",
  properties: {
    scanId: p.uuid().primary(),
    venueId: p.uuid(),
    userId: p.uuid().nullable(),
    deviceId: p.uuid().nullable(),
    reason: p.text(),
    annulledAt: p.datetime(3),
  },
});

export type Annulment = Row<typeof AnnulmentEntity>;
