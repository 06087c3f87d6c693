import { existsSync } from "node:fs";
import { join } from "node:path";
import type { EntityManager } from "@mikro-orm/postgresql";
import { pino } from "pino";
import { readConfig } from "../config.js";
import { openDatabase } from "../database.js";
import { startEmbeddedPostgres } from "../embedded-postgres.js";
import { runningPort } from "../postgres/running.js";
import { readOrMakeSecret } from "../secret.js";
import { StartError } from "../start-error.js";

/** The database and what to do when it is needed no more. */
interface Opened {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Works on DATABASE_URL, or on the embedded database, whether a server runs on it or not. The work's answer is the process's
 * exit code; where there is no database it is 2, and the reason is told.
 */
export async function onExistingDatabase(work: (em: EntityManager) => Promise<number>): Promise<void> {
  try {
    process.exitCode = await open(work);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}

async function open(work: (em: EntityManager) => Promise<number>): Promise<number> {
  const config = readConfig();
  const opened = config.databaseUrl === null ? await openEmbedded(config.dataDir) : givenDatabase(config.databaseUrl);
  try {
    const database = await openDatabase({ ...config, databaseUrl: opened.url });
    try {
      return await work(database.orm.em.fork());
    } finally {
      await database.close();
    }
  } finally {
    await opened.stop();
  }
}

function givenDatabase(url: string): Opened {
  return { url, stop: async () => {} };
}

/** That of a server that runs is read beside it; one that rests is started for as long as it takes. */
async function openEmbedded(dataDir: string): Promise<Opened> {
  const folder = join(dataDir, "postgres");
  if (!existsSync(folder)) {
    throw new StartError(`There is no database in ${dataDir}. Set DATA_DIR or DATABASE_URL to where it is.`);
  }
  const port = await runningPort(folder);
  if (port === null) return startEmbeddedPostgres(dataDir, pino({ level: "warn" }));
  const password = await readOrMakeSecret(dataDir, "postgres-password");
  return givenDatabase(`postgresql://postgres:${password}@127.0.0.1:${port}/gatehouse`);
}
