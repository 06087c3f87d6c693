import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { v7 as uuidv7 } from "uuid";
import { AuditTarget } from "../entities/audit-entry.js";
import { type Event, EventEntity, EventStatus } from "../entities/event.js";
import { OccupancyKind } from "../entities/occupancy.js";
import { badInput } from "../errors.js";
import { audit } from "./audit.js";
import { counted } from "./audit-changes.js";
import { planCheckOut } from "./check-out.js";
import { requireTimes } from "./event-times.js";
import { insertRows } from "./insert.js";
import { bumpVersion, openOccupancies } from "./occupancy.js";
import { requireCapacity } from "./place.js";
import type { Scope } from "./scope.js";
import { requireOwner, requireUser } from "./standing.js";
import { DESCRIPTION, NAME, requireText } from "./text.js";
import { checkStock, insertTicketTypes, makeTicketType, type TicketTypeInput } from "./ticket-type.js";

export interface CreateEventInput {
  readonly venueId: string;
  readonly title: string;
  readonly description: string;
  readonly category: string;
  readonly startsAt: Date;
  readonly endsAt: Date;
  /** Null: two hours before the start. */
  readonly doorsOpenAt: Date | null;
  /** Null: four hours after the end. */
  readonly autoExitAt: Date | null;
  /** Null: the venue's alone. */
  readonly capacity: number | null;
  readonly reentryAllowed: boolean;
  readonly publish: boolean;
  readonly ticketTypes: readonly TicketTypeInput[];
}

const MOST_TICKET_TYPES = 100;

/** The venue's owner makes an event with its ticket types; it is the owner's even when an admin makes it. */
export async function createEvent(scope: Scope, input: CreateEventInput): Promise<Event> {
  requireUser(scope.viewer);
  const { venueId } = input;
  if (input.ticketTypes.length > MOST_TICKET_TYPES) {
    throw badInput(`\`ticketTypes\` has ${input.ticketTypes.length} items; at most ${MOST_TICKET_TYPES} are allowed.`);
  }
  const { event, version } = await scope.em.transactional(async (em) => {
    await requireOwner(em, scope.viewer, venueId, "venueId");
    const made = makeEvent(input, await readOwner(em, venueId));
    const types = input.ticketTypes.map((type, index) =>
      makeTicketType(made.id, type, made.createdAt, "ticketTypes", String(index)),
    );
    checkStock(types, { currency: null, total: 0 }, (index) => ["ticketTypes", String(index)]);
    await insertRows(em, EventEntity, [made]);
    await openOccupancies(em, OccupancyKind.EVENT, venueId, [made.id]);
    await insertTicketTypes(em, venueId, types);
    await planCheckOut(em, made.id, made.autoExitAt);
    const summary = `Made the event, ${input.publish ? "published" : "as a draft"}, with ${counted(types.length, "ticket type")}.`;
    await audit(em, scope.viewer, { venueId, action: "createEvent", target: [AuditTarget.EVENT, made.id], summary });
    return { event: made, version: await bumpVersion(em, venueId) };
  });
  scope.announce({ kind: "occupancy", venueId, version });
  return event;
}

function makeEvent(input: CreateEventInput, organizerId: string): Event {
  const now = new Date();
  return {
    id: uuidv7(),
    venueId: input.venueId,
    organizerId,
    title: requireText(input.title, NAME, "title"),
    description: requireText(input.description, DESCRIPTION, "description"),
    category: requireText(input.category, NAME, "category"),
    status: input.publish ? EventStatus.PUBLISHED : EventStatus.DRAFT,
    ...requireTimes(input),
    capacity: input.capacity === null ? null : requireCapacity(input.capacity),
    reentryAllowed: input.reentryAllowed,
    createdAt: now,
    updatedAt: now,
    autoExitedAt: null,
  };
}

async function readOwner(em: EntityManager, venueId: string): Promise<string> {
  const { rows } = await sql<{ ownerId: string }>`/* event.organizer */
    select owner_id as "ownerId" from venues where id = ${venueId}`.execute(em.getKysely());
  const [venue] = rows;
  if (venue === undefined) throw new Error(`the venue ${venueId} has gone`);
  return venue.ownerId;
}
