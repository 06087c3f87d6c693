import { defineEntity, p } from "@mikro-orm/core";

/** Which scan a key belongs to. Apart from the scans, whose months are tables of their own: a key is looked up in one place. */
export const ScanKeyEntity = defineEntity({
  name: "ScanKey",
  tableName: "scan_keys",
  properties: {
    scannerId: p.uuid().primary(),
    gateId: p.uuid().primary(),
    key: p.text().primary(),
    scanId: p.uuid(),
    scannedAt: p.datetime(3),
  },
});
