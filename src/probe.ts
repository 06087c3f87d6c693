import { Redis } from "ioredis";
import { Pool } from "pg";

/** `away`: it does not answer, or not in time. `none`: there is to be none. */
export type RedisState = "ok" | "away" | "none";

/** Asks the parts that the server stands on, over connections of its own: a pool that is busy is not a database that is away. */
export interface Probe {
  /** Of one connection, for questions that the server asks about itself. */
  readonly pool: Pool;
  /** Never throws. */
  databaseAnswers(): Promise<boolean>;
  /** Never throws. */
  redis(): Promise<RedisState>;
  close(): Promise<void>;
}

const ANSWER_MILLISECONDS = 2_000;
const IDLE_MILLISECONDS = 30_000;

/** Connects when first asked. */
export function openProbe(databaseUrl: string, redisUrl: string | null): Probe {
  const pool = openPool(databaseUrl);
  // Of a cluster several nodes are named; it is there while one of them is.
  const nodes = (redisUrl?.split(",") ?? []).map((url) => openRedis(url.trim()));
  return {
    pool,
    databaseAnswers: () =>
      pool.query("select").then(
        () => true,
        () => false,
      ),
    redis: async () => (nodes.length === 0 ? "none" : await askAny(nodes)),
    close: async () => {
      for (const node of nodes) node.disconnect();
      await pool.end();
    },
  };
}

function openPool(connectionString: string): Pool {
  const limits = { connectionTimeoutMillis: ANSWER_MILLISECONDS, query_timeout: ANSWER_MILLISECONDS };
  const pool = new Pool({ connectionString, max: 1, idleTimeoutMillis: IDLE_MILLISECONDS, ...limits });
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}

/** One that hangs is told by the time limit, and its connection given up, so that the next question begins anew. */
function openRedis(url: string): Redis {
  const redis = new Redis(url, {
    lazyConnect: true,
    enableReadyCheck: false,
    connectTimeout: ANSWER_MILLISECONDS,
    commandTimeout: ANSWER_MILLISECONDS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  return redis.on("error", () => {});
}

const askAny = (nodes: readonly Redis[]): Promise<RedisState> =>
  Promise.any(nodes.map(ask)).then(
    () => "ok",
    () => "away",
  );

async function ask(redis: Redis): Promise<void> {
  try {
    if (redis.status === "wait" || redis.status === "end") await redis.connect();
    await redis.ping();
  } catch (error) {
    redis.disconnect();
    throw error;
  }
}
