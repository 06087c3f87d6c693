import type { EntityManager } from "@mikro-orm/postgresql";
import { type RawBuilder, sql } from "kysely";

/** A task that the workers know, with what it needs to begin. */
export type Job =
  | { readonly task: "expire-hold"; readonly payload: { readonly reservationId: string } }
  | { readonly task: "check-out"; readonly payload: { readonly eventId: string } }
  | { readonly task: "settle-payment"; readonly payload: { readonly paymentId: string } }
  | { readonly task: "refund-event"; readonly payload: { readonly eventId: string } }
  | { readonly task: "refund-payment"; readonly payload: { readonly paymentId: string } };

/** Money is owed until it has moved: tried again for ever, in the end every six hours. */
const SETTLING = sql`max_attempts := 32767, priority := 0`;
/** Behind payments that are to be taken, for thousands of refunds may be due at once. */
export const REFUNDING = sql`max_attempts := 32767, priority := 10`;
const USUAL = sql`max_attempts := 25, priority := 0`;

const PATIENCE: Readonly<Record<Job["task"], RawBuilder<unknown>>> = {
  "expire-hold": USUAL,
  "check-out": USUAL,
  "settle-payment": SETTLING,
  "refund-event": REFUNDING,
  "refund-payment": REFUNDING,
};

/**
 * A row of this transaction: done once it has committed, never when it has not. Failures are tried again, ever later. Of several
 * with one key only the last is done.
 */
export async function addJob(
  em: EntityManager,
  { task, payload }: Job,
  runAt: Date,
  key: string | null = null,
): Promise<void> {
  await sql`/* job.add */
    select from graphile_worker.add_job(${task}, ${JSON.stringify(payload)}::json, run_at := ${runAt}::timestamptz,
      job_key := ${key}, ${PATIENCE[task]})`.execute(em.getKysely());
}
