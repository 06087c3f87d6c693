import { setTimeout as sleep } from "node:timers/promises";
import { Logger, type Runner, run, type TaskList } from "graphile-worker";
import { Pool } from "pg";
import type { Logger as Log } from "pino";
import { gatherNews } from "./news.js";

export interface WorkerOptions {
  readonly databaseUrl: string;
  /** What it does; a job of another kind is left to another worker. */
  readonly taskList: TaskList;
  readonly crontab?: string;
  readonly concurrency: number;
  readonly logger: Pick<Log, "warn" | "debug">;
}

/** One listens for ever; by the other jobs are taken and given back, which are done on connections of their own. */
const CONNECTIONS = 2;
/** A job that is due is begun within this time. */
const POLL_MILLISECONDS = 1000;
const RESTART_MILLISECONDS = 1000;

/**
 * Works through the jobs in the database, beside any other node that does. The library gives up when the database is away
 * for long; then it is started again until `close`, which waits for the jobs under way.
 */
export async function startWorker(options: WorkerOptions): Promise<{ close(): Promise<void> }> {
  const { databaseUrl, logger } = options;
  const onError = (err: Error) => logger.warn({ err }, "A connection of the jobs was lost");
  const pgPool = new Pool({ connectionString: databaseUrl, max: CONNECTIONS });
  pgPool.on("error", onError);
  pgPool.on("connect", (client) => client.on("error", onError));
  const closing = new AbortController();
  let runner: Runner | null = await begin(pgPool, options).catch(async (error) => {
    await pgPool.end();
    throw error;
  });
  const supervised = (async () => {
    while (!closing.signal.aborted) {
      await runner?.promise.catch((err) => logger.warn({ err }, "The jobs have stopped; starting them again"));
      runner = null;
      await sleep(RESTART_MILLISECONDS, undefined, { signal: closing.signal }).catch(() => {});
      if (!closing.signal.aborted) runner = await begin(pgPool, options).catch(() => null);
    }
    await runner?.stop();
  })();
  return {
    close: async () => {
      closing.abort();
      await runner?.stop();
      await supervised;
      await pgPool.end();
    },
  };
}

const begin = (pgPool: Pool, { taskList, crontab = "", concurrency, logger }: WorkerOptions): Promise<Runner> =>
  run({
    pgPool,
    taskList,
    crontab,
    concurrency,
    pollInterval: POLL_MILLISECONDS,
    noHandleSignals: true,
    events: gatherNews(),
    // Else what has become of a job is written down behind `stop`'s back, and lost when the pool ends before: the job would be
    // done once more, hours later.
    preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
    logger: new Logger(() => (level, message) => {
      if (level === "error" || level === "warning") logger.warn({ job: true }, message);
      else logger.debug({ job: true }, message);
    }),
  });
