import type { EntityManager, EntityName } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { type Device, DeviceEntity } from "../entities/device.js";
import { type Gate, GateEntity } from "../entities/gate.js";
import { PresenceEntity } from "../entities/presence.js";
import { ScanDirection } from "../entities/scan.js";
import { type Ticket, TicketEntity } from "../entities/ticket.js";
import type { TicketType } from "../entities/ticket-type.js";
import { type User, UserEntity } from "../entities/user.js";
import { type VenueStaff, VenueStaffEntity } from "../entities/venue.js";
import { readTicketTypes } from "./stock.js";

/** Each of these reads what belongs to many parents in a fixed number of statements, in the order of their making. */
export type ByParent<Value> = Map<string, Value[]>;

/** The objects in the order of their ids, null for an id of nothing. */
export async function readByIds<Value extends { id: string }>(
  em: EntityManager,
  entity: EntityName,
  ids: readonly string[],
): Promise<(Value | null)[]> {
  const found = await find<Value>(em, entity, { id: { $in: ids } });
  const byId = new Map(found.map((value) => [value.id, value]));
  return ids.map((id) => byId.get(id) ?? null);
}

export const readGatesOf = async (em: EntityManager, venueIds: readonly string[]): Promise<ByParent<Gate>> =>
  Map.groupBy(await find<Gate>(em, GateEntity, { venueId: { $in: venueIds } }), (gate) => gate.venueId);

export const readTicketTypesOf = async (em: EntityManager, ids: readonly string[]): Promise<ByParent<TicketType>> =>
  Map.groupBy(await readTicketTypes(em, "event_id", ids), (type) => type.eventId);

export const readTicketsOf = async (em: EntityManager, reservationIds: readonly string[]): Promise<ByParent<Ticket>> =>
  Map.groupBy(
    await find<Ticket>(em, TicketEntity, { reservationId: { $in: reservationIds } }),
    (ticket) => ticket.reservationId ?? "",
  );

export async function readStaffOf(em: EntityManager, venueIds: readonly string[]): Promise<ByParent<User>> {
  const where = { venueId: { $in: venueIds } };
  const posts = await find<VenueStaff>(em, VenueStaffEntity, where, { addedAt: "asc", userId: "asc" });
  const users = await readByIds<User>(em, UserEntity, [...new Set(posts.map((post) => post.userId))]);
  const byId = new Map(users.flatMap((user) => (user === null ? [] : [[user.id, user] as const])));
  const staff = posts.flatMap(({ venueId, userId }) => {
    const user = byId.get(userId);
    return user === undefined ? [] : [{ venueId, user }];
  });
  return new Map(venueIds.map((id) => [id, staff.filter((post) => post.venueId === id).map((post) => post.user)]));
}

export async function readDevicesOf(em: EntityManager, venueIds: readonly string[]): Promise<ByParent<Device>> {
  const gates = await readGatesOf(em, venueIds);
  const venueOf = new Map([...gates.values()].flat().map((gate) => [gate.id, gate.venueId]));
  const devices = await find<Device>(em, DeviceEntity, { gateId: { $in: [...venueOf.keys()] } });
  return Map.groupBy(devices, (device) => venueOf.get(device.gateId) ?? "");
}

/** Which of the tickets are inside. */
export async function readInside(em: EntityManager, ticketIds: readonly string[]): Promise<Set<string>> {
  const inside = await em.find(
    PresenceEntity,
    { ticketId: { $in: ticketIds }, latestDirection: ScanDirection.ENTRY },
    { fields: ["ticketId"], disableIdentityMap: true },
  );
  return new Set(inside.map((presence) => presence.ticketId));
}

/** Which of the events the user holds a ticket of. */
export async function readEventsHeld(
  em: EntityManager,
  userId: string,
  eventIds: readonly string[],
): Promise<Set<string>> {
  const { rows } = await sql<{ eventId: string }>`/* events.held */
    select distinct event_id as "eventId" from tickets
    where holder_id = ${userId} and event_id = any(${[...eventIds]}::uuid[])`.execute(em.getKysely());
  return new Set(rows.map((row) => row.eventId));
}

/** Plain rows: what is read for a response is never changed and flushed, so it needs no identity map. */
async function find<Value extends object>(
  em: EntityManager,
  entity: EntityName,
  where: object,
  orderBy: Record<string, "asc"> = { id: "asc" },
): Promise<Value[]> {
  return (await em.find(entity, where, { orderBy, disableIdentityMap: true })) as Value[];
}
