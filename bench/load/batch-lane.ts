import pg, { type QueryResultRow } from "pg";
import { v7 as uuidv7 } from "uuid";
import { recordWriter } from "../../src/domain/columns.js";
import { quarterOf } from "../../src/domain/quarters.js";
import { digestOf } from "../../src/domain/token.js";
import { OccupancyEntity, OccupancyKind } from "../../src/entities/occupancy.js";
import { PresenceEntity } from "../../src/entities/presence.js";
import { ScanDirection, ScanEntity } from "../../src/entities/scan.js";
import { ScanQuarterEntity } from "../../src/entities/scan-quarter.js";
import { readSql } from "../sql/sql.js";
import type { Crowd, Draw } from "./crowd.js";
import type { Lane } from "./lane.js";
import { UPLOADED_SCANS } from "./upload-lane.js";

interface Post extends QueryResultRow {
  readonly device_id: string;
  readonly gate_id: string;
  readonly venue_id: string;
}

interface VenueRow extends QueryResultRow {
  readonly version: string;
}

interface TicketRow extends QueryResultRow {
  readonly ticket_id: string;
  readonly code: string;
  readonly event_id: string;
  readonly ticket_type_id: string;
  readonly latest_at: string | null;
  readonly latest_gate_id: string | null;
  readonly first_entry_at: string | null;
  readonly first_entry_key: string | null;
  readonly last_exit_at: string | null;
  readonly last_exit_key: string | null;
}

const POST = `select d.id as device_id, d.gate_id, g.venue_id
  from devices d join gates g on g.id = d.gate_id where d.token_digest = $1`;

const statements = {
  lock: statement("lock-venue"),
  now: { name: "now", text: "select clock_timestamp()" },
  devices: statement("read-devices"),
  replays: statement("read-replays"),
  tickets: statement("read-tickets"),
  scans: statement("insert-scans"),
  presences: statement("upsert-presences"),
  quarters: statement("upsert-quarters"),
  counts: statement("update-counts"),
};

const writeScans = recordWriter(ScanEntity);
const writePresences = recordWriter(PresenceEntity);
const writeQuarters = recordWriter(ScanQuarterEntity);
const writeCounts = recordWriter(OccupancyEntity);

function statement(name: string) {
  return { name, text: readSql(name) };
}

/**
 * The set-based statements of an upload, with nothing around them: no HTTP, no GraphQL, no decision. In two flights a
 * transaction, as Gatehouse sends them. Times stay text, as nothing is reckoned with them.
 */
export async function openBatchLane(url: string, token: string, crowd: Crowd): Promise<Lane> {
  const client = new pg.Client({
    connectionString: url,
    pipeline: true,
    types: { getTypeParser: () => (text: string) => text },
  } as pg.ClientConfig);
  await client.connect();
  const { rows } = await client.query<Post>(POST, [digestOf(token)]);
  const [post] = rows;
  if (post === undefined) throw new Error("no such device");
  return {
    async send() {
      const draws = Array.from({ length: UPLOADED_SCANS }, () => crowd.passage());
      const { version, tickets } = await readBatch(client, post, draws);
      await writeBatch(client, { post, draws, tickets, version });
      for (const draw of draws) crowd.settle(draw);
      return draws.length;
    },
    close: () => client.end(),
  };
}

async function readBatch(client: pg.Client, post: Post, draws: readonly Draw[]) {
  const keys = draws.map(({ key }) => key);
  const codes = draws.map(({ code }) => code);
  const [, venue, , , replays, tickets] = await Promise.all([
    client.query("begin"),
    client.query<VenueRow>({ ...statements.lock, values: [post.venue_id] }),
    client.query(statements.now),
    client.query({ ...statements.devices, values: [[post.device_id], post.venue_id] }),
    client.query({
      ...statements.replays,
      values: [keys.map(() => post.device_id), keys.map(() => post.gate_id), keys],
    }),
    client.query<TicketRow>({ ...statements.tickets, values: [post.venue_id, codes] }),
  ]);
  const byCode = new Map(tickets.rows.map((ticket) => [ticket.code, ticket]));
  const [row] = venue.rows;
  if (row === undefined || replays.rows.length > 0 || byCode.size !== draws.length) throw new Error("unexpected rows");
  return { version: Number(row.version), tickets: byCode };
}

interface Writing {
  readonly post: Post;
  readonly draws: readonly Draw[];
  readonly tickets: ReadonlyMap<string, TicketRow>;
  readonly version: number;
}

async function writeBatch(client: pg.Client, writing: Writing): Promise<void> {
  const now = new Date().toISOString();
  const passages = writing.draws.map((draw) => {
    const ticket = writing.tickets.get(draw.code);
    if (ticket === undefined) throw new Error(`no ticket ${draw.code}`);
    return { draw, ticket };
  });
  const scans = passages.map((passage, index) => scanRow(passage, writing, { now, index }));
  const presences = passages.map((passage) => presenceRow(passage, writing.post, now));
  const [, , , , commit] = await Promise.all([
    client.query({ ...statements.scans, values: [writeScans(scans)] }),
    client.query({ ...statements.presences, values: [writePresences(presences)] }),
    client.query({
      ...statements.quarters,
      values: [writeQuarters(quarterRows(passages, writing.post, new Date(now)))],
    }),
    client.query({
      ...statements.counts,
      values: [writeCounts(countRows(passages, writing.post)), writing.version + scans.length],
    }),
    client.query("commit"),
  ]);
  if (commit.command !== "COMMIT") throw new Error("the batch was rolled back");
}

interface Passage {
  readonly draw: Draw;
  readonly ticket: TicketRow;
}

const scanRow = (
  { draw, ticket }: Passage,
  { post, version }: Writing,
  { now, index }: { now: string; index: number },
) => ({
  id: uuidv7(),
  venueId: post.venue_id,
  gateId: post.gate_id,
  scannerId: post.device_id,
  deviceId: post.device_id,
  key: draw.key,
  direction: draw.direction,
  outcome: "ACCEPTED",
  reason: null,
  conflict: null,
  capacityOverride: false,
  offline: true,
  automatic: false,
  code: draw.code,
  ticketId: ticket.ticket_id,
  eventId: ticket.event_id,
  ticketTypeId: ticket.ticket_type_id,
  scannedAt: now,
  reportedAt: now,
  receivedAt: now,
  version: version + index + 1,
  beforeAt: ticket.latest_at,
  beforeGateId: draw.direction === ScanDirection.EXIT ? ticket.latest_gate_id : null,
  odd: false,
});

function presenceRow({ draw: { key, direction }, ticket }: Passage, post: Post, at: string) {
  const isEntry = direction === ScanDirection.ENTRY;
  return {
    ticketId: ticket.ticket_id,
    latestAt: at,
    latestKey: key,
    latestDirection: direction,
    latestGateId: post.gate_id,
    theoreticalAt: at,
    theoreticalKey: key,
    theoreticalDirection: direction,
    firstEntryAt: ticket.first_entry_at ?? (isEntry ? at : null),
    firstEntryKey: ticket.first_entry_key ?? (isEntry ? key : null),
    lastExitAt: isEntry ? ticket.last_exit_at : at,
    lastExitKey: isEntry ? ticket.last_exit_key : key,
    lastScanAt: at,
  };
}

/** The sums of the quarter of an hour: a person comes in at one gate, and leaves that of the entry. */
function quarterRows(passages: readonly Passage[], post: Post, now: Date) {
  const rows = new Map<string, { entries: number; exits: number; inside: number } & Record<string, unknown>>();
  const add = (gateId: string, { ticket }: Passage, entries: number, exits: number, inside: number) => {
    const { event_id: eventId, ticket_type_id: ticketTypeId } = ticket;
    const key = `${gateId} ${ticketTypeId}`;
    const row = rows.get(key) ?? {
      venueId: post.venue_id,
      quarterAt: quarterOf(now),
      gateId,
      eventId,
      ticketTypeId,
      entries: 0,
      exits: 0,
      refusals: 0,
      inside: 0,
    };
    row.entries += entries;
    row.exits += exits;
    row.inside += inside;
    rows.set(key, row);
  };
  for (const passage of passages) {
    const isEntry = passage.draw.direction === ScanDirection.ENTRY;
    add(post.gate_id, passage, Number(isEntry), Number(!isEntry), Number(isEntry));
    if (!isEntry) add(passage.ticket.latest_gate_id ?? post.gate_id, passage, 0, 0, -1);
  }
  return [...rows.values()] as { [property: string]: string | number | Date }[];
}

/** The deltas of every count that the batch moves; a person leaves the gate of the entry. */
function countRows(passages: readonly Passage[], post: Post) {
  const deltas = new Map<string, { kind: OccupancyKind; inside: number; entries: number; exits: number }>();
  const add = (kind: OccupancyKind, id: string, inside: number, entries: number, exits: number) => {
    const delta = deltas.get(id) ?? { kind, inside: 0, entries: 0, exits: 0 };
    deltas.set(id, {
      kind,
      inside: delta.inside + inside,
      entries: delta.entries + entries,
      exits: delta.exits + exits,
    });
  };
  for (const { draw, ticket } of passages) {
    const entries = Number(draw.direction === ScanDirection.ENTRY);
    const exits = 1 - entries;
    add(OccupancyKind.VENUE, post.venue_id, entries - exits, entries, exits);
    add(OccupancyKind.EVENT, ticket.event_id, entries - exits, entries, exits);
    add(OccupancyKind.TICKET_TYPE, ticket.ticket_type_id, entries - exits, 0, 0);
    add(OccupancyKind.GATE, post.gate_id, entries, entries, exits);
    if (exits > 0) add(OccupancyKind.GATE, ticket.latest_gate_id ?? post.gate_id, -1, 0, 0);
  }
  return [...deltas].map(([id, delta]) => ({
    id,
    venueId: post.venue_id,
    ...delta,
    theoretical: delta.kind === OccupancyKind.VENUE || delta.kind === OccupancyKind.EVENT ? delta.inside : 0,
    refusals: 0,
  }));
}
