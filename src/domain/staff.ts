import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { AuditTarget } from "../entities/audit-entry.js";
import type { User } from "../entities/user.js";
import { type Venue, VenueEntity } from "../entities/venue.js";
import { Refusal } from "../errors.js";
import { findUserByEmail } from "./account.js";
import { type AuditAction, audit } from "./audit.js";
import { toEntities } from "./columns.js";
import { holdScans } from "./occupancy.js";
import type { Scope } from "./scope.js";
import { requireOwner, requireUser } from "./standing.js";
import { parseEmail } from "./text.js";

export interface VenueStaffInput {
  readonly venueId: string;
  readonly email: string;
}

/** Lets a registered user scan at the venue; again: the same answer. Throws NOT_FOUND for an address nobody has. */
export function addVenueStaff(scope: Scope, input: VenueStaffInput): Promise<Venue> {
  return changeStaff(scope, input, "addVenueStaff", async (em, user) => {
    const { rows } = await sql`/* staff.add */
      insert into venue_staff (venue_id, user_id, added_at) values (${input.venueId}, ${user.id}, ${new Date()})
      on conflict do nothing returning user_id`.execute(em.getKysely());
    return rows.length > 0;
  });
}

/** Takes that right away, at once; of somebody who does not have it: the same answer. */
export async function removeVenueStaff(scope: Scope, input: VenueStaffInput): Promise<Venue> {
  const venue = await changeStaff(scope, input, "removeVenueStaff", async (em, user) => {
    await holdScans(em, input.venueId);
    const { rows } = await sql`/* staff.remove */
      delete from venue_staff where venue_id = ${input.venueId} and user_id = ${user.id}
      returning user_id`.execute(em.getKysely());
    return rows.length > 0;
  });
  scope.announce({ kind: "rights", credentialId: null });
  return venue;
}

const SUMMARIES = {
  addVenueStaff: "Let a user scan at the venue, and read its records.",
  removeVenueStaff: "Took from a user the right to scan at the venue, and to read its records.",
} satisfies Partial<Record<AuditAction, string>>;

/** `change` answers whether there was anything to change. */
function changeStaff(
  scope: Scope,
  { venueId, email }: VenueStaffInput,
  action: keyof typeof SUMMARIES,
  change: (em: EntityManager, user: User) => Promise<boolean>,
): Promise<Venue> {
  requireUser(scope.viewer);
  return scope.em.transactional(async (em) => {
    await requireOwner(em, scope.viewer, venueId, "venueId");
    const address = parseEmail(email);
    const user = address === null ? null : await findUserByEmail(em, address);
    if (user === null) throw new Refusal("NOT_FOUND", "Nobody is registered with this address.", ["email"]);
    if (await change(em, user)) {
      const summary = SUMMARIES[action];
      await audit(em, scope.viewer, { venueId, action, target: [AuditTarget.USER, user.id], summary });
    }
    return readVenue(em, venueId);
  });
}

async function readVenue(em: EntityManager, venueId: string): Promise<Venue> {
  const { rows } = await sql<object>`select * from venues where id = ${venueId}`.execute(em.getKysely());
  const [venue] = toEntities(em, VenueEntity, rows);
  if (venue === undefined) throw new Error(`the venue ${venueId} has gone`);
  return venue;
}
