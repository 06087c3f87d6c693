import { defineEntity, p } from "@mikro-orm/core";
import { PRESENCE_PROPERTIES } from "./presence.js";
import type { Row } from "./row.js";

/**
 * What the gates knew of a ticket at the end of a month (UTC, from `monthAt`) in which it was scanned and whose scans are detached,
 * as in a presence: what its later scans follow. `insideSince`: the entry by which it came in; null for one outside.
 */
export const CarriedPresenceEntity = defineEntity({
  name: "CarriedPresence",
  tableName: "carried_presences",
  properties: {
    ticketId: p.uuid().primary(),
    monthAt: p.datetime(3).primary(),
    eventId: p.uuid(),
    insideSince: p.datetime(3).nullable(),
    ...PRESENCE_PROPERTIES,
  },
});

export type CarriedPresence = Row<typeof CarriedPresenceEntity>;
