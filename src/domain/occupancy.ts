import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import type { EventStatus } from "../entities/event.js";
import type { Gate } from "../entities/gate.js";
import type { OccupancyKind } from "../entities/occupancy.js";

export interface Counts {
  readonly inside: number;
  readonly entries: number;
  readonly exits: number;
  readonly refusals: number;
}

/** All the counts of a venue at one moment. */
export interface VenueOccupancyState extends Counts {
  readonly venueId: string;
  readonly capacity: number;
  readonly publicOccupancy: boolean;
  readonly theoretical: number;
  readonly version: number;
  readonly asOf: Date;
  /** In the order of their making. */
  readonly gates: readonly GateOccupancyState[];
  /** By their events. Those of drafts too: whether they are shown depends on who looks. */
  readonly ticketTypes: readonly TicketTypeOccupancyState[];
  /** By their start; drafts and cancelled ones too. */
  readonly events: readonly EventOccupancyState[];
}

export interface GateOccupancyState extends Counts {
  /** With its counts, since hardly anybody asks for them without its name. */
  readonly gate: Gate;
  readonly version: number;
}

export interface TicketTypeOccupancyState {
  readonly ticketTypeId: string;
  readonly eventId: string;
  readonly eventStatus: EventStatus;
  readonly inside: number;
  readonly version: number;
}

export interface EventOccupancyState extends Counts {
  readonly eventId: string;
  readonly eventStatus: EventStatus;
  /** The event's own; null: the venue's alone. */
  readonly capacity: number | null;
  readonly theoretical: number;
  readonly version: number;
}

const COUNTS = sql.raw(
  ["inside", "theoretical", "entries", "exits", "refusals", "version"].map((name) => `'${name}', o.${name}`).join(", "),
);

/** The counts of the venues, all from one snapshot; a venue that does not exist is not in the map. One statement. */
export async function readOccupancies(
  em: EntityManager,
  venueIds: readonly string[],
): Promise<Map<string, VenueOccupancyState>> {
  const { rows } = await sql<OccupancyRow>`/* occupancy.read */
    select v.id as "venueId", v.capacity, v.public_occupancy as "publicOccupancy", o.inside, o.theoretical, o.entries,
      o.exits, o.refusals, o.version::float8 as version, extract(epoch from clock_timestamp())::float8 * 1000 as "asOf",
      array(
        select json_build_object('gate', json_build_object('id', g.id, 'venueId', g.venue_id, 'name', g.name,
          'createdAt', (extract(epoch from g.created_at) * 1000)::float8), ${COUNTS})
        from gates g join occupancies o on o.id = g.id where g.venue_id = v.id order by g.created_at, g.id
      ) as gates,
      array(
        select json_build_object('ticketTypeId', y.id, 'eventId', e.id, 'eventStatus', e.status,
          'inside', o.inside, 'version', o.version)
        from events e join ticket_types y on y.event_id = e.id join occupancies o on o.id = y.id
        where e.venue_id = v.id order by e.starts_at, e.id, y.created_at, y.id
      ) as "ticketTypes",
      array(
        select json_build_object('eventId', e.id, 'eventStatus', e.status, 'capacity', e.capacity, ${COUNTS})
        from events e join occupancies o on o.id = e.id where e.venue_id = v.id order by e.starts_at, e.id
      ) as events
    from venues v join occupancies o on o.id = v.id
    where v.id = any(${[...venueIds]}::uuid[])`.execute(em.getKysely());
  return new Map(rows.map((row) => [row.venueId, stateOf(row)]));
}

/** In JSON, where moments are milliseconds. */
interface OccupancyRow extends Omit<VenueOccupancyState, "asOf" | "gates"> {
  readonly asOf: number;
  readonly gates: readonly (Omit<GateOccupancyState, "gate"> & {
    readonly gate: Omit<Gate, "createdAt"> & { readonly createdAt: number };
  })[];
}

function stateOf({ asOf, gates, ...state }: OccupancyRow): VenueOccupancyState {
  return {
    ...state,
    asOf: new Date(asOf),
    gates: gates.map(({ gate, ...counts }) => ({ ...counts, gate: { ...gate, createdAt: new Date(gate.createdAt) } })),
  };
}

/** Begins to count: everything that scans can move has its row from the transaction on in which it was made. */
export async function openOccupancies(
  em: EntityManager,
  kind: OccupancyKind,
  venueId: string,
  ids: readonly string[],
): Promise<void> {
  await sql`/* occupancy.open */
    insert into occupancies (id, venue_id, kind)
    select id, ${venueId}, ${kind} from unnest(${[...ids]}::uuid[]) as i (id)`.execute(em.getKysely());
}

/**
 * For a change of the venue that its watchers see and no scan has made. Locks the venue's scans out until the commit, so it
 * comes last in its transaction. Answers the new version, to be announced after the commit.
 */
export async function bumpVersion(em: EntityManager, venueId: string): Promise<number> {
  const { rows } = await sql<{ version: string }>`/* occupancy.bump */
    update occupancies set version = version + 1 where id = ${venueId} returning version`.execute(em.getKysely());
  const [row] = rows;
  if (row === undefined) throw new Error(`the venue ${venueId} has no occupancy`);
  return Number(row.version);
}

/** Null where there is no such venue. */
export async function readVersion(em: EntityManager, venueId: string): Promise<number | null> {
  const { rows } = await sql<{ version: string }>`/* occupancy.version */
    select version from occupancies where id = ${venueId}`.execute(em.getKysely());
  return rows[0] === undefined ? null : Number(rows[0].version);
}

/**
 * Waits for the venue's scans under way, and keeps the next ones waiting until the commit: a right that is taken away after
 * this was either good for a scan that is stored by then, or is good for none.
 */
export async function holdScans(em: EntityManager, venueId: string): Promise<void> {
  await sql`/* occupancy.hold-scans */
    select from occupancies where id = ${venueId} for update`.execute(em.getKysely());
}
