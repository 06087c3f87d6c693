import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";

/** Keeps what a new venue's capacity is: scans of before it was made, which may be uploaded, are judged by it too. */
export async function beginCapacity(em: EntityManager, venueId: string, capacity: number): Promise<void> {
  await sql`/* venue.capacity-begin */
    insert into venue_capacities values (${venueId}, '-infinity', ${capacity})`.execute(em.getKysely());
}

/** Keeps that the capacity is another one from now on. The caller holds the venue's row. */
export async function changeCapacity(em: EntityManager, venueId: string, capacity: number): Promise<void> {
  await sql`/* venue.capacity-change */
    insert into venue_capacities values (${venueId}, date_trunc('milliseconds', clock_timestamp()), ${capacity})
    on conflict (venue_id, since) do update set capacity = excluded.capacity`.execute(em.getKysely());
}
