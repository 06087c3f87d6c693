import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { type OptionalMail, type User, UserEntity } from "../entities/user.js";
import { invalid, unauthenticated } from "../errors.js";
import { toEntities, toRow } from "./columns.js";
import { type Location, requireLocation } from "./place.js";
import type { Scope } from "./scope.js";
import { requireUser } from "./standing.js";
import { NAME, requireText } from "./text.js";

/** Undefined: not given, stays as it is. Only the location can be taken away by null. */
export interface UpdateProfileInput {
  readonly name?: string | null | undefined;
  readonly location?: Location | null | undefined;
  readonly mailOptOut?: readonly OptionalMail[] | null | undefined;
}

/** Changes what is given of the caller's own profile. */
export async function updateProfile(scope: Scope, input: UpdateProfileInput): Promise<User> {
  const { userId } = requireUser(scope.viewer);
  const changes = {
    ...(input.name === undefined ? {} : { name: requireName(input.name) }),
    ...(input.location === undefined ? {} : requireLocation(input.location)),
    ...(input.mailOptOut === undefined ? {} : { mailOptOut: requireKinds(input.mailOptOut) }),
  };
  const user = await writeProfile(scope.em, userId, changes);
  if (user === null) throw unauthenticated();
  return user;
}

function requireName(name: string | null): string {
  if (name === null) throw invalid("`name` cannot be taken away: give a value, or leave it out.", "name");
  return requireText(name, NAME, "name");
}

function requireKinds(kinds: readonly OptionalMail[] | null): OptionalMail[] {
  if (kinds === null)
    throw invalid("`mailOptOut` cannot be taken away: give an empty list, or leave it out.", "mailOptOut");
  return [...new Set(kinds)];
}

/** Null for a person who has been erased meanwhile: nothing may be written about them any more. */
async function writeProfile(em: EntityManager, userId: string, changes: Partial<User>): Promise<User | null> {
  // `u` stands for what a field is when it is not given, for its row is the base that the changes are laid upon.
  const { rows } = await sql<object>`/* profile.update */
    update users u set (name, latitude, longitude, mail_opt_out) =
      (select c.name, c.latitude, c.longitude, c.mail_opt_out from json_populate_record(u, ${JSON.stringify(toRow(changes))}) c)
    where u.id = ${userId} and u.password_hash is not null returning u.*`.execute(em.getKysely());
  return toEntities(em, UserEntity, rows)[0] ?? null;
}
