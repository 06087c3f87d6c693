import type { PoolClient } from "pg";
import { OccupancyEntity } from "../entities/occupancy.js";
import { type Presence, PresenceEntity } from "../entities/presence.js";
import { ScanEntity } from "../entities/scan.js";
import { ScanQuarterEntity } from "../entities/scan-quarter.js";
import { recordWriter } from "./columns.js";
import { type Call, call, fly, type Statement } from "./flight.js";
import type { Changes } from "./history.js";
import type { PresenceState } from "./presence.js";

// One statement, for each has a price of its own: the parts see the same snapshot, and none reads what another writes.
const BATCH = {
  name: "gate.write",
  text: `/* gate.write */
    with new_scans as (
      insert into scans select * from unnest($1::scans[])
      returning scanner_id, gate_id, key, id, scanned_at, automatic
    ), new_keys as (
      insert into scan_keys select scanner_id, gate_id, key, id, scanned_at from new_scans where not automatic
    ), counted as (
      insert into scan_quarters as q select * from unnest($5::scan_quarters[])
      on conflict (venue_id, quarter_at, gate_id, event_id, ticket_type_id) do update set
        entries = q.entries + excluded.entries, exits = q.exits + excluded.exits,
        refusals = q.refusals + excluded.refusals, inside = q.inside + excluded.inside
    ), moved as (
      insert into presences as p select * from unnest($2::presences[])
      on conflict (ticket_id) do update set
        latest_at = excluded.latest_at, latest_key = excluded.latest_key,
        latest_direction = excluded.latest_direction, latest_gate_id = excluded.latest_gate_id,
        theoretical_at = excluded.theoretical_at, theoretical_key = excluded.theoretical_key,
        theoretical_direction = excluded.theoretical_direction,
        first_entry_at = excluded.first_entry_at, first_entry_key = excluded.first_entry_key,
        last_exit_at = excluded.last_exit_at, last_exit_key = excluded.last_exit_key,
        last_scan_at = excluded.last_scan_at
    )
    update occupancies o set
      inside = o.inside + d.inside, theoretical = o.theoretical + d.theoretical, entries = o.entries + d.entries,
      exits = o.exits + d.exits, refusals = o.refusals + d.refusals, version = $4
    from unnest($3::occupancies[]) d where o.id = d.id`,
};

const REWRITE = {
  name: "gate.rewrite",
  text: `/* gate.rewrite */
    update scans s set gate_id = r.gate_id, outcome = r.outcome, before_at = r.before_at,
      before_gate_id = r.before_gate_id, odd = r.odd
    from unnest($1::scans[]) r where s.id = r.id and s.scanned_at = r.scanned_at`,
};

const SEEN = {
  name: "gate.devices-seen",
  text: `/* gate.devices-seen */ update devices set last_seen_at = $2 where id = any($1)`,
};

export const WRITES: readonly Statement[] = [BATCH, REWRITE, SEEN];

const COMMIT = { name: "gate.commit", text: "commit" };

const writeScans = recordWriter(ScanEntity);
const writePresences = recordWriter(PresenceEntity);
const writeDeltas = recordWriter(OccupancyEntity);
const writeQuarters = recordWriter(ScanQuarterEntity);

/** Notes that the devices are at work. */
export const markSeen = (deviceIds: readonly string[], now: Date): Call[] =>
  deviceIds.length === 0 ? [] : [call(SEEN, [deviceIds, now])];

/** Writes the whole batch, and `also` what goes with it, and commits, in one flight. Throws, and nothing is kept, when any part of it failed. */
export async function writeBatch(
  client: PoolClient,
  { scans, rewritten, moved, tally, quarters }: Changes,
  { version, also }: { version: number; also: readonly Call[] },
): Promise<void> {
  const presences = [...moved].map(([ticketId, state]) => presenceRow(ticketId, state));
  const deltas = [...tally.deltas].map(([id, delta]) => ({ id, ...delta }));
  await fly(client, [
    call(BATCH, [
      writeScans(scans),
      writePresences(presences),
      writeDeltas(deltas),
      version,
      writeQuarters(quarters.rows),
    ]),
    rewritten.length === 0 ? null : call(REWRITE, [writeScans(rewritten)]),
    ...also,
    call(COMMIT),
  ]);
}

const presenceRow = (
  ticketId: string,
  { latest, theoretical, firstEntry, lastExit, lastScanAt }: PresenceState,
): Presence => ({
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
  lastScanAt,
});
