import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import type { User } from "../entities/user.js";
import { type Venue, VenueEntity } from "../entities/venue.js";
import { Refusal } from "../errors.js";
import { findUserByEmail } from "./account.js";
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
  return changeStaff(scope, input, async (em, user) => {
    await sql`/* staff.add */
      insert into venue_staff (venue_id, user_id, added_at) values (${input.venueId}, ${user.id}, ${new Date()})
      on conflict do nothing`.execute(em.getKysely());
  });
}

/** Takes that right away, at once; of somebody who does not have it: the same answer. */
export async function removeVenueStaff(scope: Scope, input: VenueStaffInput): Promise<Venue> {
  const venue = await changeStaff(scope, input, async (em, user) => {
    await holdScans(em, input.venueId);
    await sql`/* staff.remove */
      delete from venue_staff where venue_id = ${input.venueId} and user_id = ${user.id}`.execute(em.getKysely());
  });
  scope.announce({ kind: "rights", credentialId: null });
  return venue;
}

function changeStaff(
  scope: Scope,
  { venueId, email }: VenueStaffInput,
  change: (em: EntityManager, user: User) => Promise<void>,
): Promise<Venue> {
  requireUser(scope.viewer);
  return scope.em.transactional(async (em) => {
    await requireOwner(em, scope.viewer, venueId, "venueId");
    const address = parseEmail(email);
    const user = address === null ? null : await findUserByEmail(em, address);
    if (user === null) throw new Refusal("NOT_FOUND", "Nobody is registered with this address.", ["email"]);
    await change(em, user);
    return readVenue(em, venueId);
  });
}

async function readVenue(em: EntityManager, venueId: string): Promise<Venue> {
  const { rows } = await sql<object>`select * from venues where id = ${venueId}`.execute(em.getKysely());
  const [venue] = toEntities(em, VenueEntity, rows);
  if (venue === undefined) throw new Error(`the venue ${venueId} has gone`);
  return venue;
}
