import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { Role, type User, UserEntity } from "../entities/user.js";
import { toEntities } from "./columns.js";
import { parseEmail } from "./text.js";

/** Makes the user with this address an admin; again: the same answer. Null where nobody has it. */
export const makeAdmin = (em: EntityManager, address: string): Promise<User | null> => setRole(em, address, Role.ADMIN);

/**
 * Makes them a member like all others; again: the same answer. Every node obeys within two seconds, for that long it trusts
 * what it has read of a token. Null where nobody has the address.
 */
export const revokeAdmin = (em: EntityManager, address: string): Promise<User | null> =>
  setRole(em, address, Role.MEMBER);

async function setRole(em: EntityManager, address: string, role: Role): Promise<User | null> {
  const { rows } = await sql<object>`/* admin.set-role */
    update users set role = ${role} where email = ${parseEmail(address)} returning *`.execute(em.getKysely());
  return toEntities(em, UserEntity, rows)[0] ?? null;
}
