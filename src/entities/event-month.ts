import { defineEntity, p } from "@mikro-orm/core";

/**
 * What a detached month (UTC, from `monthAt`) added to an event's attendance: the most who were inside at the end of any instant of
 * it, since when, and the stays that ended in it.
 */
export const EventMonthEntity = defineEntity({
  name: "EventMonth",
  tableName: "event_months",
  properties: {
    eventId: p.uuid().primary(),
    monthAt: p.datetime(3).primary(),
    peakInside: p.integer(),
    peakAt: p.datetime(3),
    stays: p.integer(),
    stayMilliseconds: p.bigint("number"),
  },
});
