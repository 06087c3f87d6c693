import { defineEntity, p } from "@mikro-orm/core";

/** The old code of a ticket that was transferred. `venueId` repeats the event's, so that a gate finds it by one index probe. */
export const RevokedCodeEntity = defineEntity({
  name: "RevokedCode",
  tableName: "revoked_codes",
  properties: {
    eventId: p.uuid().primary(),
    code: p.text().primary(),
    venueId: p.uuid(),
    ticketId: p.uuid(),
    revokedAt: p.datetime(3),
  },
});
