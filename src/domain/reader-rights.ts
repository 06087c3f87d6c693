import type { EntityManager } from "@mikro-orm/postgresql";
import { type RawBuilder, sql } from "kysely";
import type { Standing } from "./standing.js";
import type { Viewer } from "./viewer.js";

/** Somebody who watches a venue's counts. */
export interface CountsReader {
  readonly viewer: Viewer;
  readonly venueId: string;
}

/** Somebody who watches what the owner and staff read of a venue. */
export type RecordsReader = CountsReader;

/** Somebody who watches an event. */
export interface EventReader {
  readonly viewer: Viewer;
  readonly eventId: string;
}

/** What the reader, who may read, stands as at the venue; or why they may not. */
export type ReaderVerdict = Standing | "forbidden" | "invalid credential";

export const mayRead = (verdict: ReaderVerdict | undefined): verdict is Standing =>
  verdict !== undefined && verdict !== "forbidden" && verdict !== "invalid credential";

interface VerdictRow {
  readonly isValid: boolean;
  readonly standing: Standing;
  readonly mayRead: boolean;
}

/** What is watched: how it is found by its id, with its venue `v`, whether it is anybody's to see, and the venue's devices'. */
interface Subject {
  readonly name: string;
  readonly found: RawBuilder<unknown>;
  readonly isPublic: RawBuilder<unknown>;
  readonly isForDevices: boolean;
}

const COUNTS: Subject = {
  name: "counts",
  found: sql`left join venues v on v.id = r.subject_id`,
  isPublic: sql`v.public_occupancy`,
  isForDevices: true,
};

/** What the owner reads of a venue. */
const RECORDS: Subject = { ...COUNTS, name: "records", isPublic: sql`false`, isForDevices: false };

/** An event that was published stays in the sight of who watches it. */
const EVENT: Subject = {
  name: "event",
  found: sql`left join events e on e.id = r.subject_id left join venues v on v.id = e.venue_id`,
  isPublic: sql`e.status <> 'DRAFT'`,
  isForDevices: true,
};

/** Whether each reader may (still) read the counts of the venue, in their order; one statement for all of them. */
export const checkCountsReaders = (em: EntityManager, readers: readonly CountsReader[]): Promise<ReaderVerdict[]> =>
  checkReaders(
    em,
    COUNTS,
    readers.map(({ viewer, venueId }) => ({ viewer, subjectId: venueId })),
  );

/** Whether each reader may (still) read what the owner and staff read of the venue, likewise. */
export const checkRecordsReaders = (em: EntityManager, readers: readonly RecordsReader[]): Promise<ReaderVerdict[]> =>
  checkReaders(
    em,
    RECORDS,
    readers.map(({ viewer, venueId }) => ({ viewer, subjectId: venueId })),
  );

/** Whether each reader may (still) see the event, likewise. */
export const checkEventReaders = (em: EntityManager, readers: readonly EventReader[]): Promise<ReaderVerdict[]> =>
  checkReaders(
    em,
    EVENT,
    readers.map(({ viewer, eventId }) => ({ viewer, subjectId: eventId })),
  );

async function checkReaders(
  em: EntityManager,
  { name, found, isPublic, isForDevices }: Subject,
  readers: readonly { readonly viewer: Viewer; readonly subjectId: string }[],
): Promise<ReaderVerdict[]> {
  const kinds = readers.map(({ viewer }) => viewer.kind);
  const subjectIds = readers.map(({ subjectId }) => subjectId);
  const credentialIds = readers.map(({ viewer }) => credentialOf(viewer));
  const { rows } = await sql<VerdictRow>`${sql.raw(`/* ${name}.readers */`)}
    select r.kind = 'anonymous' or s.id is not null or d.id is not null as "isValid", p.standing,
      v.id is not null and coalesce(
        ${isPublic} or p.standing in ('owner', 'staff') or (${isForDevices} and p.standing = 'device'), false) as "mayRead"
    from unnest(${kinds}::text[], ${subjectIds}::uuid[], ${credentialIds}::uuid[])
      with ordinality as r (kind, subject_id, credential_id, position)
    ${found}
    left join sessions s on r.kind = 'user' and s.id = r.credential_id and s.ended_at is null
    left join users u on u.id = s.user_id
    left join devices d on r.kind = 'device' and d.id = r.credential_id and d.revoked_at is null
    left join gates g on g.id = d.gate_id
    cross join lateral (select case
      when u.role = 'ADMIN' or v.owner_id = u.id then 'owner'
      when exists (select from venue_staff f where f.venue_id = v.id and f.user_id = u.id) then 'staff'
      when g.venue_id = v.id then 'device'
      else 'public' end as standing) p
    order by r.position`.execute(em.getKysely());
  const now = new Date();
  return rows.map((row, index) => verdict(row, readers[index]?.viewer, now));
}

function verdict({ isValid, mayRead, standing }: VerdictRow, viewer: Viewer | undefined, now: Date): ReaderVerdict {
  const hasExpired = viewer?.kind === "user" && viewer.expiresAt <= now;
  if (!isValid || hasExpired) return "invalid credential";
  return mayRead ? standing : "forbidden";
}

function credentialOf(viewer: Viewer): string | null {
  if (viewer.kind === "anonymous") return null;
  return viewer.kind === "user" ? viewer.sessionId : viewer.deviceId;
}
