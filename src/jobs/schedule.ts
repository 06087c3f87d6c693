import type { Task } from "graphile-worker";
import { purgeSessions } from "../domain/session-purge.js";
import type { TaskScope } from "./tasks.js";

/** In UTC; once among all nodes. What was missed while none ran is made up for within a day. */
export const CRONTAB = "23 3 * * * purge-sessions ?fill=1d";

/** The tasks that the clock asks for, and no transaction. */
export const makeScheduledTasks = ({ fork }: Pick<TaskScope, "fork">): Record<string, Task> => ({
  "purge-sessions": async (_payload, { logger }) => {
    logger.info(`Forgot ${await purgeSessions(fork())} sessions that ended long ago`);
  },
});
