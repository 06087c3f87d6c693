import type { EntityManager } from "@mikro-orm/postgresql";
import type { Announce } from "../domain/change.js";
import { checkOut } from "../domain/check-out.js";
import type { GateQueue } from "../domain/gate-queue.js";
import { expireHold } from "../domain/hold-expiry.js";
import type { Job } from "../domain/job.js";

/** What tasks work with. */
export interface TaskScope {
  /** A unit of work for one job. */
  readonly fork: () => EntityManager;
  readonly announce: Announce;
  readonly gates: GateQueue;
}

/** One function per task; each may be called again after a crash, and must then do nothing more. */
export type Tasks<Names extends Job["task"]> = {
  readonly [Name in Names]: (payload: Extract<Job, { task: Name }>["payload"]) => Promise<void>;
};

export const makeTasks = ({ fork, announce, gates }: TaskScope): Tasks<"expire-hold" | "check-out"> => ({
  "expire-hold": ({ reservationId }) => expireHold(fork(), announce, reservationId),
  "check-out": ({ eventId }) => checkOut(fork(), gates, eventId),
});
