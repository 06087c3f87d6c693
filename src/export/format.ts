import { type Options, stringify } from "csv-stringify/sync";
import { guardCell } from "../domain/spreadsheet.js";
import type { ExportedRecord } from "./columns.js";

/** How records are written: a beginning, records in as many pieces as one likes, an end. */
export interface Format {
  readonly extension: string;
  readonly mediaType: string;
  begin(columnNames: readonly string[]): string;
  /** At least one record. `isFirst`: none were written before. */
  write(records: readonly ExportedRecord[], isFirst: boolean): string;
  end(isEmpty: boolean): string;
}

/** RFC 4180; besides what must be quoted is what readers would trim, or take for the end of a record. */
const CSV_OPTIONS: Options = {
  record_delimiter: "windows",
  quoted_match: /^\s|\s$|[\r\n]/,
  cast: { string: guardCell, boolean: String, date: (moment) => moment.toISOString() },
};

const csv: Format = {
  extension: "csv",
  mediaType: "text/csv; charset=utf-8",
  begin: (columnNames) => stringify([columnNames], CSV_OPTIONS),
  write: (records) => stringify(records.map(Object.values), CSV_OPTIONS),
  end: () => "",
};

const ndjson: Format = {
  extension: "ndjson",
  mediaType: "application/x-ndjson; charset=utf-8",
  begin: () => "",
  write: (records) => records.map((record) => `${JSON.stringify(record)}\n`).join(""),
  end: () => "",
};

const json: Format = {
  extension: "json",
  mediaType: "application/json; charset=utf-8",
  begin: () => "[",
  write: (records, isFirst) => `${isFirst ? "" : ","}\n${records.map((record) => JSON.stringify(record)).join(",\n")}`,
  end: (isEmpty) => (isEmpty ? "]\n" : "\n]\n"),
};

/** The first is what who does not care is given. */
export const FORMATS: readonly Format[] = [csv, ndjson, json];
