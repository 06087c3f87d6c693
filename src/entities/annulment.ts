import { defineEntity, p } from "@mikro-orm/core";

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
