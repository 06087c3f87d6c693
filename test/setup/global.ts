import type { TestProject } from "vitest/node";
import { migrateDatabase } from "../../src/database.js";
import { buildStalePages } from "../../web/build/pages.js";
import { findChromium } from "./chromium.js";
import { addressOf, databasesLeft, execute, MANY_EVENTS, startPostgres, TEMPLATE } from "./postgres.js";
import { startRedis } from "./redis.js";

declare module "vitest" {
  export interface ProvidedContext {
    /** Of a PostgreSQL in which databases may be made; its path is replaced by theirs. */
    postgresUrl: string;
    redisUrl: string;
    chromiumPath: string;
  }
}

/** One PostgreSQL and one Redis for the whole run, the built pages and a browser that shows them, and a migrated database from which every test's own is copied. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  await using starting = new AsyncDisposableStack();
  const redis = await startRedis();
  starting.defer(redis.stop);
  const postgres = await startPostgres();
  starting.defer(postgres.stop);
  await makeTemplate(postgres.url);
  await buildStalePages();
  project.provide("postgresUrl", postgres.url);
  project.provide("redisUrl", redis.url);
  project.provide("chromiumPath", await findChromium());
  const running = starting.move();
  running.defer(() => refuseLeftovers(postgres.url));
  return () => running.disposeAsync();
}

async function makeTemplate(postgresUrl: string): Promise<void> {
  // What an earlier run has left may be of another schema.
  for (const name of [TEMPLATE, MANY_EVENTS])
    await execute(postgresUrl, `drop database if exists ${name} with (force)`);
  await execute(postgresUrl, `create database ${TEMPLATE}`);
  await migrateDatabase(addressOf(postgresUrl, TEMPLATE));
}

/** Vitest prints an error of its own teardown and goes on to a success; only the exit code tells of the failure. */
async function refuseLeftovers(postgresUrl: string): Promise<void> {
  const left = await databasesLeft(postgresUrl);
  if (left.length === 0) return;
  await Promise.all(left.map((name) => execute(postgresUrl, `drop database ${name} with (force)`)));
  process.exitCode = 1;
  throw new Error(`The run fails: ${left.length} servers were started by tests and never closed`);
}
