import { type EntityManager, MikroORM } from "@mikro-orm/postgresql";
import { runMigrations } from "graphile-worker";
import { Client, Pool, type PoolClient } from "pg";
import { ormOptions } from "../mikro-orm.config.js";
import type { Config } from "./config.js";
import { RetryingEntityManager } from "./domain/transaction.js";

/**
 * Three pools on one database. The ORM's serves everything but the gates and reservations; `gatePool` is the gates' own, so
 * that no number of slow queries keeps a scan waiting for a connection. It is small on purpose: a venue's batches run one at
 * a time. So is `salesPool`: buyers of one ticket type queue at its row.
 */
export interface Database {
  readonly orm: MikroORM;
  readonly gatePool: Pool;
  readonly salesPool: Pool;
  /** Where it is, for those who need connections of their own. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Of the gates and of sales: one plan a statement, which is always the same: by the indexes, row by row. Left to itself PostgreSQL plans two of a batch's
 * statements anew each time, which takes longer than running them; and a plan that was made while there was nothing, for
 * reading the whole of a table, would be kept until the next `analyze`, with an evening's scans in the table.
 */
const FLIGHT_SESSION = {
  plan_cache_mode: "force_generic_plan",
  enable_seqscan: "off",
  enable_hashjoin: "off",
  enable_mergejoin: "off",
  timezone: "UTC",
  datestyle: "ISO",
};
/**
 * So long the database works, waits for a lock, or keeps the locks of a server that says nothing. What runs for as long as there
 * are rows says so (`unhurried`). Who sells or stands at a gate has the answer before their client gives up.
 */
const LIMITS = { statement_timeout: "30s", lock_timeout: "10s", idle_in_transaction_session_timeout: "30s" };
const FLIGHT_LIMITS = { statement_timeout: "20s", lock_timeout: "5s", idle_in_transaction_session_timeout: "10s" };
/** A machine that has gone without a word holds nothing for longer than about this: PostgreSQL would wait for hours. */
const KEEPALIVES = { tcp_keepalives_idle: "10", tcp_keepalives_interval: "5", tcp_keepalives_count: "3" };
/** So long nobody has had a connection: all are kept, or none is to be had. */
const STALLED_MILLISECONDS = 2_000;
/** In a queue that moves, as when a sale begins, one waits for longer. */
const QUEUE_MILLISECONDS = 10_000;
const MIGRATION_LOCK = 0x6761_7465;

/** Opens the pools. Throws when the database cannot be reached. */
export async function openDatabase(
  options: Pick<Config, "databasePoolSize" | "gatePoolSize" | "salesPoolSize"> & { databaseUrl: string },
): Promise<Database> {
  const orm = await MikroORM.init({
    ...ormOptions,
    clientUrl: options.databaseUrl,
    pool: { min: 0, max: options.databasePoolSize },
    driverOptions: { ...connection({ ...LIMITS, ...KEEPALIVES }), onPoolCreated: refuseWhenStalled },
    entityManager: RetryingEntityManager,
  });
  const gatePool = openFlightPool(options.databaseUrl, options.gatePoolSize);
  const salesPool = openFlightPool(options.databaseUrl, options.salesPoolSize);
  const close = async () => {
    await salesPool.end();
    await gatePool.end();
    await orm.close();
  };
  return { orm, gatePool, salesPool, url: options.databaseUrl, close };
}

const connection = (session: Readonly<Record<string, string>>) => ({
  connectionTimeoutMillis: QUEUE_MILLISECONDS,
  keepAlive: true,
  options: Object.entries(session)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(" "),
});

/** A dropped idle connection is an event without consequence: the pool has already replaced it. */
function openFlightPool(connectionString: string, max: number): Pool {
  // They stay open: what they have prepared is for the next scan or sale.
  const session = connection({ ...FLIGHT_SESSION, ...FLIGHT_LIMITS, ...KEEPALIVES });
  const pool = new Pool({ connectionString, max, idleTimeoutMillis: 0, ...session });
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  refuseWhenStalled(pool);
  return pool;
}

/** Whoever waits for a connection is refused when nobody has been given one for two seconds, and when a long queue does not end. */
function refuseWhenStalled(pool: Pool): void {
  let servedAt = 0;
  pool.on("acquire", () => {
    servedAt = performance.now();
  });
  const connect = pool.connect.bind(pool);
  const connectSoon = () => unlessStalled(connect(), () => servedAt);
  // Both ways to ask that `pg` has: the pool itself asks by a callback.
  pool.connect = ((callback?: Parameters<typeof connect>[0]) =>
    callback === undefined ? connectSoon() : connect(callback)) as Pool["connect"];
}

async function unlessStalled(asked: Promise<PoolClient>, servedAt: () => number): Promise<PoolClient> {
  const askedAt = performance.now();
  const { promise: stalled, reject } = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const look = () => {
    const left = Math.max(askedAt, servedAt()) + STALLED_MILLISECONDS - performance.now();
    if (left > 0) timer = setTimeout(look, Math.ceil(left)).unref();
    else reject(new Error("timeout exceeded when trying to connect"));
  };
  look();
  try {
    return await Promise.race([asked, stalled]);
  } catch (error) {
    // One that comes too late is for the next.
    asked.then(
      (client) => client.release(),
      () => {},
    );
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Brings the schema, and that of the jobs, up to date, and does then what else must be done before the first request. Several
 * nodes may start at once: one does it, the others tell `onWait`, wait and find nothing to do.
 */
export async function migrateDatabase(
  databaseUrl: string,
  prepare: (em: EntityManager) => Promise<void> = async () => {},
  onWait: () => void = () => {},
): Promise<void> {
  const lock = new Client({ connectionString: databaseUrl, ...connection(KEEPALIVES) });
  await lock.connect();
  try {
    const { rows } = await lock.query<{ mine: boolean }>("select pg_try_advisory_lock($1) as mine", [MIGRATION_LOCK]);
    if (rows[0]?.mine !== true) {
      onWait();
      await lock.query("select pg_advisory_lock($1)", [MIGRATION_LOCK]);
    }
    const orm = await MikroORM.init({ ...ormOptions, clientUrl: databaseUrl, pool: { min: 0, max: 1 } });
    try {
      await orm.migrator.up();
      await runMigrations({ connectionString: databaseUrl, maxPoolSize: 1 });
      await prepare(orm.em.fork());
    } finally {
      await orm.close();
    }
  } finally {
    await lock.end();
  }
}
