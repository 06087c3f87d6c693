import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { AuditTarget } from "../entities/audit-entry.js";
import { EventStatus } from "../entities/event.js";
import { TicketStatus } from "../entities/ticket.js";
import { Role, type User } from "../entities/user.js";
import { Refusal, unauthenticated } from "../errors.js";
import { type AuditNote, audit } from "./audit.js";
import { endReservation } from "./hold-expiry.js";
import { verifyPassword } from "./password.js";
import type { Scope } from "./scope.js";
import { endSessionsOf } from "./session.js";
import { requireUser } from "./standing.js";
import { lockTypes } from "./stock.js";
import type { Viewer } from "./viewer.js";

/** Nobody signs in without a password. */
export const isErased = ({ passwordHash }: User): boolean => passwordHash === null;

/** Stands where a name must be. */
const NAME_OF_THE_ERASED = "Deleted user";

/**
 * Erases the caller's personal data, ends their sessions, releases their holds and frees their address. What they own and did
 * stays, of a person without a name. Throws BAD_CREDENTIALS for a wrong password, CONFLICT while a published event at a venue of theirs is not over.
 */
export async function deleteAccount(scope: Scope, input: { readonly password: string }): Promise<void> {
  const { userId } = requireUser(scope.viewer);
  const passwordHash = await readPasswordHash(scope.em, userId);
  if (!(await verifyPassword(passwordHash, input.password))) {
    throw new Refusal("BAD_CREDENTIALS", "The password is wrong.", ["password"]);
  }
  const { sessionIds, eventIds } = await scope.em.transactional(async (em) => {
    await holdUser(em, userId);
    // First of all, for this waits for what the sessions have under way (see `holdSession`), and nothing follows it.
    const ended = await endSessionsOf(em, userId);
    await eraseUser(em, userId);
    await checkEventsOver(em, userId);
    const released = await releaseHolds(em, userId);
    // Venues before tickets, as everybody locks them.
    await leaveStaff(em, scope.viewer, userId);
    await leaveTickets(em, userId);
    return { sessionIds: ended, eventIds: released };
  });
  for (const credentialId of sessionIds) scope.announce({ kind: "rights", credentialId });
  for (const eventId of eventIds) scope.announce({ kind: "availability", eventId });
}

async function readPasswordHash(em: EntityManager, userId: string): Promise<string | null> {
  const { rows } = await sql<{ hash: string | null }>`/* erasure.password */
    select password_hash as hash from users where id = ${userId}`.execute(em.getKysely());
  return rows[0]?.hash ?? null;
}

/** Keeps others from signing in as the user, and from erasing them too. */
async function holdUser(em: EntityManager, userId: string): Promise<void> {
  const { rows } = await sql`/* erasure.hold */
    select from users where id = ${userId} and password_hash is not null for no key update`.execute(em.getKysely());
  if (rows.length === 0) throw unauthenticated();
}

async function eraseUser(em: EntityManager, userId: string): Promise<void> {
  await sql`/* erasure.user */
    update users set email = null, password_hash = null, name = ${NAME_OF_THE_ERASED}, role = ${Role.MEMBER},
      latitude = null, longitude = null, mail_opt_out = '{}'
    where id = ${userId}`.execute(em.getKysely());
}

async function checkEventsOver(em: EntityManager, userId: string): Promise<void> {
  const { rows } = await sql`/* erasure.events */
    select from events e join venues v on v.id = e.venue_id
    where v.owner_id = ${userId} and e.status = ${EventStatus.PUBLISHED} and e.ends_at > ${new Date()}
    limit 1`.execute(em.getKysely());
  if (rows.length > 0) {
    throw new Refusal("CONFLICT", "A published event at a venue of yours is not over yet: cancel it first.");
  }
}

/** Answers the events that have places again. All types at once first, in the order in which everybody locks them. */
async function releaseHolds(em: EntityManager, userId: string): Promise<Set<string>> {
  const { rows: held } = await sql<{ id: string; eventId: string }>`/* erasure.holds */
    select id, event_id as "eventId" from reservations
    where user_id = ${userId} and status = ${TicketStatus.RESERVED} order by id for update`.execute(em.getKysely());
  const { rows: types } = await sql<{ id: string }>`/* erasure.types */
    select distinct ticket_type_id as id from tickets
    where reservation_id = any(${held.map(({ id }) => id)}::uuid[])`.execute(em.getKysely());
  await lockTypes(
    em,
    types.map(({ id }) => id),
  );
  for (const { id } of held) await endReservation(em, id, TicketStatus.CANCELLED);
  return new Set(held.map(({ eventId }) => eventId));
}

/** The tickets are as good as before, and nobody's. */
async function leaveTickets(em: EntityManager, userId: string): Promise<void> {
  await sql`/* erasure.tickets */
    update tickets set holder_id = null, holder_name = null where holder_id = ${userId}`.execute(em.getKysely());
}

/** After the scans under way at these venues, one venue after the other in the same order for all who do this. */
async function leaveStaff(em: EntityManager, viewer: Viewer, userId: string): Promise<void> {
  await sql`/* erasure.hold-scans */
    select from occupancies where id in (select venue_id from venue_staff where user_id = ${userId})
    order by id for update`.execute(em.getKysely());
  const { rows } = await sql<{ venueId: string }>`/* erasure.staff */
    delete from venue_staff where user_id = ${userId} returning venue_id as "venueId"`.execute(em.getKysely());
  const notes = rows.map(({ venueId }): AuditNote => {
    const summary = "Somebody of the staff deleted their account.";
    return { venueId, action: "deleteAccount", target: [AuditTarget.USER, userId], summary };
  });
  await audit(em, viewer, ...notes);
}
