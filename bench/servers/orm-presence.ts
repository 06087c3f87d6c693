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
  const moment = (at?: Date | null, key?: string | null) => (at && key ? { at, key } : null);
  const latest = moment(row.latestAt, row.latestKey);
  const theoretical = moment(row.theoreticalAt, row.theoreticalKey);
  const direction = row.latestDirection ?? ScanDirection.EXIT;
  return {
    latest: latest && { ...latest, direction, gateId: row.latestGateId ?? "" },
    theoretical: theoretical && { ...theoretical, direction: row.theoreticalDirection ?? direction },
    firstEntry: moment(row.firstEntryAt, row.firstEntryKey),
    lastExit: moment(row.lastExitAt, row.lastExitKey),
  };
}

export function keepPresence(
  tx: EntityManager,
  { ticketId, row, state }: { ticketId: string; row: Presence | null; state: PresenceState },
): void {
  const { latest, theoretical, firstEntry, lastExit } = state;
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
  };
  if (row === null) tx.create(PresenceEntity, { ticketId, ...fields });
  else Object.assign(row, fields);
}
