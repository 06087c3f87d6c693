import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { type Event, EventEntity, EventStatus } from "../entities/event.js";
import { notFound, Refusal } from "../errors.js";
import { toEntities } from "./columns.js";
import { holdSession, mayChange, maySeeEvent, ownersOnly, readStandings } from "./standing.js";
import type { Viewer } from "./viewer.js";

/** How an event is held until the commit: `use` keeps it as it is, `change` also keeps others from changing what it has. */
export type EventHold = "use" | "change";

const LOCKS = { use: sql`for share`, change: sql`for no key update` };

/**
 * The event with this id, given as `path`, held until the commit. Throws NOT_FOUND where the viewer may not see it,
 * FORBIDDEN where they do not own its venue, ALREADY_CANCELLED where it is.
 */
export async function requireOwnEvent(
  em: EntityManager,
  viewer: Viewer,
  eventId: string,
  hold: EventHold,
  path = "eventId",
): Promise<Event> {
  const { rows } = await sql<object>`/* event.hold */
    select * from events where id = ${eventId} ${LOCKS[hold]}`.execute(em.getKysely());
  const [event] = toEntities(em, EventEntity, rows);
  if (event === undefined) throw notFound("event", path);
  await holdSession(em, viewer);
  const standing = (await readStandings(em, viewer, [event.venueId])).get(event.venueId) ?? "public";
  if (!maySeeEvent(standing, event.status)) throw notFound("event", path);
  if (!mayChange(standing)) throw ownersOnly();
  if (event.status === EventStatus.CANCELLED) {
    throw new Refusal("ALREADY_CANCELLED", "The event is cancelled.", [path]);
  }
  return event;
}
