import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { AuditTarget } from "../entities/audit-entry.js";
import { type Event, EventEntity, EventStatus } from "../entities/event.js";
import { TicketStatus } from "../entities/ticket.js";
import { invalid } from "../errors.js";
import { type AuditAction, audit } from "./audit.js";
import { type ChangeWords, describeChanges } from "./audit-changes.js";
import { planCheckOut } from "./check-out.js";
import { toEntities, toRow } from "./columns.js";
import { defaultAutoExit, defaultDoors, type EventTimes, type GivenTimes, requireTimes } from "./event-times.js";
import { type Given, given } from "./given.js";
import { addJob } from "./job.js";
import { mailEventCancelled, mailEventChanged } from "./mail-occasions.js";
import { bumpVersion, holdScans } from "./occupancy.js";
import { requireOwnEvent } from "./own-event.js";
import { requireCapacity } from "./place.js";
import type { Scope } from "./scope.js";
import { requireUser } from "./standing.js";
import { DESCRIPTION, NAME, requireText } from "./text.js";

/** Undefined: not given, stays as it is. Null: the default again, where there is one. */
export interface UpdateEventInput {
  readonly eventId: string;
  readonly title?: Given<string>;
  readonly description?: Given<string>;
  readonly category?: Given<string>;
  readonly startsAt?: Given<Date>;
  readonly endsAt?: Given<Date>;
  readonly doorsOpenAt?: Given<Date>;
  readonly autoExitAt?: Given<Date>;
  readonly capacity?: Given<number>;
  readonly reentryAllowed?: Given<boolean>;
}

/** The organizer changes what is given; the event must be as valid after it as a new one. Throws ALREADY_CANCELLED. */
export function updateEvent(scope: Scope, input: UpdateEventInput): Promise<Event> {
  return changeEvent(scope, "updateEvent", input.eventId, async (em, event) => {
    const changed = await writeEvent(em, event, changesOf(event, input));
    if (changed.autoExitAt.getTime() !== event.autoExitAt.getTime()) {
      requireNotCheckedOut(event);
      await planCheckOut(em, event.id, changed.autoExitAt);
    }
    await mailEventChanged(em, event, changed);
    return changed;
  });
}

/** Throws ALREADY_CANCELLED; of a published one: the same answer. */
export function publishEvent(scope: Scope, { eventId }: { readonly eventId: string }): Promise<Event> {
  return changeEvent(scope, "publishEvent", eventId, async (em, event) =>
    event.status === EventStatus.PUBLISHED ? event : writeEvent(em, event, { status: EventStatus.PUBLISHED }),
  );
}

/**
 * Cancels its tickets and reservations too, whose places are free again, though nobody can have them. Whoever has paid gets
 * the money back, by jobs. Again: ALREADY_CANCELLED.
 */
export function cancelEvent(scope: Scope, { eventId }: { readonly eventId: string }): Promise<Event> {
  return changeEvent(scope, "cancelEvent", eventId, async (em, event) => {
    await mailEventCancelled(em, eventId);
    await cancelTickets(em, event);
    await addJob(em, { task: "refund-event", payload: { eventId } }, new Date());
    return writeEvent(em, event, { status: EventStatus.CANCELLED });
  });
}

const WORDS: ChangeWords<Event> = {
  texts: { title: "title", description: "description", category: "category" },
  values: {
    status: "status",
    startsAt: "start",
    endsAt: "end",
    doorsOpenAt: "opening of the doors",
    autoExitAt: "automatic exits",
    capacity: "capacity",
    reentryAllowed: "re-entry",
  },
};
/** Null: by what has changed. */
const SUMMARIES = {
  updateEvent: null,
  publishEvent: "Published the event.",
  cancelEvent: "Cancelled the event, its tickets and its reservations.",
} satisfies Partial<Record<AuditAction, string | null>>;

/** The new version comes last: a scan is decided by the event as it was before, and stored by then, or by the new one. */
async function changeEvent(
  scope: Scope,
  action: keyof typeof SUMMARIES,
  eventId: string,
  change: (em: EntityManager, event: Event) => Promise<Event>,
): Promise<Event> {
  requireUser(scope.viewer);
  const { event, version } = await scope.em.transactional(async (em) => {
    const event = await requireOwnEvent(em, scope.viewer, eventId, "change");
    const changed = await change(em, event);
    const { venueId } = changed;
    const summary = describeChanges(event, changed, WORDS);
    if (summary !== null) {
      const target = [AuditTarget.EVENT, eventId] as const;
      await audit(em, scope.viewer, { venueId, action, target, summary: SUMMARIES[action] ?? summary });
    }
    return { event: changed, version: await bumpVersion(em, venueId) };
  });
  scope.announce({ kind: "occupancy", venueId: event.venueId, version });
  scope.announce({ kind: "availability", eventId });
  return event;
}

function changesOf(event: Event, input: UpdateEventInput): Partial<Event> {
  return {
    title: requireText(given(input.title, event.title, "title"), NAME, "title"),
    description: requireText(given(input.description, event.description, "description"), DESCRIPTION, "description"),
    category: requireText(given(input.category, event.category, "category"), NAME, "category"),
    ...requireTimes(timesOf(event, input), (name) => input[name] !== undefined),
    capacity: input.capacity == null ? presentOrNull(input.capacity, event.capacity) : requireCapacity(input.capacity),
    reentryAllowed: given(input.reentryAllowed, event.reentryAllowed, "reentryAllowed"),
  };
}

const presentOrNull = <Value>(value: null | undefined, present: Value): Value | null =>
  value === undefined ? present : null;

/** The exits are recorded with that time. */
function requireNotCheckedOut({ autoExitedAt }: Event): void {
  if (autoExitedAt === null) return;
  throw invalid("`autoExitAt` has passed: everybody was checked out then, and it cannot be moved.", "autoExitAt");
}

/**
 * Doors and automatic exits that stand at their defaults go with the start and the end when these are moved; but exits that have
 * been recorded stay where they are.
 */
function timesOf(event: Event, input: UpdateEventInput): GivenTimes {
  const follows = (name: keyof EventTimes, usual: Date) =>
    event[name].getTime() === usual.getTime() ? null : event[name];
  const unmovedAutoExit =
    event.autoExitedAt === null ? follows("autoExitAt", defaultAutoExit(event.endsAt)) : event.autoExitAt;
  return {
    startsAt: given(input.startsAt, event.startsAt, "startsAt"),
    endsAt: given(input.endsAt, event.endsAt, "endsAt"),
    doorsOpenAt:
      input.doorsOpenAt === undefined ? follows("doorsOpenAt", defaultDoors(event.startsAt)) : input.doorsOpenAt,
    autoExitAt: input.autoExitAt === undefined ? unmovedAutoExit : input.autoExitAt,
  };
}

/** On an event that is held. */
async function writeEvent(em: EntityManager, event: Event, changes: Partial<Event>): Promise<Event> {
  const row = JSON.stringify(toRow({ ...changes, updatedAt: new Date() }));
  // `e` stands for what a field is when it is not given, for its row is the base that the changes are laid upon.
  const { rows } = await sql<object>`/* event.update */
    update events e set (title, description, category, status, starts_at, ends_at, doors_open_at, auto_exit_at, capacity,
        reentry_allowed, updated_at) =
      (select c.title, c.description, c.category, c.status, c.starts_at, c.ends_at, c.doors_open_at, c.auto_exit_at,
        c.capacity, c.reentry_allowed, c.updated_at from json_populate_record(e, ${row}) c)
    where e.id = ${event.id} returning e.*`.execute(em.getKysely());
  const [changed] = toEntities(em, EventEntity, rows);
  if (changed === undefined) throw new Error(`the event ${event.id} has gone`);
  return changed;
}

/**
 * With its reservations; of what ran out before it is written down that it did. In the order of all who sell and release, so
 * that they wait for each other in line (see stock.ts), each kind by its ids.
 */
async function cancelTickets(em: EntityManager, { id: eventId, venueId }: Event): Promise<void> {
  const live = sql`event_id = ${eventId} and status in (${TicketStatus.PAID}, ${TicketStatus.RESERVED})`;
  const ended = (until: "expires_at" | "held_until") => sql`case
    when status = ${TicketStatus.RESERVED} and ${sql.ref(until)} <= now() then ${TicketStatus.EXPIRED}
    else ${TicketStatus.CANCELLED} end`;
  await sql`/* event.cancel-reservations */
    update reservations set status = ${ended("expires_at")}
    where id in (select id from reservations where ${live} order by id for update)`.execute(em.getKysely());
  await sql`/* event.free-stock */
    update ticket_types set sold = 0, reserved = 0
    where id in (select id from ticket_types where event_id = ${eventId} order by id for no key update)`.execute(
    em.getKysely(),
  );
  await holdScans(em, venueId);
  await sql`/* event.cancel-tickets */
    update tickets set status = ${ended("held_until")} where ${live}`.execute(em.getKysely());
}
