import { defineEntity, p } from "@mikro-orm/core";
import type { Row } from "./row.js";

export enum ImportKind {
  TICKETS = "TICKETS",
  SCANS = "SCANS",
}

export enum ImportStatus {
  RUNNING = "RUNNING",
  /** The file was read to its end, whatever its lines were. */
  DONE = "DONE",
  /** By the client, a right that ended or the end of the server: `reason` says which. */
  STOPPED = "STOPPED",
  /** Something broke on the server. */
  FAILED = "FAILED",
}

/** A line of a file that was not taken. `column` is the header's word; null where it is the line as a whole. */
export interface BadLine {
  readonly line: number;
  readonly column: string | null;
  readonly message: string;
}

/** One file that was sent, and what became of its lines. What was taken stays taken, however the import ends. */
export const ImportEntity = defineEntity({
  name: "Import",
  tableName: "imports",
  properties: {
    id: p.uuid().primary(),
    kind: p.enum(() => ImportKind).columnType("text"),
    venueId: p.uuid(),
    /** Of tickets alone: scans are a venue's. */
    eventId: p.uuid().nullable(),
    userId: p.uuid(),
    status: p.enum(() => ImportStatus).columnType("text"),
    /** Why it ended before the file did. */
    reason: p.text().nullable(),
    /** The sum of the next four; the header is not among them. */
    lines: p.integer(),
    taken: p.integer(),
    /** Known already, from this file or another. */
    repeated: p.integer(),
    /** Well written, and nothing to be taken: a scan that was annulled, a ticket that was never paid. */
    skipped: p.integer(),
    bad: p.integer(),
    /** The first hundred. */
    firstBad: p.json<readonly BadLine[]>().columnType("jsonb"),
    startedAt: p.datetime(3),
    /** While it runs, of this second or the last. */
    updatedAt: p.datetime(3),
  },
});

export type Import = Row<typeof ImportEntity>;
