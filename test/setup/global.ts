import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { migrateDatabase } from "../../src/database.js";
import { buildStalePages } from "../../web/build/pages.js";
import { compileStalePrograms } from "./compiled.js";
import { findChromium } from "./find-chromium.js";
import { addressOf, databasesLeft, execute, MANY_EVENTS, type Running, startPostgres, TEMPLATE } from "./postgres.js";
import { startRedis } from "./redis.js";

declare module "vitest" {
  export interface ProvidedContext {
    /** Of a PostgreSQL in which databases may be made; its path is replaced by theirs. */
    postgresUrl: string;
    redisUrl: string;
    chromiumPath: string;
  }
}

/** What Node keeps of the modules, which spares the start of a process a fourth of its time: there are dozens. */
const COMPILED = join(tmpdir(), "gatehouse-tests-compiled");

/**
 * One PostgreSQL and one Redis for the whole run, the built pages and a browser that shows them, the compiled programs, and a
 * migrated database from which every test's own is copied.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  process.env["NODE_COMPILE_CACHE"] ??= COMPILED;
  await using starting = new AsyncDisposableStack();
  const keep = (it: Running) => {
    starting.defer(it.stop);
    return it.url;
  };
  const parts = [
    startPostgres().then(keep).then(makeTemplate),
    // One after the other: where both are missing, they wait for the same package manager.
    startRedis().then(async (it) => [keep(it), await findChromium()] as const),
    buildStalePages(),
    compileStalePrograms(),
  ] as const;
  // Where one fails, the others are not stopped half-started.
  await Promise.allSettled(parts);
  const [postgresUrl, [redisUrl, chromiumPath]] = await Promise.all(parts);
  project.provide("postgresUrl", postgresUrl);
  project.provide("redisUrl", redisUrl);
  project.provide("chromiumPath", chromiumPath);
  const running = starting.move();
  running.defer(() => refuseLeftovers(postgresUrl));
  return () => running.disposeAsync();
}

/** Answers the address that it was given. */
async function makeTemplate(postgresUrl: string): Promise<string> {
  // What an earlier run has left may be of another schema.
  for (const name of [TEMPLATE, MANY_EVENTS])
    await execute(postgresUrl, `drop database if exists ${name} with (force)`);
  await execute(postgresUrl, `create database ${TEMPLATE}`);
  await migrateDatabase(addressOf(postgresUrl, TEMPLATE));
  return postgresUrl;
}

/** Vitest prints an error of its own teardown and goes on to a success; only the exit code tells of the failure. */
async function refuseLeftovers(postgresUrl: string): Promise<void> {
  const left = await databasesLeft(postgresUrl);
  if (left.length === 0) return;
  await Promise.all(left.map((name) => execute(postgresUrl, `drop database ${name} with (force)`)));
  process.exitCode = 1;
  throw new Error(`The run fails: ${left.length} servers were started by tests and never closed`);
}
