import type { PoolClient } from "pg";
import type { EventStatus } from "../entities/event.js";
import type { Presence } from "../entities/presence.js";
import type { Scan } from "../entities/scan.js";
import type { TicketStatus } from "../entities/ticket.js";
import type { Submission } from "./attempt.js";
import { PRESENCE_COLUMNS, SCAN_COLUMNS } from "./columns.js";
import { call, fly, type Statement } from "./flight.js";
import { callKeptFrom, isOld, PAST_READS } from "./ticket-past.js";
import type { Viewer } from "./viewer.js";

export interface VenueRow {
  /** By the database's clock, read under the lock: one clock for all nodes, never running backwards within a venue. */
  readonly now: Date;
  readonly ownerId: string;
  readonly capacity: number;
  readonly inside: number;
  readonly theoretical: number;
  readonly entries: number;
  readonly exits: number;
  readonly refusals: number;
  readonly version: number;
  readonly alertThresholds: readonly number[];
  readonly raisedPercents: readonly number[];
}

export type TicketRow = {
  readonly ticketId: string;
  readonly code: string;
  /** The code is the ticket's no more: it was transferred under a new one. */
  readonly isRevoked: boolean;
  readonly status: TicketStatus;
  /** Of one that is, or was, held: see `statusAt`. */
  readonly heldUntil: Date | null;
  readonly eventId: string;
  readonly ticketTypeId: string;
  readonly admitsWhenFull: boolean;
  readonly eventStatus: EventStatus;
  readonly startsAt: Date;
  readonly doorsOpenAt: Date;
  readonly endsAt: Date;
  readonly reentryAllowed: boolean;
  readonly eventCapacity: number | null;
  readonly eventInside: number;
  readonly autoExitAt: Date;
  /** Null until those still inside have been checked out. */
  readonly autoExitedAt: Date | null;
} & Omit<Presence, "ticketId">;

export interface CredentialRow {
  readonly id: string;
  readonly isValid: boolean;
  readonly mayScan: boolean;
  readonly isSeenLately: boolean;
}

export interface NamedEventRow {
  readonly id: string;
  readonly venueId: string;
  readonly ownerId: string;
  readonly status: EventStatus;
}

/** Whose key it is. */
export interface KeyOwner {
  readonly scannerId: string;
  readonly gateId: string;
  readonly key: string;
}

/** Everything a batch decides by, as of the moment it held the venue's lock. */
export interface BatchState {
  readonly venue: VenueRow;
  readonly credentials: readonly CredentialRow[];
  readonly replays: readonly Scan[];
  /** Keys of scans that are kept no longer; they are about to be forgotten, or to come back. */
  readonly gone: readonly KeyOwner[];
  /** What happened before is taken no more; null: as the configuration says. */
  readonly keptFrom: Date | null;
  readonly tickets: readonly TicketRow[];
  readonly namedEvents: readonly NamedEventRow[];
}

const BEGIN = { name: "gate.begin", text: "begin" };

// Of the venue's occupancy alone: a statement that waits for a lock gets the locked row as it is then, and what it joins as
// it was before.
const LOCK = { name: "gate.lock", text: "/* gate.lock */ select from occupancies where id = $1 for update" };

const VENUE = {
  name: "gate.venue",
  text: `/* gate.venue */
    select clock_timestamp() as now, v.owner_id as "ownerId", v.capacity, o.inside, o.theoretical, o.entries, o.exits,
      o.refusals, o.version, v.alert_threshold_percents as "alertThresholds", o.raised_percents as "raisedPercents"
    from occupancies o join venues v on v.id = o.id where o.id = $1`,
};

const DEVICES = {
  name: "gate.devices",
  text: `/* gate.devices */
    select d.id, d.revoked_at is null as "isValid", g.venue_id = $1 as "mayScan",
      coalesce(d.last_seen_at > clock_timestamp() - interval '10 seconds', false) as "isSeenLately"
    from devices d join gates g on g.id = d.gate_id where d.id = any($2)`,
};

const SESSIONS = {
  name: "gate.sessions",
  text: `/* gate.sessions */
    select s.id, s.ended_at is null as "isValid",
      u.role = 'ADMIN' or v.owner_id = u.id
        or exists (select from venue_staff f where f.venue_id = $1 and f.user_id = u.id) as "mayScan",
      true as "isSeenLately"
    from sessions s join users u on u.id = s.user_id, venues v where s.id = any($2) and v.id = $1`,
};

const REPLAYS = {
  name: "gate.replays",
  text: `/* gate.replays */
    select q.scan_id as "scanId", q.scanned_at as "scannedAt", q.scanner_id as "scannerId", q.gate_id as "gateId", q.key
    from unnest($1::uuid[], $2::uuid[], $3::text[]) as k (scanner_id, gate_id, key)
    join scan_keys q on (q.scanner_id, q.gate_id, q.key) = (k.scanner_id, k.gate_id, k.key)`,
};

// Apart from the keys: a statement that names the scans opens every month of them.
const SCANS = {
  name: "gate.scans",
  text: `/* gate.scans */
    select ${SCAN_COLUMNS} from unnest($1::uuid[], $2::timestamptz[]) as k (id, scanned_at)
    join scans s on (s.id, s.scanned_at) = (k.id, k.scanned_at)`,
};

// Both kinds of codes first, and the rest once: each table that a statement names costs it, rows or none.
const TICKETS = {
  name: "gate.tickets",
  text: `/* gate.tickets */
    select t.id as "ticketId", t.code, t.is_revoked as "isRevoked", t.status, t.event_id as "eventId",
      t.ticket_type_id as "ticketTypeId", t.held_until as "heldUntil",
      y.admits_when_full as "admitsWhenFull", e.status as "eventStatus", e.starts_at as "startsAt",
      e.doors_open_at as "doorsOpenAt", e.ends_at as "endsAt", e.reentry_allowed as "reentryAllowed",
      e.capacity as "eventCapacity", e.auto_exit_at as "autoExitAt", e.auto_exited_at as "autoExitedAt",
      o.inside as "eventInside", ${PRESENCE_COLUMNS}
    from (
      select id, code, false as is_revoked, status, event_id, ticket_type_id, held_until
      from tickets where venue_id = $1 and code = any($2)
      union all
      select t.id, r.code, true, t.status, t.event_id, t.ticket_type_id, t.held_until
      from revoked_codes r join tickets t on t.id = r.ticket_id where r.venue_id = $1 and r.code = any($2)
    ) t
    join events e on e.id = t.event_id
    join ticket_types y on y.id = t.ticket_type_id
    join occupancies o on o.id = t.event_id
    left join presences p on p.ticket_id = t.id`,
};

const NAMED_EVENTS = {
  name: "gate.named-events",
  text: `/* gate.named-events */
    select e.id, e.venue_id as "venueId", v.owner_id as "ownerId", e.status
    from events e join venues v on v.id = e.venue_id where e.id = any($1)`,
};

const ELSEWHERE = {
  name: "gate.elsewhere",
  text: `/* gate.elsewhere */
    with others as (select id from venues where owner_id = $1 and id <> $2)
    select code, event_id as "eventId", false as "isRevoked" from tickets
    where venue_id in (select id from others) and code = any($3)
    union all
    select code, event_id, true from revoked_codes
    where venue_id in (select id from others) and code = any($3)`,
};

export const READS: readonly Statement[] = [
  LOCK,
  VENUE,
  DEVICES,
  SESSIONS,
  REPLAYS,
  SCANS,
  ...PAST_READS,
  TICKETS,
  NAMED_EVENTS,
  ELSEWHERE,
];

/** Begins a change of the venue's past, and locks it. */
export async function beginChange(client: PoolClient, venueId: string): Promise<VenueRow> {
  const [, , [venue]] = await fly(client, [call(BEGIN), call(LOCK, [venueId]), call<VenueRow>(VENUE, [venueId])]);
  if (venue === undefined) throw new Error(`the venue ${venueId} has no occupancy`);
  return venue;
}

/**
 * Begins the transaction, locks the venue and reads, all in one flight: each statement has its own snapshot, so those
 * after the lock see everything that was committed before it was granted.
 */
export async function readBatch(
  client: PoolClient,
  venueId: string,
  submissions: readonly Submission[],
  { lock }: { lock: boolean },
): Promise<BatchState> {
  const attempts = submissions.flatMap((submission) => submission.attempts);
  const codes = [...new Set(attempts.map((attempt) => attempt.code))];
  const eventIds = [...new Set(attempts.flatMap((attempt) => attempt.eventId ?? []))];
  const [devices, sessions] = credentialIds(submissions);
  const [, , venues, ofDevices, ofSessions, known, tickets, namedEvents, limits] = await fly(client, [
    call(BEGIN),
    lock ? call(LOCK, [venueId]) : null,
    call<VenueRow>(VENUE, [venueId]),
    devices.length === 0 ? null : call<CredentialRow>(DEVICES, [venueId, devices]),
    sessions.length === 0 ? null : call<CredentialRow>(SESSIONS, [venueId, sessions]),
    call<KnownKey>(REPLAYS, keyColumns(submissions)),
    call<TicketRow>(TICKETS, [venueId, codes]),
    eventIds.length === 0 ? null : call<NamedEventRow>(NAMED_EVENTS, [eventIds]),
    attempts.some(isOld) ? callKeptFrom() : null,
  ]);
  const [venue] = venues;
  if (venue === undefined) throw new Error(`the venue ${venueId} has no occupancy`);
  const replays = await readReplays(client, known);
  const found = new Set(replays.map(({ id }) => id));
  const gone = known.filter(({ scanId }) => !found.has(scanId));
  const keptFrom = limits[0]?.keptFrom ?? null;
  return { venue, credentials: [...ofDevices, ...ofSessions], replays, gone, keptFrom, tickets, namedEvents };
}

interface KnownKey extends KeyOwner {
  readonly scanId: string;
  readonly scannedAt: Date;
}

async function readReplays(
  client: PoolClient,
  known: readonly Pick<KnownKey, "scanId" | "scannedAt">[],
): Promise<Scan[]> {
  if (known.length === 0) return [];
  const times = known.map(({ scannedAt }) => scannedAt.toISOString());
  const [scans] = await fly(client, [call<Scan>(SCANS, [known.map(({ scanId }) => scanId), times])]);
  return scans;
}

/** The scan as it is now. */
export async function readScan(client: PoolClient, { id, scannedAt }: Pick<Scan, "id" | "scannedAt">): Promise<Scan> {
  const [scan] = await readReplays(client, [{ scanId: id, scannedAt }]);
  if (scan === undefined) throw new Error(`the scan ${id} has gone`);
  return scan;
}

/** The viewer's right to scan at the venue; null for nobody in particular, and where the token is of nothing. */
export async function readCredential(
  client: PoolClient,
  venueId: string,
  viewer: Viewer,
): Promise<CredentialRow | null> {
  if (viewer.kind === "anonymous") return null;
  const [statement, id] = viewer.kind === "device" ? [DEVICES, viewer.deviceId] : [SESSIONS, viewer.sessionId];
  const [[credential]] = await fly(client, [call<CredentialRow>(statement, [venueId, [id]])]);
  return credential ?? null;
}

/** A code that is, or was until a transfer, a ticket's at another venue of the owner. */
export interface StrayCode {
  readonly code: string;
  readonly eventId: string;
  readonly isRevoked: boolean;
}

/** Which of the codes belong to another venue of the owner. */
export async function readElsewhere(
  client: PoolClient,
  ownerId: string,
  venueId: string,
  codes: readonly string[],
): Promise<StrayCode[]> {
  if (codes.length === 0) return [];
  const [strays] = await fly(client, [call<StrayCode>(ELSEWHERE, [ownerId, venueId, codes])]);
  return strays;
}

function credentialIds(submissions: readonly Submission[]): [devices: string[], sessions: string[]] {
  const devices = new Set<string>();
  const sessions = new Set<string>();
  // A user who imports what a device has scanned stands for it.
  for (const { scanner } of submissions) {
    (scanner.credentialId === scanner.deviceId ? devices : sessions).add(scanner.credentialId);
  }
  return [[...devices], [...sessions]];
}

function keyColumns(submissions: readonly Submission[]): [string[], string[], string[]] {
  const columns: [string[], string[], string[]] = [[], [], []];
  for (const { scanner, gateId, attempts } of submissions) {
    for (const attempt of attempts) {
      columns[0].push(scanner.id);
      columns[1].push(gateId);
      columns[2].push(attempt.key);
    }
  }
  return columns;
}
