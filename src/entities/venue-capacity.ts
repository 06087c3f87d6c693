import { defineEntity, p } from "@mikro-orm/core";

/** What a venue's capacity was, from `since` until the next row; the first is since ever. */
export const VenueCapacityEntity = defineEntity({
  name: "VenueCapacity",
  tableName: "venue_capacities",
  properties: {
    venueId: p.uuid().primary(),
    since: p.datetime(3).primary(),
    capacity: p.integer(),
  },
});
