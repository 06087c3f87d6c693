import { defineEntity, p } from "@mikro-orm/core";
import type { Row } from "./row.js";

/**
 * A month (UTC), until before `endsAt`, that takes no more scans. `detachedAt` and the number of its `scans`: since when they are
 * no part of the table of scans; null while they still are.
 */
export const ScanMonthEntity = defineEntity({
  name: "ScanMonth",
  tableName: "scan_months",
  properties: {
    startsAt: p.datetime(3).primary(),
    endsAt: p.datetime(3),
    detachedAt: p.datetime(3).nullable(),
    scans: p.bigint("number").nullable(),
  },
});

export type ScanMonth = Row<typeof ScanMonthEntity>;
