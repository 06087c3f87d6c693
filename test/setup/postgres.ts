import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { pino } from "pino";
import { startEmbeddedPostgres } from "../../src/embedded-postgres.js";

export const TEMPLATE = "gatehouse_template";
/** Made when a test first needs it; see `makeManyEvents`. */
export const MANY_EVENTS = "gatehouse_many_events";
const PREFIX = "gatehouse_test_";
const LEAK_POLLS = 20;
const LEAK_POLL_MILLISECONDS = 100;

export interface Running {
  readonly url: string;
  stop(): Promise<void>;
}

/** The one at TEST_DATABASE_URL, whose user must be allowed to make databases; else an embedded one, gone afterwards. */
export async function startPostgres(): Promise<Running> {
  const { TEST_DATABASE_URL: given } = process.env;
  if (given) return { url: given, stop: async () => {} };
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-test-"));
  await chmod(folder, 0o711);
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const postgres = await startEmbeddedPostgres(folder, pino({ level: "silent" }), {
      ...SETTINGS,
      hba_file: await trustEverybody(folder),
    });
    return { url: postgres.url, stop: () => postgres.stop().finally(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** What the tests write need not survive a power cut. */
const SETTINGS = { fsync: "off", full_page_writes: "off", synchronous_commit: "off", max_connections: "300" };

/** Thousands of connections are opened; a password for each, at both ends, proves nothing here. Only a stranger is asked for one. */
async function trustEverybody(folder: string): Promise<string> {
  const file = join(folder, "trust.conf");
  await writeFile(file, "host all stranger 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n");
  return file;
}

export function addressOf(postgresUrl: string, database: string): string {
  const url = new URL(postgresUrl);
  url.pathname = `/${database}`;
  return url.href;
}

/** A fresh database as the template is: with the current schema and no rows, unless another is named. Answers its address. */
export async function makeDatabase(postgresUrl: string, template = TEMPLATE): Promise<string> {
  const name = `${PREFIX}${randomBytes(8).toString("hex")}`;
  // By way of the log, which is the default, a large one takes several times as long.
  const strategy = template === TEMPLATE ? "wal_log" : "file_copy";
  await execute(postgresUrl, `create database ${name} template ${template} strategy ${strategy}`);
  return addressOf(postgresUrl, name);
}

/** Drops the database, and throws when its servers, closed by now, have left connections to it open. */
export async function dropDatabase(postgresUrl: string, databaseUrl: string): Promise<void> {
  const name = new URL(databaseUrl).pathname.slice(1);
  const leaks = await connected(postgresUrl, async (client) => {
    const sessions = await connectionsLeft(client, name);
    await client.query(`drop database if exists ${name} with (force)`);
    return sessions;
  });
  if (leaks.length > 0) throw new Error(`Connections left open after the close: ${JSON.stringify(leaks)}`);
}

/** The server ends a session a moment after its client has gone. */
async function connectionsLeft(client: pg.Client, name: string): Promise<unknown[]> {
  for (let poll = 0; ; poll += 1) {
    const { rows } = await client.query(
      "select application_name, state, query from pg_stat_activity where datname = $1 and backend_type = 'client backend'",
      [name],
    );
    if (rows.length === 0 || poll === LEAK_POLLS) return rows;
    await sleep(LEAK_POLL_MILLISECONDS);
  }
}

export async function databasesLeft(postgresUrl: string): Promise<string[]> {
  const rows = await execute<{ datname: string }>(
    postgresUrl,
    "select datname from pg_database where starts_with(datname, $1)",
    [PREFIX],
  );
  return rows.map(({ datname }) => datname);
}

/** One statement on a connection of its own. */
export const execute = <Row extends pg.QueryResultRow = Record<string, unknown>>(
  url: string,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> => connected(url, async (client) => (await client.query<Row>(sql, values)).rows);

async function connected<Result>(url: string, use: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url, application_name: "test" });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
