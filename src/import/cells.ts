import { badLine, type LineOutcome } from "../domain/import.js";
import { unguardCell } from "../domain/spreadsheet.js";
import { Refusal } from "../errors.js";
import { MalformedId } from "../schema/ids.js";
import { fieldsOf } from "./csv.js";
import type { Header } from "./header.js";
import type { Line } from "./lines.js";

/** The value that a line has, or what the line came to without one. */
export type Reading<Value> = { readonly value: Value } | { readonly outcome: LineOutcome };

/** What is wrong with one field of a line. */
export class BadCell extends Error {
  override readonly name = "BadCell";

  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message);
  }
}

/** The fields of one line by the program's names for them, without the apostrophe that guards spreadsheets from formulas. */
export class Cells<Field extends string> {
  constructor(
    private readonly header: Header<Field>,
    private readonly fields: readonly string[],
  ) {}

  /** Undefined where the file has no such column. */
  optional(field: Field): string | undefined {
    const place = this.header.places.get(field);
    return place === undefined ? undefined : unguardCell(this.fields[place.index] ?? "");
  }

  /** Throws BadCell where the field is empty. */
  required(field: Field): string {
    const text = this.optional(field) ?? "";
    if (text.trim() === "") throw new BadCell(field, `The line has nothing in \`${this.nameOf(field)}\`.`);
    return text;
  }

  /** The field read by a function that throws what its text is not. */
  parsed<Value>(field: Field, parse: (text: string) => Value): Value {
    try {
      return parse(this.required(field));
    } catch (error) {
      if (error instanceof MalformedId || error instanceof Refusal) throw new BadCell(field, error.message);
      throw error;
    }
  }

  nameOf(field: Field): string {
    return this.header.places.get(field)?.name ?? field;
  }
}

/** One line by the file's header. `read` throws BadCell. */
export function readLine<Field extends string, Value>(
  line: Line,
  header: Header<Field>,
  read: (cells: Cells<Field>) => Reading<Value>,
): Reading<Value> {
  if (line.problem !== undefined) return { outcome: badLine(null, `The line ${line.problem}.`) };
  const fields = fieldsOf(line.text, header.delimiter);
  if (fields === null) return { outcome: badLine(null, "The line has a quote out of place.") };
  if (fields.length !== header.width) {
    const message = `The line has ${fields.length} fields where the header has ${header.width}.`;
    return { outcome: badLine(null, message) };
  }
  try {
    return read(new Cells(header, fields));
  } catch (error) {
    if (error instanceof BadCell) return { outcome: badLine(error.field, error.message) };
    throw error;
  }
}

/** Quoted and short enough for a report. */
export const shown = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
