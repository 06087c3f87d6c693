import { EventEmitter } from "node:events";
import type { WorkerEvents, WorkerPool } from "graphile-worker";

const WINDOW_MILLISECONDS = 100;
/** In a window; those that follow are told of at its end. */
const TOLD_AT_ONCE = 2;
const NO_JOBS = JSON.stringify({ count: 0 });

/**
 * Each job that is added is told to every worker of every node, which then asks the database for it, and every reservation adds
 * one that is due minutes later: while tickets sell, asking cost the server an eighth of its time. So workers are told of a few
 * jobs at once, and where they come thick, of the others together, within a tenth of a second.
 */
export function gatherNews(): WorkerEvents {
  const events: WorkerEvents = new EventEmitter();
  let window: NodeJS.Timeout | null = null;
  let jobs = 0;
  const close = (workerPool: WorkerPool): void => {
    const untold = jobs - TOLD_AT_ONCE;
    window = null;
    jobs = 0;
    if (untold > 0) workerPool.nudge(untold);
  };
  events.on("pool:listen:notification", ({ workerPool, message }) => {
    if (message.channel !== "jobs:insert") return;
    window ??= setTimeout(close, WINDOW_MILLISECONDS, workerPool);
    jobs += 1;
    if (jobs > TOLD_AT_ONCE) message.payload = NO_JOBS;
  });
  // A worker that has ended must not be told of anything: it throws.
  const stop = (): void => clearTimeout(window ?? undefined);
  events.on("pool:gracefulShutdown", stop);
  events.on("pool:forcefulShutdown", stop);
  return events;
}
