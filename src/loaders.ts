import type { EntityManager, EntityName } from "@mikro-orm/postgresql";
import DataLoader from "dataloader";
import { type AttendanceState, readAttendances } from "./domain/attendance.js";
import type { Schema } from "./domain/columns.js";
import type { List } from "./domain/lists.js";
import { readOccupancies, type VenueOccupancyState } from "./domain/occupancy.js";
import {
  type OccupancyPointState,
  type OccupancySnapshotState,
  readHistories,
  readSnapshots,
  type Span,
} from "./domain/occupancy-history.js";
import { type Page, type PageArgs, readCounts, readPages } from "./domain/page.js";
import {
  type ByParent,
  readByIds,
  readDevicesOf,
  readEventsHeld,
  readGatesOf,
  readInside,
  readStaffOf,
  readTicketsOf,
  readTicketTypesOf,
} from "./domain/related.js";
import { readStandings, type Standing } from "./domain/standing.js";
import { readTicketTypes } from "./domain/stock.js";
import type { Viewer } from "./domain/viewer.js";
import { type Device, DeviceEntity } from "./entities/device.js";
import { type Event, EventEntity } from "./entities/event.js";
import { type Gate, GateEntity } from "./entities/gate.js";
import { type Reservation, ReservationEntity } from "./entities/reservation.js";
import type { Row } from "./entities/row.js";
import { type Scan, ScanEntity } from "./entities/scan.js";
import { type Ticket, TicketEntity } from "./entities/ticket.js";
import type { TicketType } from "./entities/ticket-type.js";
import { type User, UserEntity } from "./entities/user.js";
import { type Venue, VenueEntity } from "./entities/venue.js";

/** Whose operation it is. */
export interface Asker {
  readonly viewer: Viewer;
  /** The standing at the venue that is known without looking up who asks; null where there is none. */
  commonStanding(venueId: string): Standing | null;
}

/**
 * The reads of one operation, each kind in one statement however many objects ask. They live as long as the operation, or
 * as one pushed change, so that nothing older is ever served.
 */
export class Loaders {
  readonly user = this.byId<User>(UserEntity);
  readonly venue = this.byId<Venue>(VenueEntity);
  readonly gate = this.byId<Gate>(GateEntity);
  readonly device = this.byId<Device>(DeviceEntity);
  readonly event = this.byId<Event>(EventEntity);
  readonly ticketType = this.loader<TicketType | null>(async (ids) => {
    const types = new Map((await readTicketTypes(this.em, "id", ids)).map((type) => [type.id, type]));
    return ids.map((id) => types.get(id) ?? null);
  });
  readonly reservation = this.byId<Reservation>(ReservationEntity);
  readonly ticket = this.byId<Ticket>(TicketEntity);
  readonly scan = this.byId<Scan>(ScanEntity);

  readonly gatesOf = this.byParent(readGatesOf);
  readonly staffOf = this.byParent(readStaffOf);
  readonly devicesOf = this.byParent(readDevicesOf);
  readonly ticketsOf = this.byParent(readTicketsOf);
  readonly ticketTypesOf = this.byParent(readTicketTypesOf);

  readonly isInside = this.loader(async (ids) => {
    const inside = await readInside(this.em, ids);
    return ids.map((id) => inside.has(id));
  });
  readonly holdsTicketOf = this.loader(async (eventIds) => {
    const { viewer } = this.asker;
    if (viewer.kind !== "user") return eventIds.map(() => false);
    const held = await readEventsHeld(this.em, viewer.userId, eventIds);
    return eventIds.map((id) => held.has(id));
  });
  readonly standing = this.loader<Standing | null>(async (ids) => {
    const unknown = ids.filter((id) => this.asker.commonStanding(id) === null);
    const standings = unknown.length === 0 ? null : await readStandings(this.em, this.asker.viewer, unknown);
    return ids.map((id) => this.asker.commonStanding(id) ?? standings?.get(id) ?? null);
  });
  readonly occupancy = this.loader<VenueOccupancyState | null>(async (ids) => {
    const states = await readOccupancies(this.em, ids);
    return ids.map((id) => states.get(id) ?? null);
  });
  readonly attendance = this.loader<AttendanceState | null>(async (eventIds) => {
    const attendances = await readAttendances(this.em, eventIds);
    return eventIds.map((id) => attendances.get(id) ?? null);
  });

  private readonly shared = new Map<string, DataLoader<string, unknown>>();

  constructor(
    private readonly em: EntityManager,
    private readonly asker: Asker,
  ) {}

  /** The same page of every parent that asks for it, in one statement. */
  page<Entity extends Schema>(list: List<Entity>, args: PageArgs, parentId: string): Promise<Page<Row<Entity>>> {
    return this.sharedLoader<Page<Row<Entity>>>(`page ${list.name} ${JSON.stringify(args)}`, async (ids) => {
      const pages = await readPages(this.em, list.spec, args, ids);
      return ids.map((id) => pages.get(id) as Page<Row<Entity>>);
    }).load(parentId);
  }

  count<Entity extends Schema>(list: List<Entity>, parentId: string): Promise<number> {
    return this.sharedLoader(`count ${list.name}`, async (ids) => {
      const counts = await readCounts(this.em, list.spec, ids);
      return ids.map((id) => counts.get(id) ?? 0);
    }).load(parentId);
  }

  /** Null where there is no such venue. */
  occupancyAt(venueId: string, at: Date): Promise<OccupancySnapshotState | null> {
    return this.sharedLoader(`occupancy at ${at.getTime()}`, async (ids) => {
      const snapshots = await readSnapshots(this.em, ids, at);
      return ids.map((id) => snapshots.get(id) ?? null);
    }).load(venueId);
  }

  occupancyHistory(venueId: string, span: Span): Promise<OccupancyPointState[]> {
    return this.sharedLoader(`occupancy history ${JSON.stringify(span)}`, async (ids) => {
      const histories = await readHistories(this.em, ids, span);
      return ids.map((id) => histories.get(id) ?? []);
    }).load(venueId);
  }

  private sharedLoader<Value>(name: string, read: (ids: readonly string[]) => Promise<Value[]>) {
    const known = this.shared.get(name);
    if (known !== undefined) return known as DataLoader<string, Value>;
    const made = this.loader(read);
    this.shared.set(name, made);
    return made;
  }

  private byId<Value extends { id: string }>(entity: EntityName): DataLoader<string, Value | null> {
    return this.loader((ids) => readByIds<Value>(this.em, entity, ids));
  }

  private byParent<Value>(
    read: (em: EntityManager, ids: readonly string[]) => Promise<ByParent<Value>>,
  ): DataLoader<string, Value[]> {
    return this.loader(async (ids) => {
      const found = await read(this.em, ids);
      return ids.map((id) => found.get(id) ?? []);
    });
  }

  private loader<Value>(read: (ids: readonly string[]) => Promise<Value[]>): DataLoader<string, Value> {
    return new DataLoader(read);
  }
}
