import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { Client } from "pg";
import { type Month, monthName, tableOf } from "./month.js";
import { closeMonth, forgetKeys, whyNeeded } from "./month-closing.js";
import { archived, attachMonth, detachMonth, isArchived } from "./month-detaching.js";
import { makeMonths, type RetentionLog, readAttached, readClosed, readOldestKept } from "./scan-months.js";
import { unhurried } from "./transaction.js";

export interface Retention {
  readonly databaseUrl: string;
  readonly retentionMonths: number;
  readonly log: RetentionLog;
}

/**
 * There is room for every scan that may come: for those of the months that are kept, detached ones that are to be kept again
 * included, and of the months to come. Does nothing while another node is at it.
 */
export const keepMonths = (em: EntityManager, { databaseUrl, retentionMonths, log }: Retention): Promise<void> =>
  alone(databaseUrl, async () => void (await makeRoom(em, retentionMonths, log)));

/** `keepMonths`; then takes the months that are wholly past keeping out of the table of scans, the oldest first. */
export const keepAndDetachMonths = (
  em: EntityManager,
  { databaseUrl, retentionMonths, log }: Retention,
): Promise<void> =>
  alone(databaseUrl, async () => {
    const oldest = await makeRoom(em, retentionMonths, log);
    for (const month of await readAttached(em)) {
      if (month >= oldest || !(await detach(em, month, log))) return;
    }
  });

/** Answers the oldest month that is kept. */
async function makeRoom(em: EntityManager, retentionMonths: number, log: RetentionLog): Promise<Month> {
  const oldest = await readOldestKept(em, retentionMonths);
  await reopenMonths(em, oldest, log);
  await makeMonths(em, oldest, log);
  return oldest;
}

async function detach(em: EntityManager, month: Month, log: RetentionLog): Promise<boolean> {
  await closeMonth(em, month);
  const reason = await whyNeeded(em, month);
  if (reason !== null) {
    log.error(`The scans of ${monthName(month)} stay, although they are past RETENTION_MONTHS: ${reason}`);
    return false;
  }
  await forgetKeys(em, month);
  const scans = await detachMonth(em, month);
  const where = scans === 0 ? "there was none" : `they are in archive.${tableOf(month)}`;
  log.info(`The ${scans} scans of ${monthName(month)} are kept no longer: ${where}`);
  return true;
}

/** The newest first, so that what is kept has no gap. */
async function reopenMonths(em: EntityManager, oldest: Month, log: RetentionLog): Promise<void> {
  const attached = new Set((await readAttached(em)).map(Number));
  for (const { startsAt: month, scans } of await readClosed(em)) {
    if (month < oldest) return;
    const isThere = attached.has(+month);
    if (!isThere && scans !== 0 && !(await isArchived(em, month))) {
      log.warn(`Scans of ${monthName(month)} and before cannot be kept again: archive.${tableOf(month)} is gone`);
      return;
    }
    await reopen(em, month, { isThere, scans });
    log.info(`The scans of ${monthName(month)} are kept again`);
  }
}

/** Before its scans may be sent again their keys are known. */
async function reopen(
  em: EntityManager,
  month: Month,
  { isThere, scans }: { isThere: boolean; scans: number | null },
): Promise<void> {
  if (isThere || scans !== 0) await recallKeys(em, month, isThere);
  if (!isThere && (await attachMonth(em, month))) return;
  await sql`/* retention.reopened */ delete from scan_months where starts_at = ${month}`.execute(em.getKysely());
}

async function recallKeys(em: EntityManager, month: Month, isAttached: boolean): Promise<void> {
  await em.transactional(async (inner) => {
    await unhurried(inner);
    await sql`/* retention.recall-keys */
      insert into scan_keys select scanner_id, gate_id, key, id, scanned_at
      from ${isAttached ? sql.table(tableOf(month)) : archived(month)} where not automatic
      on conflict do nothing`.execute(inner.getKysely());
  });
}

const LOCK = 0x6d_6f_6e_74;

/**
 * One node at a time; the others need not wait for what it does for all. By a connection of its own: the pool may be one of a
 * single connection.
 */
async function alone(databaseUrl: string, work: () => Promise<void>): Promise<void> {
  const guard = new Client({ connectionString: databaseUrl, keepAlive: true });
  guard.on("error", () => {});
  await guard.connect();
  try {
    const { rows } = await guard.query<{ mine: boolean }>("select pg_try_advisory_lock($1) as mine", [LOCK]);
    if (rows[0]?.mine === true) await work();
  } finally {
    await guard.end();
  }
}
