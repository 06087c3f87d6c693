import type { EntityManager } from "@mikro-orm/postgresql";
import { type Call, call, run, type Statement } from "./flight.js";

/** A task that the workers know, with what it needs to begin. */
export type Job =
  | { readonly task: "expire-hold"; readonly payload: { readonly reservationId: string } }
  | { readonly task: "check-out"; readonly payload: { readonly eventId: string } }
  | { readonly task: "settle-payment"; readonly payload: { readonly paymentId: string } }
  | { readonly task: "refund-event"; readonly payload: { readonly eventId: string } }
  | { readonly task: "refund-payment"; readonly payload: { readonly paymentId: string } };

interface Patience {
  readonly mostAttempts: number;
  /** Those with less come first. */
  readonly priority: number;
}

/** Money is owed until it has moved: tried again for ever, in the end every six hours. */
const SETTLING: Patience = { mostAttempts: 32_767, priority: 0 };
/** Behind payments that are to be taken, for thousands of refunds may be due at once. */
export const REFUNDING: Patience = { mostAttempts: 32_767, priority: 10 };
const USUAL: Patience = { mostAttempts: 25, priority: 0 };

const PATIENCE: Readonly<Record<Job["task"], Patience>> = {
  "expire-hold": USUAL,
  "check-out": USUAL,
  "settle-payment": SETTLING,
  "refund-event": REFUNDING,
  "refund-payment": REFUNDING,
};

const ADD: Statement = {
  name: "job.add",
  text: `/* job.add */
    select from graphile_worker.add_job($1, $2::json, run_at := $3::timestamptz,
      job_key := $4, max_attempts := $5, priority := $6)`,
};

/**
 * A row of this transaction: done once it has committed, never when it has not. Failures are tried again, ever later. Of several
 * with one key only the last is done.
 */
export function jobCall({ task, payload }: Job, runAt: Date, key: string | null = null): Call {
  const { mostAttempts, priority } = PATIENCE[task];
  return call(ADD, [task, JSON.stringify(payload), runAt, key, mostAttempts, priority]);
}

/** The same in the ORM's transaction. */
export async function addJob(em: EntityManager, job: Job, runAt: Date, key: string | null = null): Promise<void> {
  const { statement, values } = jobCall(job, runAt, key);
  await run(em, statement, values);
}
