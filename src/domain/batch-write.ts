import type { PoolClient } from "pg";
import type { Presence } from "../entities/presence.js";
import type { Batch } from "./batch.js";
import { toRow } from "./columns.js";
import { inOneFlight } from "./flight.js";
import type { PresenceState } from "./presence.js";

const SCANS = {
  name: "gate.insert-scans",
  text: `/* gate.insert-scans */
    insert into scans select * from json_populate_recordset(null::scans, $1)`,
};

const PRESENCES = {
  name: "gate.upsert-presences",
  text: `/* gate.upsert-presences */
    insert into presences as p select * from json_populate_recordset(null::presences, $1)
    on conflict (ticket_id) do update set
      latest_at = excluded.latest_at, latest_key = excluded.latest_key,
      latest_direction = excluded.latest_direction, latest_gate_id = excluded.latest_gate_id,
      theoretical_at = excluded.theoretical_at, theoretical_key = excluded.theoretical_key,
      theoretical_direction = excluded.theoretical_direction,
      first_entry_at = excluded.first_entry_at, first_entry_key = excluded.first_entry_key,
      last_exit_at = excluded.last_exit_at, last_exit_key = excluded.last_exit_key`,
};

const COUNTS = {
  name: "gate.update-counts",
  text: `/* gate.update-counts */
    update occupancies o set
      inside = o.inside + d.inside, theoretical = o.theoretical + d.theoretical, entries = o.entries + d.entries,
      exits = o.exits + d.exits, refusals = o.refusals + d.refusals, version = $2
    from json_populate_recordset(null::occupancies, $1) d where o.id = d.id`,
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
  const [, , , , commit] = await inOneFlight(client, () => [
    client.query({ ...SCANS, values: [JSON.stringify(batch.scans.map(toRow))] }),
    batch.moved.size === 0 ? null : client.query({ ...PRESENCES, values: [presenceRows(batch)] }),
    client.query({ ...COUNTS, values: [JSON.stringify(deltas), version] }),
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
