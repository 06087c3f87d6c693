import { LockMode } from "@mikro-orm/core";
import type { EntityManager } from "@mikro-orm/postgresql";
import { v7 as uuidv7 } from "uuid";
import { decide } from "../../src/domain/decide.js";
import { advance, NEVER_SCANNED, type PresenceState } from "../../src/domain/presence.js";
import { Quarters } from "../../src/domain/quarters.js";
import { Tally } from "../../src/domain/tally.js";
import { following } from "../../src/domain/timeline.js";
import { type Occupancy, OccupancyEntity } from "../../src/entities/occupancy.js";
import { type RefusalReason, type Scan, ScanEntity, type ScanOutcome } from "../../src/entities/scan.js";
import { ScanKeyEntity } from "../../src/entities/scan-key.js";
import { ScanQuarterEntity } from "../../src/entities/scan-quarter.js";
import { findPost, findShow, gateFacts, type Post, type Show } from "./orm-lookup.js";
import { findPresence, keepPresence } from "./orm-presence.js";
import { keyReused, type RecordScanInput } from "./scan-schema.js";

const SEEN_LATELY_MILLISECONDS = 10_000;

/** One scan as one ORM transaction. What no other scan can change is looked up before the lock. */
export async function recordScan(em: EntityManager, input: RecordScanInput, token: string) {
  const post = await findPost(em, token);
  const show = await findShow(em, post.venue.id, input.code);
  return em.transactional(async (tx) => {
    const counts = await tx.findOneOrFail(OccupancyEntity, post.venue.id, { lockMode: LockMode.PESSIMISTIC_WRITE });
    const owner = { scannerId: post.device.id, gateId: post.gate.id, key: input.key };
    const known = await tx.findOne(ScanKeyEntity, owner);
    const stored = known && (await tx.findOne(ScanEntity, { id: known.scanId, scannedAt: known.scannedAt }));
    if (stored === null) return answer(await decideAndKeep(tx, { input, post, show, counts }), false, { counts, post });
    const isSame = stored.code === input.code && stored.direction === input.direction;
    return isSame ? answer(stored, true, { counts, post }) : keyReused;
  });
}

interface Attempt {
  readonly input: RecordScanInput;
  readonly post: Post;
  readonly show: Show | null;
  /** The venue's, locked. */
  readonly counts: Occupancy;
}

async function decideAndKeep(tx: EntityManager, attempt: Attempt): Promise<Scan> {
  const { post, show, counts } = attempt;
  const presence = show === null ? null : await findPresence(tx, show.ticket.id);
  const state = presence?.state ?? NEVER_SCANNED;
  const scan = await makeScan(tx, attempt, state);
  tx.create(ScanEntity, scan);
  const { scannerId, gateId, key, scannedAt } = scan;
  tx.create(ScanKeyEntity, { scannerId, gateId, key, scanId: scan.id, scannedAt });

  const tally = new Tally(post.venue.id);
  tally.countAttempt(scan, 1);
  await addUpQuarters(tx, scan);
  const after = advance(state, { ...scan, at: scan.scannedAt });
  if (show !== null) {
    keepPresence(tx, { ticketId: show.ticket.id, row: presence?.row ?? null, state: after });
    tally.countMove(show.ticket, state, after);
  }
  await addUp(tx, tally, counts.version + 1);
  if (Date.now() - (post.device.lastSeenAt?.getTime() ?? 0) > SEEN_LATELY_MILLISECONDS) {
    post.device.lastSeenAt = scan.receivedAt;
  }
  return scan;
}

async function makeScan(
  tx: EntityManager,
  { input: { key, code, direction }, post, show, counts }: Attempt,
  state: PresenceState,
): Promise<Scan> {
  const now = new Date();
  const known = state.lastScanAt?.getTime() ?? 0;
  const scan: Scan = {
    id: uuidv7(),
    venueId: post.venue.id,
    gateId: post.gate.id,
    scannerId: post.device.id,
    deviceId: post.device.id,
    key,
    direction,
    ...decide(await gateFacts(tx, { code, post, show, state, counts }), direction, now),
    conflict: null,
    offline: false,
    automatic: false,
    code,
    ticketId: show?.ticket.id ?? null,
    eventId: show?.event.id ?? null,
    ticketTypeId: show?.type.id ?? null,
    scannedAt: new Date(Math.max(now.getTime(), known + 1)),
    reportedAt: null,
    receivedAt: now,
    version: counts.version + 1,
    beforeAt: null,
    beforeGateId: null,
    odd: false,
  };
  return following(scan, state.latest);
}

async function addUpQuarters(tx: EntityManager, scan: Scan): Promise<void> {
  const quarters = new Quarters();
  quarters.count(scan, 1);
  for (const { entries, exits, refusals, inside, ...place } of quarters.rows) {
    const row = await tx.findOne(ScanQuarterEntity, place);
    if (row === null) tx.create(ScanQuarterEntity, { ...place, entries, exits, refusals, inside });
    else {
      row.entries += entries;
      row.exits += exits;
      row.refusals += refusals;
      row.inside += inside;
    }
  }
}

async function addUp(tx: EntityManager, { deltas }: Tally, version: number): Promise<void> {
  for (const counts of await tx.find(OccupancyEntity, { id: { $in: [...deltas.keys()] } })) {
    const delta = deltas.get(counts.id);
    if (delta === undefined) continue;
    counts.inside += delta.inside;
    counts.theoretical += delta.theoretical;
    counts.entries += delta.entries;
    counts.exits += delta.exits;
    counts.refusals += delta.refusals;
    counts.version = version;
  }
}

interface Verdict {
  readonly outcome: ScanOutcome;
  readonly reason?: RefusalReason | null | undefined;
  readonly capacityOverride: boolean;
}

function answer(
  { outcome, reason = null, capacityOverride }: Verdict,
  replayed: boolean,
  { counts: { inside, version }, post }: { counts: Occupancy; post: Post },
) {
  const { capacity } = post.venue;
  const available = Math.max(0, capacity - inside);
  return {
    scan: { outcome, reason, capacityOverride },
    replayed,
    occupancy: { inside, capacity, available, version },
    userErrors: [],
  };
}
