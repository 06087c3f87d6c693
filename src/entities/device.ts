import { defineEntity, p } from "@mikro-orm/core";
import type { Row } from "./row.js";

/** A gate's scanner. Its tokens are known by their SHA-256 alone; its gate never changes. */
export const DeviceEntity = defineEntity({
  name: "Device",
  tableName: "devices",
  properties: {
    id: p.uuid().primary(),
    gateId: p.uuid(),
    name: p.text(),
    tokenDigest: p.blob().lazy().hidden(),
    previousTokenDigest: p.blob().lazy().hidden().nullable(),
    previousTokenUntil: p.datetime(3).lazy().hidden().nullable(),
    enrolledAt: p.datetime(3),
    lastSeenAt: p.datetime(3).nullable(),
    revokedAt: p.datetime(3).nullable(),
  },
});

export type Device = Row<typeof DeviceEntity>;
