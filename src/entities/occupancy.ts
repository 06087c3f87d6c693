import { defineEntity, p } from "@mikro-orm/core";
import type { Row } from "./row.js";

export enum OccupancyKind {
  VENUE = "VENUE",
  GATE = "GATE",
  EVENT = "EVENT",
  TICKET_TYPE = "TICKET_TYPE",
}

/**
 * The live counts of one place or show; `id` is the id of that venue, gate, event or ticket type. The venue's row is the
 * lock under which its scans are decided. A ticket type uses `inside` alone, a gate no `theoretical`. `raisedPercents` are a
 * venue's alert thresholds that the count has crossed and not been far enough below since.
 */
export const OccupancyEntity = defineEntity({
  name: "Occupancy",
  tableName: "occupancies",
  properties: {
    id: p.uuid().primary(),
    venueId: p.uuid(),
    kind: p.enum(() => OccupancyKind).columnType("text"),
    inside: p.integer(),
    theoretical: p.integer(),
    entries: p.integer(),
    exits: p.integer(),
    refusals: p.integer(),
    version: p.bigint("number"),
    raisedPercents: p.array().columnType("int[]").$type<number[]>(),
  },
});

export type Occupancy = Row<typeof OccupancyEntity>;
