import type { EntityManager } from "@mikro-orm/postgresql";
import { type RawBuilder, sql } from "kysely";
import { EventStatus } from "../entities/event.js";
import { forbidden, notFound, unauthenticated } from "../errors.js";
import type { UserViewer, Viewer } from "./viewer.js";

/** What somebody is at a venue. Admins stand as owners everywhere. */
export type Standing = "owner" | "staff" | "device" | "public";

export const mayChange = (standing: Standing): boolean => standing === "owner";
export const mayScan = (standing: Standing): boolean => standing !== "public";
export const mayReadDrafts = (standing: Standing): boolean => standing !== "public";

/** Whether one may read what the owner reads: scans, tickets, staff and devices. */
export const mayReadRecords = (standing: Standing): boolean => standing === "owner" || standing === "staff";

/** Whether one may read the counts. */
export const mayReadInside = (standing: Standing, publicOccupancy: boolean): boolean =>
  publicOccupancy || standing !== "public";

/** Published events are for anybody, drafts and cancelled ones for those who work at the venue. */
export const maySeeEvent = (standing: Standing, status: EventStatus): boolean =>
  status === EventStatus.PUBLISHED || mayReadDrafts(standing);

/**
 * The viewer's standing at each venue, as the database knows it now; a venue that does not exist is not in the map. An ended
 * session and a revoked device stand as the public. One statement.
 */
export async function readStandings(
  em: EntityManager,
  viewer: Viewer,
  venueIds: readonly string[],
): Promise<Map<string, Standing>> {
  const { rows } = await sql<{ id: string; standing: Standing }>`/* standing.read */
    select v.id, ${standingOf(viewer)} as standing from venues v where v.id = any(${[...venueIds]}::uuid[])`.execute(
    em.getKysely(),
  );
  return new Map(rows.map(({ id, standing }) => [id, standing]));
}

function standingOf(viewer: Viewer): RawBuilder<Standing> {
  switch (viewer.kind) {
    case "anonymous":
      return sql`'public'`;
    case "device":
      return sql`case when exists (
        select from devices d join gates g on g.id = d.gate_id
        where d.id = ${viewer.deviceId} and d.revoked_at is null and g.venue_id = v.id
      ) then 'device' else 'public' end`;
    case "user":
      return sql`coalesce((
        select case
          when u.role = 'ADMIN' or v.owner_id = u.id then 'owner'
          when exists (select from venue_staff f where f.venue_id = v.id and f.user_id = u.id) then 'staff'
        end
        from sessions s join users u on u.id = s.user_id
        where s.id = ${viewer.sessionId} and s.ended_at is null
      ), 'public')`;
  }
}

/** Throws UNAUTHENTICATED for nobody in particular, and FORBIDDEN for a device, which only scans. */
export function requireUser(viewer: Viewer): UserViewer {
  if (viewer.kind === "anonymous") throw unauthenticated();
  if (viewer.kind === "device") throw forbidden("A device cannot do this: sign in as a user.");
  return viewer;
}

/**
 * Keeps a user's session from ending before the commit. A right read after this is good for what is done by then: whoever
 * ends the session waits, and sees it.
 */
export async function holdSession(em: EntityManager, viewer: Viewer): Promise<void> {
  if (viewer.kind !== "user") return;
  await sql`/* standing.hold-session */
    select from sessions where id = ${viewer.sessionId} for share`.execute(em.getKysely());
}

/** Throws NOT_FOUND where there is no venue, and FORBIDDEN where the viewer does not own it. */
export async function requireOwner(
  em: EntityManager,
  viewer: Viewer,
  venueId: string,
  ...path: string[]
): Promise<void> {
  await holdSession(em, viewer);
  const standing = (await readStandings(em, viewer, [venueId])).get(venueId);
  if (standing === undefined) throw notFound("venue", ...path);
  if (!mayChange(standing)) throw ownersOnly();
}

export const ownersOnly = () => forbidden("Only the venue's owner may change this.");
