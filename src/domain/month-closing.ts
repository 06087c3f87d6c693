import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { type Month, monthAfter, monthName, tableOf } from "./month.js";
import { holdScans } from "./occupancy.js";
import { quarterDifferences } from "./quarter-sums.js";
import { unhurried } from "./transaction.js";

/** From then on nothing of the month changes: no scan is added to it, and none taken back. */
export async function closeMonth(em: EntityManager, month: Month): Promise<void> {
  await sql`/* retention.close */
    insert into scan_months (starts_at, ends_at) values (${month}, ${monthAfter(month)})
    on conflict do nothing`.execute(em.getKysely());
  await waitForGates(em);
}

/** Whoever read before the month was closed has come to the end: each venue's lock has been free once since. */
async function waitForGates(em: EntityManager): Promise<void> {
  const { rows } = await sql<{ id: string }>`/* retention.venues */ select id from venues`.execute(em.getKysely());
  for (const { id } of rows) await em.transactional((inner) => holdScans(inner, id));
}

const MOST_NAMED = 3;

/** Why the closed month cannot do without its scans yet; null when it can. */
export async function whyNeeded(em: EntityManager, month: Month): Promise<string | null> {
  const differences = quarterDifferences(sql.table(tableOf(month)), {
    from: sql`${month}`,
    to: sql`${monthAfter(month)}`,
  });
  const { rows } = await em.transactional(async (inner) => {
    await unhurried(inner);
    return sql<{ subject: string; id: string }>`${differences}`.execute(inner.getKysely());
  });
  if (rows.length > 0) {
    const named = rows.slice(0, MOST_NAMED).map(({ subject, id }) => `${subject} ${id}`);
    return `${rows.length} of its quarter-hours do not add up to its scans: ${named.join("; ")}`;
  }
  return whyStillInside(em, month);
}

async function whyStillInside(em: EntityManager, month: Month): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`/* retention.due-exits */
    select e.id from events e join occupancies o on o.id = e.id
    where e.auto_exit_at < ${monthAfter(month)} and e.auto_exited_at is null and o.inside > 0`.execute(em.getKysely());
  if (rows.length === 0) return null;
  return `${rows.length} events that ended by ${monthName(month)} have people inside who are yet to be checked out`;
}

const KEYS_AT_ONCE = 10_000;

/** Forgets the keys of the month's scans, in small steps. Whatever comes under them now is too old. */
export async function forgetKeys(em: EntityManager, month: Month): Promise<void> {
  for (let after: string | null = null; ; ) {
    const { rows }: { rows: { last: string | null }[] } = await sql<{ last: string | null }>`/* retention.forget-keys */
      with step as (
        select id, scanner_id, gate_id, key from ${sql.table(tableOf(month))}
        where id > coalesce(${after}::uuid, '00000000-0000-0000-0000-000000000000') order by id limit ${KEYS_AT_ONCE}
      ), gone as (
        delete from scan_keys k using step s
        where (k.scanner_id, k.gate_id, k.key) = (s.scanner_id, s.gate_id, s.key) and k.scan_id = s.id
      )
      select id as last from step order by id desc limit 1`.execute(em.getKysely());
    after = rows[0]?.last ?? null;
    if (after === null) return;
  }
}
