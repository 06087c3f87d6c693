import type { InferEntity } from "@mikro-orm/core";
import type { EntityManager } from "@mikro-orm/postgresql";
import type { PresenceState } from "../../src/domain/presence.js";
import { PresenceEntity } from "../../src/entities/presence.js";
import { ScanDirection } from "../../src/entities/scan.js";

type Presence = InferEntity<typeof PresenceEntity>;

export interface KnownPresence {
  readonly row: Presence;
  readonly state: PresenceState;
}

export async function findPresence(tx: EntityManager, ticketId: string): Promise<KnownPresence | null> {
  const row = await tx.findOne(PresenceEntity, ticketId);
  return row && { row, state: stateOf(row) };
}

function stateOf(row: Presence): PresenceState {
  const { ENTRY, EXIT } = ScanDirection;
  return {
    latest: passage(row.latestAt, row.latestKey, row.latestDirection, row.latestGateId),
    theoretical: passage(row.theoreticalAt, row.theoreticalKey, row.theoreticalDirection, ""),
    firstEntry: passage(row.firstEntryAt, row.firstEntryKey, ENTRY, ""),
    lastExit: passage(row.lastExitAt, row.lastExitKey, EXIT, ""),
    lastScanAt: row.lastScanAt ?? null,
  };
}

/** All of its columns are null or none is. */
function passage(
  ...[at, key, direction, gateId]: [Column<Date>, Column<string>, Column<ScanDirection>, Column<string>]
) {
  return at && key && direction && gateId != null ? { at, key, direction, gateId } : null;
}

type Column<Value> = Value | null | undefined;

export function keepPresence(
  tx: EntityManager,
  { ticketId, row, state }: { ticketId: string; row: Presence | null; state: PresenceState },
): void {
  const { latest, theoretical, firstEntry, lastExit, lastScanAt } = state;
  const fields = {
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
  };
  if (row === null) tx.create(PresenceEntity, { ticketId, ...fields });
  else Object.assign(row, fields);
}
