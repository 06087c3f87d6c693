import type { OperationContext } from "../context.js";
import { mayScan, maySeeEvent, type Standing } from "../domain/standing.js";
import type { Device } from "../entities/device.js";
import { type Event, EventStatus } from "../entities/event.js";
import type { Gate } from "../entities/gate.js";
import type { Reservation } from "../entities/reservation.js";
import type { Scan } from "../entities/scan.js";
import type { Ticket } from "../entities/ticket.js";
import type { TicketType } from "../entities/ticket-type.js";
import { Role, type User } from "../entities/user.js";
import type { Venue } from "../entities/venue.js";

type Find<Value> = (context: OperationContext, id: string) => Promise<Value | null>;

/** Looks an object up for the viewer: what they may not see is like nothing. */
const found =
  <Value>(
    load: Find<Value>,
    isVisible: (context: OperationContext, value: Value) => Promise<boolean> = async () => true,
  ): Find<Value> =>
  async (context, id) => {
    const value = await load(context, id);
    return value !== null && (await isVisible(context, value)) ? value : null;
  };

/** At a venue that does not exist everybody stands as the public. */
const standingAt = async ({ loaders }: OperationContext, venueId: string): Promise<Standing> =>
  (await loaders.standing.load(venueId)) ?? "public";

/** A draft and a cancelled event are for the crew, and for who holds a ticket of theirs. */
const isEventVisible = async (context: OperationContext, { id, venueId, status }: Event): Promise<boolean> =>
  status === EventStatus.PUBLISHED ||
  maySeeEvent(await standingAt(context, venueId), status) ||
  context.loaders.holdsTicketOf.load(id);

export async function isTicketVisible(context: OperationContext, ticket: Ticket): Promise<boolean> {
  // What a standing tells is told to all who share it; who asks is looked at last, since that parts them.
  if (mayScan(await standingAt(context, ticket.venueId))) return true;
  const { viewer } = context;
  return viewer.kind === "user" && viewer.userId === ticket.holderId;
}

const isScanVisible = async (context: OperationContext, { venueId }: Scan): Promise<boolean> =>
  mayScan(await standingAt(context, venueId));

export async function isReservationVisible(
  { viewer }: OperationContext,
  { userId }: Pick<Reservation, "userId">,
): Promise<boolean> {
  return viewer.kind === "user" && (viewer.userId === userId || viewer.role === Role.ADMIN);
}

/** As through the scans that it made. */
async function isDeviceVisible(context: OperationContext, device: Device): Promise<boolean> {
  const gate = await context.loaders.gate.load(device.gateId);
  return gate !== null && mayScan(await standingAt(context, gate.venueId));
}

async function isTypeVisible(context: OperationContext, type: TicketType): Promise<boolean> {
  return (await findEvent(context, type.eventId)) !== null;
}

export const findUser: Find<User> = found(({ loaders }, id) => loaders.user.load(id));
export const findVenue: Find<Venue> = found(({ loaders }, id) => loaders.venue.load(id));
export const findGate: Find<Gate> = found(({ loaders }, id) => loaders.gate.load(id));
export const findEvent: Find<Event> = found(({ loaders }, id) => loaders.event.load(id), isEventVisible);
export const findTicketType: Find<TicketType> = found(({ loaders }, id) => loaders.ticketType.load(id), isTypeVisible);
export const findTicket: Find<Ticket> = found(({ loaders }, id) => loaders.ticket.load(id), isTicketVisible);
export const findReservation: Find<Reservation> = found(
  ({ loaders }, id) => loaders.reservation.load(id),
  isReservationVisible,
);
export const findScan: Find<Scan> = found(({ loaders }, id) => loaders.scan.load(id), isScanVisible);
export const findDevice: Find<Device> = found(({ loaders }, id) => loaders.device.load(id), isDeviceVisible);
