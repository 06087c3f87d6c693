import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { pino } from "pino";
import { startEmbeddedPostgres } from "../src/embedded-postgres.js";

export interface Postgres extends AsyncDisposable {
  readonly url: string;
  /** For whatever else a run leaves behind. */
  readonly folder: string;
}

/** PostgreSQL as Gatehouse starts it by default, with durable commits, in a folder that is gone afterwards. */
export async function startPostgres(): Promise<Postgres> {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-bench-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await chmod(folder, 0o711);
    const postgres = await startEmbeddedPostgres(folder, pino({ level: "error" }));
    return { url: postgres.url, folder, [Symbol.asyncDispose]: () => postgres.stop().finally(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}

export function addressOf(url: string, database: string): string {
  const address = new URL(url);
  address.pathname = `/${database}`;
  return address.href;
}

/** Makes each of the copies that is not there yet, rows, indexes and all, and adds to it what it needs besides. */
export async function copyDatabase(url: string, copies: readonly string[], preparation: string | null): Promise<void> {
  const source = new URL(url).pathname.slice(1);
  await execute(url, "vacuum analyze");
  for (const copy of copies.filter((name) => name !== source)) {
    await execute(addressOf(url, "postgres"), `create database ${copy} template ${source}`);
    if (preparation !== null) await execute(addressOf(url, copy), preparation);
  }
}

/** The counts that the statement's one row has. */
export async function readStored<Totals extends pg.QueryResultRow>(url: string, text: string): Promise<Totals> {
  const [row] = await execute<Totals>(url, text);
  if (row === undefined) throw new Error(`no row: ${text}`);
  return row;
}

/** Commits wait for the disk, or the run is worth nothing. */
export async function checkDurability(url: string): Promise<void> {
  for (const setting of ["fsync", "synchronous_commit", "full_page_writes"]) {
    const [row] = await execute<Record<string, string>>(url, `show ${setting}`);
    if (row?.[setting] !== "on") throw new Error(`${setting} is ${row?.[setting]}: commits would not be durable`);
  }
}

export async function execute<Row extends pg.QueryResultRow>(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}
