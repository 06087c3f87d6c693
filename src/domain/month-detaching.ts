import { setTimeout as sleep } from "node:timers/promises";
import type { EntityManager } from "@mikro-orm/postgresql";
import { type RawBuilder, sql } from "kysely";
import { carryOn, takeBackCarried } from "./carry-on.js";
import { type Month, monthAfter, tableOf } from "./month.js";
import { unhurried } from "./transaction.js";

/** Where months are whose scans are kept no longer, until the operator takes them away. */
const ARCHIVE = "archive";

/** So long all gates wait at most, each time that it is tried; what is read for longer, such as a file, is not waited for. */
const LOCK_MILLISECONDS = 100;
/** Longer before each next one: a minute in all, after which the task is tried again later. */
const PAUSE_MILLISECONDS = 250;
const MOST_TRIES = 20;
const LOCK_NOT_AVAILABLE = "55P03";

/**
 * Takes a closed month out of the table of scans, with all that is to be known of it afterwards, in one transaction. Answers the
 * number of its scans; a month without any is dropped. Throws when the table is in use for longer than is waited.
 */
export async function detachMonth(em: EntityManager, month: Month): Promise<number> {
  const table = sql.table(tableOf(month));
  return em.transactional(async (inner) => {
    await unhurried(inner);
    await carryOn(inner, month);
    const scans = await countScans(inner, month);
    await lockScans(inner);
    await run(inner, sql`alter table scans detach partition ${table}`);
    await run(inner, scans === 0 ? sql`drop table ${table}` : sql`alter table ${table} set schema ${sql.id(ARCHIVE)}`);
    await sql`/* retention.detached */
      update scan_months set detached_at = now(), scans = ${scans} where starts_at = ${month}`.execute(
      inner.getKysely(),
    );
    return scans;
  });
}

/** Puts a detached month back in its place; false when its table is not there. Its keys must be known again before. */
export async function attachMonth(em: EntityManager, month: Month): Promise<boolean> {
  if (!(await isArchived(em, month))) return false;
  const table = sql.table(tableOf(month));
  const within = sql.id(`${tableOf(month)}_within`);
  const [from, to] = [sql.lit(month.toISOString()), sql.lit(monthAfter(month).toISOString())];
  await em.transactional(async (inner) => {
    await unhurried(inner);
    await takeBackCarried(inner, month);
    await run(inner, sql`alter table ${archived(month)} set schema public`);
    // Looked at before anybody waits: where it is known, attaching reads nothing.
    await run(
      inner,
      sql`alter table ${table} add constraint ${within} check (scanned_at >= ${from} and scanned_at < ${to})`,
    );
    await lockScans(inner);
    await run(inner, sql`alter table scans attach partition ${table} for values from (${from}) to (${to})`);
    await run(inner, sql`alter table ${table} drop constraint ${within}`);
    await sql`/* retention.reopened */ delete from scan_months where starts_at = ${month}`.execute(inner.getKysely());
  });
  return true;
}

export const archived = (month: Month): RawBuilder<unknown> => sql`${sql.id(ARCHIVE, tableOf(month))}`;

export async function isArchived(em: EntityManager, month: Month): Promise<boolean> {
  const { rows } = await sql<{ there: boolean }>`/* retention.is-archived */
    select to_regclass(${`${ARCHIVE}.${tableOf(month)}`}) is not null as there`.execute(em.getKysely());
  return rows[0]?.there === true;
}

async function countScans(em: EntityManager, month: Month): Promise<number> {
  const { rows } = await sql<{ count: number }>`/* retention.count */
    select count(*)::float8 as count from ${sql.table(tableOf(month))}`.execute(em.getKysely());
  return rows[0]?.count ?? 0;
}

/**
 * Keeps everybody from the scans until the end of the transaction, which is to be soon. From all of them, as detaching does anyway:
 * who reads scans, and then what was carried on, reads both either as before or as afterwards.
 */
async function lockScans(em: EntityManager): Promise<void> {
  await run(em, sql`savepoint unlocked`);
  for (let tries = 1; ; tries++) {
    try {
      await run(em, sql`set local lock_timeout = ${sql.lit(LOCK_MILLISECONDS)}`);
      return await run(em, sql`lock table only scans in access exclusive mode`);
    } catch (error) {
      if (!isLockTimeout(error) || tries === MOST_TRIES) throw error;
      await run(em, sql`rollback to savepoint unlocked`);
      await sleep(tries * PAUSE_MILLISECONDS);
    }
  }
}

const isLockTimeout = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === LOCK_NOT_AVAILABLE;

const run = async (em: EntityManager, statement: RawBuilder<unknown>): Promise<void> =>
  void (await sql`/* retention.table */ ${statement}`.execute(em.getKysely()));
