import pg from "pg";
import type { Logger } from "pino";
import { lockDataFolder, makeDataFolder } from "./data-folder.js";
import { openCluster, type PostgresSettings, startCluster } from "./postgres/cluster.js";
import { makeLogAhead } from "./postgres/write-ahead-log.js";
import { readOrMakeSecret } from "./secret.js";

export interface EmbeddedPostgres {
  /** Of the database `gatehouse`, as its superuser. */
  readonly url: string;
  stop(): Promise<void>;
}

const DATABASE = "gatehouse";

/**
 * Starts the PostgreSQL that came with the npm packages, with its data in `<dataDir>/postgres`, reachable from this
 * machine alone. Throws a StartError where the operator can mend what is wrong.
 */
export async function startEmbeddedPostgres(
  dataDir: string,
  logger: Logger,
  settings: PostgresSettings = {},
): Promise<EmbeddedPostgres> {
  await makeDataFolder(dataDir);
  const lock = lockDataFolder(dataDir);
  try {
    const password = await readOrMakeSecret(dataDir, "postgres-password");
    const cluster = await openCluster(dataDir, password, logger);
    const running = await startCluster(cluster, settings);
    await prepare(addressOf("postgres", running.port, password)).catch(async (error: unknown) => {
      await running.stop();
      throw error;
    });
    logger.info({ dataDir, port: running.port }, "The embedded PostgreSQL is ready");
    return {
      url: addressOf(DATABASE, running.port, password),
      stop: once(() => running.stop().finally(lock.release)),
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function addressOf(database: string, port: number, password: string): string {
  return `postgresql://postgres:${password}@127.0.0.1:${port}/${database}`;
}

/** Makes the database, and what else a new cluster needs, where it is not there yet. */
async function prepare(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query("select from pg_database where datname = $1", [DATABASE]);
    if (rowCount !== 0) return;
    await makeLogAhead(client);
    await client.query(`create database ${client.escapeIdentifier(DATABASE)}`);
  } finally {
    await client.end();
  }
}

function once(stop: () => Promise<void>): () => Promise<void> {
  let stopped: Promise<void> | undefined;
  return () => {
    stopped ??= stop();
    return stopped;
  };
}
