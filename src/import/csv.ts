const DELIMITERS = [",", ";", "\t"] as const;

export type Delimiter = (typeof DELIMITERS)[number];

/** Spreadsheets write semicolons where the comma is a decimal sign, so the header says which it is. */
export function delimiterOf(header: string): Delimiter {
  return DELIMITERS.find((delimiter) => header.includes(delimiter)) ?? ",";
}

const FIELD: Record<Delimiter, RegExp> = {
  ",": /(?:\s*"((?:[^"]|"")*)"\s*|([^",]*))(,|$)/y,
  ";": /(?:\s*"((?:[^"]|"")*)"\s*|([^";]*))(;|$)/y,
  "\t": / *(?:"((?:[^"]|"")*)" *|([^"\t]*))(\t|$)/y,
};

/**
 * The fields of one line after RFC 4180, or null where a quote is out of place. One line is one record: no field of a
 * scan can hold a line break, and so an unclosed quote spoils its own line and not the rest of the file.
 */
export function fieldsOf(line: string, delimiter: Delimiter): string[] | null {
  const pattern = FIELD[delimiter];
  const fields: string[] = [];
  pattern.lastIndex = 0;
  for (;;) {
    const match = pattern.exec(line);
    if (match === null) return null;
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2]?.trim() ?? "");
    if (match[3] === "") return fields;
  }
}
