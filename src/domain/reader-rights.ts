import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import type { Viewer } from "./viewer.js";

/** Somebody who watches a venue's counts. */
export interface CountsReader {
  readonly viewer: Viewer;
  readonly venueId: string;
}

/** Somebody who watches an event. */
export interface EventReader {
  readonly viewer: Viewer;
  readonly eventId: string;
}

export type ReaderVerdict = "allowed" | "forbidden" | "invalid credential";

interface VerdictRow {
  readonly isValid: boolean;
  readonly mayRead: boolean;
}

/** Whether each reader may (still) read the counts of the venue, in their order; one statement for all of them. */
export async function checkCountsReaders(
  em: EntityManager,
  readers: readonly CountsReader[],
): Promise<ReaderVerdict[]> {
  const kinds = readers.map(({ viewer }) => viewer.kind);
  const venueIds = readers.map(({ venueId }) => venueId);
  const credentialIds = readers.map(({ viewer }) => credentialOf(viewer));
  const { rows } = await sql<VerdictRow>`/* counts.readers */
    select r.kind = 'anonymous' or s.id is not null or d.id is not null as "isValid",
      v.id is not null and coalesce(
        v.public_occupancy or u.role = 'ADMIN' or v.owner_id = u.id or g.venue_id = v.id
          or exists (select from venue_staff f where f.venue_id = v.id and f.user_id = u.id),
        false) as "mayRead"
    from unnest(${kinds}::text[], ${venueIds}::uuid[], ${credentialIds}::uuid[])
      with ordinality as r (kind, venue_id, credential_id, position)
    left join venues v on v.id = r.venue_id
    left join sessions s on r.kind = 'user' and s.id = r.credential_id and s.ended_at is null
    left join users u on u.id = s.user_id
    left join devices d on r.kind = 'device' and d.id = r.credential_id and d.revoked_at is null
    left join gates g on g.id = d.gate_id
    order by r.position`.execute(em.getKysely());
  const now = new Date();
  return rows.map((row, index) => verdict(row, readers[index]?.viewer, now));
}

/** Whether each reader may (still) see the event, likewise. One that was published stays in the sight of who watches it. */
export async function checkEventReaders(em: EntityManager, readers: readonly EventReader[]): Promise<ReaderVerdict[]> {
  const kinds = readers.map(({ viewer }) => viewer.kind);
  const eventIds = readers.map(({ eventId }) => eventId);
  const credentialIds = readers.map(({ viewer }) => credentialOf(viewer));
  const { rows } = await sql<VerdictRow>`/* event.readers */
    select r.kind = 'anonymous' or s.id is not null or d.id is not null as "isValid",
      coalesce(
        e.status <> 'DRAFT' or u.role = 'ADMIN' or v.owner_id = u.id or g.venue_id = v.id
          or exists (select from venue_staff f where f.venue_id = v.id and f.user_id = u.id),
        false) as "mayRead"
    from unnest(${kinds}::text[], ${eventIds}::uuid[], ${credentialIds}::uuid[])
      with ordinality as r (kind, event_id, credential_id, position)
    left join events e on e.id = r.event_id
    left join venues v on v.id = e.venue_id
    left join sessions s on r.kind = 'user' and s.id = r.credential_id and s.ended_at is null
    left join users u on u.id = s.user_id
    left join devices d on r.kind = 'device' and d.id = r.credential_id and d.revoked_at is null
    left join gates g on g.id = d.gate_id
    order by r.position`.execute(em.getKysely());
  const now = new Date();
  return rows.map((row, index) => verdict(row, readers[index]?.viewer, now));
}

function verdict({ isValid, mayRead }: VerdictRow, viewer: Viewer | undefined, now: Date): ReaderVerdict {
  const hasExpired = viewer?.kind === "user" && viewer.expiresAt <= now;
  if (!isValid || hasExpired) return "invalid credential";
  return mayRead ? "allowed" : "forbidden";
}

function credentialOf(viewer: Viewer): string | null {
  if (viewer.kind === "anonymous") return null;
  return viewer.kind === "user" ? viewer.sessionId : viewer.deviceId;
}
