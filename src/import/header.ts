import { unguardCell } from "../domain/spreadsheet.js";
import { badInput } from "../errors.js";
import { type Delimiter, delimiterOf, fieldsOf } from "./csv.js";
import type { Line } from "./lines.js";

/** A column by the name that the program has for it, and those that files have: the first that is there is read. */
export interface ColumnRule<Field extends string> {
  readonly field: Field;
  readonly names: readonly string[];
  readonly isRequired: boolean;
}

/** What the first line of a file says of the others. */
export interface Header<Field extends string> {
  readonly delimiter: Delimiter;
  /** Fields of each line. */
  readonly width: number;
  /** The place and the file's word of each column that is read. */
  readonly places: ReadonlyMap<Field, { readonly index: number; readonly name: string }>;
  /** Columns that nobody reads, such as one whose name is misspelt. */
  readonly ignored: readonly string[];
}

/** Throws BAD_USER_INPUT for a file of which no line can be understood. */
export function readHeader<Field extends string>(
  line: Line | null,
  rules: readonly ColumnRule<Field>[],
): Header<Field> {
  if (line === null) throw badInput(`The file is empty: its first line should name ${wanted(rules)}.`);
  if (line.problem !== undefined) throw badInput(`The header (line ${line.number}) ${line.problem}.`);
  const delimiter = delimiterOf(line.text);
  const names = fieldsOf(line.text, delimiter)?.map((name) => unguardCell(name).trim().toLowerCase());
  if (names === undefined) throw badInput(`The header (line ${line.number}) has a quote out of place.`);
  const twice = names.find((name, index) => name !== "" && names.indexOf(name) !== index);
  if (twice !== undefined) throw badInput(`The header (line ${line.number}) names \`${twice}\` twice.`);
  const places = placesOf(names, rules);
  const missing = rules.filter(({ field, isRequired }) => isRequired && !places.has(field));
  if (missing.length > 0) {
    const lacking = missing.map(({ names: [name] }) => `\`${name}\``).join(", ");
    throw badInput(`The header (line ${line.number}) lacks ${lacking}: it should name ${wanted(rules)}.`);
  }
  const read = new Set([...places.values()].map(({ name }) => name));
  return { delimiter, width: names.length, places, ignored: names.filter((name) => !read.has(name)) };
}

function placesOf<Field extends string>(
  names: readonly string[],
  rules: readonly ColumnRule<Field>[],
): Map<Field, { index: number; name: string }> {
  const places = new Map<Field, { index: number; name: string }>();
  for (const { field, names: known } of rules) {
    const name = known.find((candidate) => names.includes(candidate));
    if (name !== undefined) places.set(field, { index: names.indexOf(name), name });
  }
  return places;
}

const wanted = (rules: readonly ColumnRule<string>[]): string =>
  rules
    .filter(({ isRequired }) => isRequired)
    .map(({ names: [name] }) => name)
    .join(",");
