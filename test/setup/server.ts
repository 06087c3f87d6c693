import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { inject } from "vitest";
import { type Config, readConfig } from "../../src/config.js";
import { type Database, openDatabase } from "../../src/database.js";
import { createServer, type GatehouseServer, type Parts } from "../../src/server.js";
import { dropDatabase, makeDatabase } from "./postgres.js";

export interface TestGatehouse extends AsyncDisposable {
  readonly server: GatehouseServer;
  readonly url: string;
  readonly config: Config;
  readonly databaseUrl: string;
  /** Straight to the database, for what the API does not tell or cannot break. */
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  /** The same database as the server's own code sees it. Opened when first asked for. */
  database(): Promise<Database>;
  /** Throws when the server leaves a connection to its database open. The last server on a database drops it. */
  close(): Promise<void>;
}

/** The number of servers on each database made here. */
const serversOn = new Map<string, number>();

/**
 * A server on a free port with a database of its own, or with `databaseUrl` on that of another test server. Without
 * `redisUrl: inject("redisUrl")` its news stay in the process.
 */
export async function startGatehouse(overrides: Partial<Config> = {}, parts: Parts = {}): Promise<TestGatehouse> {
  const databaseUrl = overrides.databaseUrl ?? (await makeDatabase(inject("postgresUrl")));
  // Made by the first mail, if any.
  const dataDir = join(tmpdir(), `gatehouse-test-${randomUUID()}`);
  const config = Object.freeze({ ...testConfig(databaseUrl), dataDir, ...overrides, databaseUrl });
  const server = await createServer(config, parts);
  await server.start();
  serversOn.set(databaseUrl, (serversOn.get(databaseUrl) ?? 0) + 1);
  const pool = openPool(databaseUrl);
  let database: Promise<Database> | undefined;
  const closeAll = async () => {
    await Promise.all([pool.end(), (await database)?.close()]);
    await closeServer(server, databaseUrl).finally(() => rm(dataDir, { recursive: true, force: true }));
  };
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= closeAll();
    return closing;
  };
  return {
    server,
    url: server.url,
    config,
    databaseUrl,
    sql: (text, values) => ask(pool, text, values),
    database: () => {
      database ??= openDatabase({ databaseUrl, databasePoolSize: 2, gatePoolSize: 1, salesPoolSize: 1 });
      return database;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Kept open: to connect takes longer than most statements. Some tests end what is idle. */
function openPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString, application_name: "test" });
  return pool.on("error", () => {});
}

/** By the same call of the driver as the server's own, for some tests put another in its place. */
async function ask<Row extends pg.QueryResultRow>(pool: pg.Pool, text: string, values: unknown[] = []): Promise<Row[]> {
  const client = await pool.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    client.release();
  }
}

function testConfig(databaseUrl: string): Config {
  const { TEST_LOG_LEVEL = "silent" } = process.env;
  return readConfig({
    PORT: "0",
    DATABASE_URL: databaseUrl,
    AUTH_SECRET: "for-tests-only-for-tests-only-for-tests-only",
    LOG_LEVEL: TEST_LOG_LEVEL,
    RATE_LIMITS: "off",
  });
}

async function closeServer(server: GatehouseServer, databaseUrl: string): Promise<void> {
  await server.close();
  const others = (serversOn.get(databaseUrl) ?? 1) - 1;
  serversOn.set(databaseUrl, others);
  if (others === 0) await dropDatabase(inject("postgresUrl"), databaseUrl);
}
