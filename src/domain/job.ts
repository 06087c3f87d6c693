import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";

/** A task that the workers know, with what it needs to begin. */
export type Job =
  | { readonly task: "expire-hold"; readonly payload: { readonly reservationId: string } }
  | { readonly task: "settle-payment"; readonly payload: { readonly paymentId: string } };

/** A row of this transaction: done once it has committed, never when it has not. Failures are tried again, ever later. */
export async function addJob(em: EntityManager, { task, payload }: Job, runAt: Date): Promise<void> {
  await sql`/* job.add */
    select from graphile_worker.add_job(${task}, ${JSON.stringify(payload)}::json, run_at := ${runAt}::timestamptz)`.execute(
    em.getKysely(),
  );
}
