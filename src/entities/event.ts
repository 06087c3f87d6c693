import { defineEntity, p } from "@mikro-orm/core";
import type { Row } from "./row.js";

export enum EventStatus {
  DRAFT = "DRAFT",
  PUBLISHED = "PUBLISHED",
  CANCELLED = "CANCELLED",
}

/** How lists of events may be sorted; equal ones by their ids. */
export enum EventOrder {
  STARTS_AT_ASC = "STARTS_AT_ASC",
  STARTS_AT_DESC = "STARTS_AT_DESC",
  CREATED_AT_DESC = "CREATED_AT_DESC",
}

/** The show. Its venue never changes, and its organizer is the venue's owner. */
export const EventEntity = defineEntity({
  name: "Event",
  tableName: "events",
  properties: {
    id: p.uuid().primary(),
    venueId: p.uuid(),
    organizerId: p.uuid(),
    title: p.text(),
    description: p.text(),
    category: p.text(),
    status: p.enum(() => EventStatus).columnType("text"),
    startsAt: p.datetime(3),
    endsAt: p.datetime(3),
    doorsOpenAt: p.datetime(3),
    autoExitAt: p.datetime(3),
    capacity: p.integer().nullable(),
    reentryAllowed: p.boolean(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
    /** When its automatic exits were begun: from then on every batch keeps them right. */
    autoExitedAt: p.datetime(3).nullable(),
  },
});

export type Event = Row<typeof EventEntity>;
