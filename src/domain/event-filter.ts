import { type RawBuilder, sql } from "kysely";
import { EventStatus } from "../entities/event.js";
import { Role } from "../entities/user.js";
import { eventHasWords } from "./event-words.js";
import { all } from "./lists.js";
import { hasPlacesLeft } from "./stock.js";
import type { Viewer } from "./viewer.js";

/** Every condition that is not null must hold. */
export interface EventFilter {
  /** At most 200 characters. */
  readonly text: string | null;
  readonly category: string | null;
  readonly status: EventStatus | null;
  readonly venueId: string | null;
  readonly organizerId: string | null;
  /** At or after. */
  readonly startsAfter: Date | null;
  /** Before, not at. */
  readonly startsBefore: Date | null;
  /** True: has tickets left. False: has none, be it that it never had any. */
  readonly available: boolean | null;
}

export const ANY_EVENT: EventFilter = {
  text: null,
  category: null,
  status: null,
  venueId: null,
  organizerId: null,
  startsAfter: null,
  startsBefore: null,
  available: null,
};

/** SQL: whether the event `t` is as the filter says. Who may see it is another condition. Throws BAD_USER_INPUT. */
export const eventMatches = (filter: EventFilter): RawBuilder<unknown> =>
  all([
    filter.status && hasStatus(filter.status),
    filter.venueId && sql`t.venue_id = ${filter.venueId}`,
    filter.organizerId && sql`t.organizer_id = ${filter.organizerId}`,
    filter.category === null ? null : hasCategory(filter.category),
    filter.startsAfter && sql`t.starts_at >= ${filter.startsAfter}`,
    filter.startsBefore && sql`t.starts_at < ${filter.startsBefore}`,
    eventHasWords(filter.text ?? ""),
    filter.available === null ? null : filter.available ? HAS_PLACES_LEFT : sql`not ${HAS_PLACES_LEFT}`,
  ]);

/**
 * SQL: whether the viewer finds the event `t` in a list of all. Published ones are everybody's, drafts their organizer's, and
 * so are cancelled ones, which only a filter for that status brings. Admins find what any organizer does.
 */
export function eventIsFound(viewer: Viewer, { status }: EventFilter): RawBuilder<unknown> {
  if (viewer.kind !== "user") return isListed(false, status);
  if (viewer.role === Role.ADMIN || status === EventStatus.PUBLISHED) return isListed(true, status);
  const isOwn = sql`t.organizer_id = ${viewer.userId}`;
  if (status !== null) return isOwn;
  return sql`(${hasStatus(EventStatus.PUBLISHED)} or (${hasStatus(EventStatus.DRAFT)} and ${isOwn}))`;
}

/** SQL: whether the event `t` is in a list of those who see drafts, or who do not. Cancelled ones are asked for by status. */
export function isListed(seesDrafts: boolean, status: EventStatus | null): RawBuilder<unknown> {
  if (!seesDrafts) return hasStatus(EventStatus.PUBLISHED);
  return status === null ? hasNotStatus(EventStatus.CANCELLED) : sql`true`;
}

/** Statuses are literals, for the planner to know that an index of some statuses will do. */
export const hasStatus = (status: EventStatus): RawBuilder<unknown> => sql`t.status = ${sql.lit(status)}`;
export const hasNotStatus = (status: EventStatus): RawBuilder<unknown> => sql`t.status <> ${sql.lit(status)}`;

/** What the database cannot hold is no event's. */
const hasCategory = (category: string): RawBuilder<unknown> =>
  category.isWellFormed() && !category.includes("\0") ? sql`t.category = ${category}` : sql`false`;

const HAS_PLACES_LEFT = sql`(${hasNotStatus(EventStatus.CANCELLED)} and ${hasPlacesLeft(sql`t.id`)})`;
