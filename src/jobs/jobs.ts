import type { TaskList } from "graphile-worker";
import { type MailScope, makeMailTasks } from "./mail.js";
import { CRONTAB, makeScheduledTasks } from "./schedule.js";
import { makeTasks, type TaskScope } from "./tasks.js";
import { startWorker, type WorkerOptions } from "./worker.js";

export type JobsOptions = Pick<WorkerOptions, "databaseUrl" | "logger"> & TaskScope & MailScope;

const CONCURRENT_JOBS = 2;
const CONCURRENT_MAILS = 4;

/**
 * Does the background work until `close`. Mail has a worker of its own, so that a mail server that takes its time, and ten
 * thousand mails, keep no hold from being ended.
 */
export async function startJobs(options: JobsOptions): Promise<{ close(): Promise<void> }> {
  const { databaseUrl, logger } = options;
  const taskList = { ...(makeTasks(options) as unknown as TaskList), ...makeScheduledTasks(options) };
  const jobs = await startWorker({ databaseUrl, logger, taskList, crontab: CRONTAB, concurrency: CONCURRENT_JOBS });
  try {
    const mail = makeMailTasks(options);
    const mails = await startWorker({ databaseUrl, logger, taskList: mail, concurrency: CONCURRENT_MAILS });
    return { close: async () => void (await Promise.all([mails.close(), jobs.close()])) };
  } catch (error) {
    await jobs.close();
    throw error;
  }
}
