import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import type { PoolClient } from "pg";
import { ScanDirection } from "../entities/scan.js";
import { call, fly, type Statement } from "./flight.js";
import type { GateQueue } from "./gate-queue.js";
import { addJob } from "./job.js";
import { Past } from "./past.js";

/** Tickets of one transaction: no more, since nobody scans at the venue meanwhile. */
const TICKETS_AT_ONCE = 200;

// Who has passed a gate since then may have been inside before.
const CANDIDATES: Statement = {
  name: "check-out.candidates",
  text: `/* check-out.candidates */
    select t.id from tickets t join events e on e.id = t.event_id join presences p on p.ticket_id = t.id
    where t.event_id = $1 and t.id > $2
      and (p.latest_direction = '${ScanDirection.ENTRY}' or p.latest_at > e.auto_exit_at)
    order by t.id limit ${TICKETS_AT_ONCE}`,
};
const FIRST_ID = "00000000-0000-0000-0000-000000000000";

/** To be done when the event's time has come; an earlier plan is dropped. */
export const planCheckOut = (em: EntityManager, eventId: string, at: Date): Promise<void> =>
  addJob(em, { task: "check-out", payload: { eventId } }, at, `check-out ${eventId}`);

/**
 * Checks out who is still inside at the event's `autoExitAt`. From the mark on, every batch does so by itself with what is uploaded
 * late; the batches before it have come to their end when the venue's lock is granted here. Again, after a crash: only the rest.
 */
export async function checkOut(em: EntityManager, gates: GateQueue, eventId: string): Promise<void> {
  const venueId = await markAsDue(em, eventId);
  if (venueId === null) return;
  for (let after: string | null = FIRST_ID; after !== null; ) {
    let last: string | null = null;
    const from: string = after;
    await gates.change(venueId, async (client, venue) => {
      const ids = await candidates(client, eventId, from);
      last = ids.length < TICKETS_AT_ONCE ? null : (ids.at(-1) ?? null);
      const changes = new Past(client, venueId, venue);
      await changes.retell(ids);
      return changes.scans.length + changes.rewritten.length === 0 ? null : { changes };
    });
    after = last;
  }
}

const candidates = async (client: PoolClient, eventId: string, after: string): Promise<string[]> => {
  const [rows] = await fly(client, [call<{ id: string }>(CANDIDATES, [eventId, after])]);
  return rows.map(({ id }) => id);
};

/** The event's venue; null where its time has been moved and has not come. */
async function markAsDue(em: EntityManager, eventId: string): Promise<string | null> {
  const { rows } = await sql<{ venueId: string }>`/* check-out.mark */
    update events set auto_exited_at = coalesce(auto_exited_at, clock_timestamp())
    where id = ${eventId} and auto_exit_at <= clock_timestamp() returning venue_id as "venueId"`.execute(
    em.getKysely(),
  );
  return rows[0]?.venueId ?? null;
}
