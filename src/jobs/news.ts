import { EventEmitter } from "node:events";
import type { WorkerEvents, WorkerPool } from "graphile-worker";

const TOGETHER_MILLISECONDS = 500;
const NO_JOBS = JSON.stringify({ count: 0 });

/**
 * Each job that is added is told to every worker of every node, which then asks the database for it, and every reservation adds
 * one that is due minutes later: while tickets sell, asking cost the server an eighth of its time. Workers are told of the first
 * at once, and of those that follow within half a second together.
 */
export function gatherNews(): WorkerEvents {
  const events: WorkerEvents = new EventEmitter();
  let timer: NodeJS.Timeout | null = null;
  let jobs = 0;
  const wait = (workerPool: WorkerPool): void => {
    timer = setTimeout(() => {
      timer = null;
      if (jobs === 0) return;
      workerPool.nudge(jobs);
      jobs = 0;
      wait(workerPool);
    }, TOGETHER_MILLISECONDS);
  };
  events.on("pool:listen:notification", ({ workerPool, message }) => {
    if (message.channel !== "jobs:insert") return;
    if (timer !== null) {
      jobs += 1;
      message.payload = NO_JOBS;
    } else wait(workerPool);
  });
  // A worker that has ended must not be told of anything: it throws.
  const stop = (): void => clearTimeout(timer ?? undefined);
  events.on("pool:gracefulShutdown", stop);
  events.on("pool:forcefulShutdown", stop);
  return events;
}
