import type { LineOutcome } from "../domain/import.js";
import type { TicketImport, TicketLine } from "../domain/import-tickets.js";
import { CODE, NAME, requireText } from "../domain/text.js";
import { ImportKind } from "../entities/import.js";
import { TicketStatus } from "../entities/ticket.js";
import { BadCell, type Cells, type Reading, shown } from "./cells.js";
import type { ColumnRule } from "./header.js";
import { nameFinder } from "./names.js";
import type { Subject } from "./subject.js";

/** As the domain names them, for it names them when it refuses a line. */
const FIELDS = {
  code: { names: ["code"], isRequired: true },
  ticketType: { names: ["ticket_type", "ticket_type_id"], isRequired: true },
  status: { names: ["status"], isRequired: false },
  holderName: { names: ["holder_name"], isRequired: false },
  holderEmail: { names: ["holder_email"], isRequired: false },
} as const;
type TicketField = keyof typeof FIELDS;

const COLUMNS = Object.entries(FIELDS).map(([field, rule]) => ({ field, ...rule })) as ColumnRule<TicketField>[];

/** As many as one call issues. */
const BATCH_LINES = 1_000;

/** The columns of the export. */
export function ticketSubject(
  target: TicketImport,
  take: (lines: readonly TicketLine[]) => Promise<readonly LineOutcome[]>,
): Subject<TicketField, TicketLine> {
  const { venueId, eventId, types } = target;
  const refuse = (message: string) => new BadCell("ticketType", message);
  const findType = nameFinder(types, { prefix: "tty", what: "ticket type" }, refuse);
  return {
    target: { kind: ImportKind.TICKETS, venueId, eventId },
    columns: COLUMNS,
    batchLines: BATCH_LINES,
    // A batch holds the stock that the next one needs.
    batchesAtOnce: 1,
    read: (cells) => readTicket(cells, findType),
    take,
  };
}

function readTicket(cells: Cells<TicketField>, findType: (word: string) => string): Reading<TicketLine> {
  const status = statusOf(cells);
  const value: TicketLine = {
    code: cells.parsed("code", (text) => requireText(text, CODE, cells.nameOf("code"))),
    ticketTypeId: cells.parsed("ticketType", findType),
    holderName: optional(cells, "holderName", (text) => requireText(text, NAME, cells.nameOf("holderName"))),
    holderEmail: optional(cells, "holderEmail", (text) => text.trim()),
  };
  // What was never paid, or is good no more, is nothing to issue.
  return status === TicketStatus.PAID ? { value } : { outcome: { kind: "skipped" } };
}

function statusOf(cells: Cells<TicketField>): TicketStatus {
  if (cells.optional("status") === undefined) return TicketStatus.PAID;
  const text = cells.required("status");
  const status = Object.values(TicketStatus).find((known) => known === text.trim().toUpperCase());
  if (status === undefined) throw new BadCell("status", `${shown(text)} is no status: issued tickets are PAID.`);
  return status;
}

/** Null for an empty field, undefined where the file has no such column. */
function optional(
  cells: Cells<TicketField>,
  field: TicketField,
  parse: (text: string) => string,
): string | null | undefined {
  const text = cells.optional(field);
  if (text === undefined) return undefined;
  return text.trim() === "" ? null : cells.parsed(field, parse);
}
