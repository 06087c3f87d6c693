import { expect } from "vitest";
import type { TestGatehouse } from "./server.js";

let made = 0;

/** Runs the PL/pgSQL before rows are inserted, or updated, for which the condition holds, such as `new.code = 'SLOW'`. */
export async function interfere(
  { sql }: Pick<TestGatehouse, "sql">,
  {
    table = "scans",
    on = "insert",
    when,
    run,
  }: { readonly table?: string; readonly on?: "insert" | "update"; readonly when: string; readonly run: string },
): Promise<void> {
  made += 1;
  const name = `interference_${made}`;
  await sql(`create function ${name}() returns trigger language plpgsql as $$ begin ${run} return new; end $$`);
  await sql(`create trigger ${name} before ${on} on ${table} for each row when (${when}) execute function ${name}()`);
}

/** Waits until a statement has come to a `pg_sleep`, as one made by `interfere`. */
export async function untilAsleep({ sql }: Pick<TestGatehouse, "sql">): Promise<void> {
  const sleeping = () =>
    sql("select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'");
  await expect.poll(sleeping, { interval: 5 }).not.toEqual([]);
}
