import { EventEntity, EventOrder } from "../entities/event.js";
import { ANY_EVENT, type EventFilter, eventIsFound, eventMatches, isListed } from "./event-filter.js";
import { all, type List } from "./lists.js";
import type { PageOrder } from "./page.js";
import type { Viewer } from "./viewer.js";

type EventList = List<typeof EventEntity>;

const sorted = (column: string, direction: PageOrder["direction"]): readonly PageOrder[] => [
  { column, direction },
  { column: "id", direction },
];

/** Equal ones by their ids, the same way, so that an index serves an order and its reverse. */
const ORDERS: Readonly<Record<EventOrder, readonly PageOrder[]>> = {
  [EventOrder.STARTS_AT_ASC]: sorted("starts_at", "asc"),
  [EventOrder.STARTS_AT_DESC]: sorted("starts_at", "desc"),
  [EventOrder.CREATED_AT_DESC]: sorted("created_at", "desc"),
};

/** All events that the viewer may find and that are as the filter says. Throws BAD_USER_INPUT. */
export const eventsFound = (viewer: Viewer, filter: EventFilter, orderBy: EventOrder): EventList => ({
  name: `events ${orderBy} ${JSON.stringify(filter)}`,
  spec: {
    entity: EventEntity,
    order: ORDERS[orderBy],
    where: all([eventIsFound(viewer, filter), eventMatches(filter)]),
  },
});

const eventsOf = (parentColumn: string, seesDrafts: boolean, filter: EventFilter): EventList => ({
  name: `events ${parentColumn} ${seesDrafts} ${JSON.stringify(filter)}`,
  spec: {
    entity: EventEntity,
    parentColumn,
    order: ORDERS[EventOrder.STARTS_AT_ASC],
    where: all([isListed(seesDrafts, filter.status), eventMatches(filter)]),
  },
});

/** By their start. Throws BAD_USER_INPUT. */
export const eventsOfVenue = (seesDrafts: boolean, filter: EventFilter) => eventsOf("venue_id", seesDrafts, filter);
export const eventsOfOrganizer = (seesDrafts: boolean) => eventsOf("organizer_id", seesDrafts, ANY_EVENT);
