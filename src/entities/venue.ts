import { defineEntity, p } from "@mikro-orm/core";
import type { Row } from "./row.js";

export const VenueEntity = defineEntity({
  name: "Venue",
  tableName: "venues",
  properties: {
    id: p.uuid().primary(),
    ownerId: p.uuid(),
    name: p.text(),
    address: p.text(),
    latitude: p.float().columnType("double precision").nullable(),
    longitude: p.float().columnType("double precision").nullable(),
    timeZone: p.text(),
    capacity: p.integer(),
    publicOccupancy: p.boolean(),
    alertThresholdPercents: p.array().columnType("int[]").$type<number[]>(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
    /** Whether the owner gets each day's report by mail, and the last day that was ordered. */
    dailyReportMail: p.boolean(),
    reportedUntil: p.date().nullable(),
  },
});

/** Who may scan at a venue besides its owner. */
export const VenueStaffEntity = defineEntity({
  name: "VenueStaff",
  tableName: "venue_staff",
  properties: {
    venueId: p.uuid().primary(),
    userId: p.uuid().primary(),
    addedAt: p.datetime(3),
  },
});

export type Venue = Row<typeof VenueEntity>;
export type VenueStaff = Row<typeof VenueStaffEntity>;
