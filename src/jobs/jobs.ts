import type { TaskList } from "graphile-worker";
import { type MailScope, makeMailTasks } from "./mail.js";
import { makePaymentTasks, type PaymentScope } from "./payments.js";
import { CRONTAB, makeScheduledTasks, type ScheduleScope } from "./schedule.js";
import { makeTasks, type TaskScope } from "./tasks.js";
import { startWorker, type WorkerOptions } from "./worker.js";

export type JobsOptions = Pick<WorkerOptions, "databaseUrl" | "logger"> &
  TaskScope &
  ScheduleScope &
  MailScope &
  PaymentScope;

const CONCURRENT_JOBS = 2;
const CONCURRENT_MAILS = 4;
const CONCURRENT_PAYMENTS = 4;

/**
 * Does the background work until `close`. Mail and payments have workers of their own, so that a mail server or a payment
 * provider that takes its time, and ten thousand mails or refunds, keep no hold from being ended.
 */
export async function startJobs(options: JobsOptions): Promise<{ close(): Promise<void> }> {
  const workers: Awaited<ReturnType<typeof startWorker>>[] = [];
  const close = async () => void (await Promise.all(workers.map((worker) => worker.close())));
  try {
    for (const work of allWork(options)) workers.push(await startWorker({ ...options, ...work }));
    return { close };
  } catch (error) {
    await close();
    throw error;
  }
}

const allWork = (options: JobsOptions): Pick<WorkerOptions, "taskList" | "crontab" | "concurrency">[] => [
  {
    taskList: { ...(makeTasks(options) as unknown as TaskList), ...makeScheduledTasks(options) },
    crontab: CRONTAB,
    concurrency: CONCURRENT_JOBS,
  },
  { taskList: makeMailTasks(options), concurrency: CONCURRENT_MAILS },
  { taskList: makePaymentTasks(options) as unknown as TaskList, concurrency: CONCURRENT_PAYMENTS },
];
