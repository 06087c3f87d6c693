import type { PoolClient } from "pg";
import type { Presence } from "../entities/presence.js";
import type { Batch } from "./batch.js";
import { toRow } from "./columns.js";
import { inOneFlight } from "./flight.js";
import type { PresenceState } from "./presence.js";

// One statement, for each has a price of its own: the parts see the same snapshot, and none reads what another writes.
const BATCH = {
  name: "gate.write",
  text: `/* gate.write */
    with new_scans as (
      insert into scans select * from json_populate_recordset(null::scans, $1)
    ), moved as (
      insert into presences as p select * from json_populate_recordset(null::presences, $2)
      on conflict (ticket_id) do update set
        latest_at = excluded.latest_at, latest_key = excluded.latest_key,
        latest_direction = excluded.latest_direction, latest_gate_id = excluded.latest_gate_id,
        theoretical_at = excluded.theoretical_at, theoretical_key = excluded.theoretical_key,
        theoretical_direction = excluded.theoretical_direction,
        first_entry_at = excluded.first_entry_at, first_entry_key = excluded.first_entry_key,
        last_exit_at = excluded.last_exit_at, last_exit_key = excluded.last_exit_key
    )
    update occupancies o set
      inside = o.inside + d.inside, theoretical = o.theoretical + d.theoretical, entries = o.entries + d.entries,
      exits = o.exits + d.exits, refusals = o.refusals + d.refusals, version = $4
    from json_populate_recordset(null::occupancies, $3) d where o.id = d.id`,
};

const SEEN = {
  name: "gate.devices-seen",
  text: `/* gate.devices-seen */ update devices set last_seen_at = $2 where id = any($1)`,
};

/** Writes the whole batch and commits, in one flight. Throws, and nothing is kept, when any part of it failed. */
export async function writeBatch(
  client: PoolClient,
  batch: Batch,
  { version, now, seen }: { version: number; now: Date; seen: readonly string[] },
): Promise<void> {
  const deltas = [...batch.tally.deltas].map(([id, delta]) => ({ id, ...delta }));
  const values = [JSON.stringify(batch.scans.map(toRow)), presenceRows(batch), JSON.stringify(deltas), version];
  const [, , commit] = await inOneFlight(client, () => [
    client.query({ ...BATCH, values }),
    seen.length === 0 ? null : client.query({ ...SEEN, values: [seen, now] }),
    client.query("commit"),
  ]);
  // A commit after a failed statement succeeds as a rollback.
  if (commit.command !== "COMMIT") throw new Error("the batch was rolled back");
}

const presenceRows = (batch: Batch): string =>
  JSON.stringify([...batch.moved].map(([ticketId, state]) => toRow(presenceRow(ticketId, state))));

const presenceRow = (ticketId: string, { latest, theoretical, firstEntry, lastExit }: PresenceState): Presence => ({
  ticketId,
  latestAt: latest?.at ?? null,
  latestKey: latest?.key ?? null,
  latestDirection: latest?.direction ?? null,
  latestGateId: latest?.gateId ?? null,
  theoreticalAt: theoretical?.at ?? null,
  theoreticalKey: theoretical?.key ?? null,
  theoreticalDirection: theoretical?.direction ?? null,
  firstEntryAt: firstEntry?.at ?? null,
  firstEntryKey: firstEntry?.key ?? null,
  lastExitAt: lastExit?.at ?? null,
  lastExitKey: lastExit?.key ?? null,
});
