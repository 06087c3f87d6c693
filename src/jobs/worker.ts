import { Logger, run, type Task } from "graphile-worker";
import { Pool } from "pg";
import type { Logger as Log } from "pino";
import { makeTasks, type TaskScope } from "./tasks.js";

export interface WorkerOptions extends TaskScope {
  readonly databaseUrl: string;
  readonly logger: Pick<Log, "warn" | "debug">;
}

/** A job that is due is begun within this time. */
const POLL_MILLISECONDS = 1000;
const CONCURRENT_JOBS = 2;

/** Works through the jobs in the database, beside any other node that does. `close` waits for those under way. */
export async function startWorker({
  databaseUrl,
  logger,
  ...scope
}: WorkerOptions): Promise<{ close(): Promise<void> }> {
  // Of its own: one connection listens for ever.
  const pgPool = new Pool({ connectionString: databaseUrl, max: CONCURRENT_JOBS + 1 });
  const onError = (err: Error) => logger.warn({ err }, "A connection of the jobs was lost");
  pgPool.on("error", onError);
  pgPool.on("connect", (client) => client.on("error", onError));
  try {
    const runner = await run({
      pgPool,
      taskList: makeTasks(scope) as unknown as Record<string, Task>,
      concurrency: CONCURRENT_JOBS,
      pollInterval: POLL_MILLISECONDS,
      noHandleSignals: true,
      logger: new Logger(() => (level, message) => {
        if (level === "error" || level === "warning") logger.warn({ job: true }, message);
        else logger.debug({ job: true }, message);
      }),
    });
    return {
      close: async () => {
        await runner.stop();
        await pgPool.end();
      },
    };
  } catch (error) {
    await pgPool.end();
    throw error;
  }
}
