import type { OperationContext } from "../context.js";
import { everyPage } from "../domain/export-page.js";
import { type Columns, type ExportedRecord, toRecord } from "./columns.js";
import type { Parameters } from "./parameters.js";

/** What was asked for. */
export interface ExportRequest {
  /** Of what the export is about, as the API spells it. */
  readonly id: string;
  readonly parameters: Parameters;
  /** One for each page, so that nothing read for one is kept for the next, rights least of all. */
  makeContext(): OperationContext;
}

export interface Source {
  /** Without the extension; ASCII. */
  readonly fileName: string;
  readonly columnNames: readonly string[];
  /** Read as they are asked for. */
  readonly pages: AsyncIterable<readonly ExportedRecord[]>;
}

export interface Export {
  /** With `:id` for the id. */
  readonly path: string;
  /** Those that the address may have. */
  readonly parameters: readonly string[];
  /** Throws a Fault, a MalformedId, or NOT_FOUND for what there is not or the viewer may not see. */
  open(request: ExportRequest): Promise<Source>;
}

/** `read` answers the next page after a row; it throws, too, when the rights have ended meanwhile. */
export function makeSource<Row>(
  fileName: string,
  columns: Columns<Row>,
  read: (after: Row | null) => Promise<readonly Row[]>,
): Source {
  return { fileName, columnNames: Object.keys(columns), pages: recordPages(columns, everyPage(read)) };
}

async function* recordPages<Row>(columns: Columns<Row>, pages: AsyncIterable<readonly Row[]>) {
  for await (const rows of pages) yield rows.map((row) => toRecord(columns, row));
}
