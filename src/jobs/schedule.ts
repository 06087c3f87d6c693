import type { Task } from "graphile-worker";
import { orderDailyReports } from "../domain/report-mail.js";
import { keepAndDetachMonths, type Retention } from "../domain/retention.js";
import { purgeSessions } from "../domain/session-purge.js";
import type { TaskScope } from "./tasks.js";

/** In UTC; once among all nodes. What was missed while none ran is made up for within a day. */
export const CRONTAB = `23 3 * * * purge-sessions ?fill=1d
41 3 * * * keep-scan-months ?fill=1d
7 * * * * order-daily-reports`;

export interface ScheduleScope extends Pick<TaskScope, "fork"> {
  readonly retention: Retention;
}

/** The tasks that the clock asks for, and no transaction. */
export const makeScheduledTasks = ({ fork, retention }: ScheduleScope): Record<string, Task> => ({
  "purge-sessions": async (_payload, { logger }) => {
    logger.info(`Forgot ${await purgeSessions(fork())} sessions that ended long ago`);
  },
  "order-daily-reports": async () => void (await orderDailyReports(fork())),
  "keep-scan-months": () => keepAndDetachMonths(fork(), retention),
});
