import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import type { Row } from "../entities/row.js";
import { type Schema, toRow } from "./columns.js";

/**
 * Inserts the rows by one statement with one parameter, however many they are, in their order. Answers the ids of those that
 * were inserted: rows that a unique constraint does not allow are left out, without spoiling the transaction.
 */
export async function insertRows<Entity extends Schema>(
  em: EntityManager,
  entity: Entity,
  rows: readonly (Row<Entity> & { readonly id: string })[],
): Promise<Set<string>> {
  if (rows.length === 0) return new Set();
  const table = sql.table(entity.meta.tableName);
  const inserted = await sql<{ id: string }>`/* insert */
    insert into ${table} select * from json_populate_recordset(null::${table}, ${JSON.stringify(rows.map(toRow))})
    on conflict do nothing returning id`.execute(em.getKysely());
  return new Set(inserted.rows.map(({ id }) => id));
}
