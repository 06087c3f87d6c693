import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import type { ScanMonth } from "../entities/scan-month.js";
import { type Month, monthAfter, monthOf, monthOfTable } from "./month.js";

/** What is told the operator. */
export interface RetentionLog {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

const MONTHS_AHEAD = 3;

/** The month from which on all scans are kept, by the database's clock. */
export async function readOldestKept(em: EntityManager, retentionMonths: number): Promise<Month> {
  const { rows } = await sql<{ at: number }>`/* retention.oldest */
    select extract(epoch from now() at time zone 'UTC' - make_interval(months => ${retentionMonths}))::float8 * 1000 as at`.execute(
    em.getKysely(),
  );
  return monthOf(new Date(rows[0]?.at ?? Number.NaN));
}

/** The months that are parts of the table of scans, the oldest first. */
export async function readAttached(em: EntityManager): Promise<Month[]> {
  const { rows } = await sql<{ name: string }>`/* retention.attached */
    select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'scans'::regclass order by 1`.execute(em.getKysely());
  return rows.flatMap(({ name }) => monthOfTable(name) ?? []);
}

/** The months that take no more scans, the newest first. */
export async function readClosed(em: EntityManager): Promise<Pick<ScanMonth, "startsAt" | "scans">[]> {
  const { rows } = await sql<{ at: number; scans: string | null }>`/* retention.closed */
    select extract(epoch from starts_at)::float8 * 1000 as at, scans from scan_months order by 1 desc`.execute(
    em.getKysely(),
  );
  return rows.map(({ at, scans }) => ({ startsAt: new Date(at), scans: scans === null ? null : Number(scans) }));
}

/**
 * Makes the months that are not there yet, from `oldest` to three months ahead; those that are closed are not made again. Warns of
 * one that should have been made months ago.
 */
export async function makeMonths(em: EntityManager, oldest: Month, log: RetentionLog): Promise<void> {
  const [closed] = await readClosed(em);
  const first = closed === undefined ? oldest : new Date(Math.max(+oldest, +monthAfter(closed.startsAt)));
  const newest = (await readAttached(em)).at(-1);
  const { rows } = await sql<{ made: number; current: number }>`/* retention.make */
    select make_scan_partitions(${first}, now() + make_interval(months => ${MONTHS_AHEAD})) as made,
      extract(epoch from now())::float8 * 1000 as current`.execute(em.getKysely());
  const [{ made, current }] = rows as [{ made: number; current: number }];
  if (made > 0) log.info(`Made room for the scans of ${made} more months`);
  if (newest !== undefined && newest < monthOf(new Date(current))) {
    log.warn("There was no room for the scans of this month until now: some node must run with JOBS=on");
  }
}
