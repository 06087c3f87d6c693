import type { Format } from "./format.js";
import type { Source } from "./source.js";

/** The file in pieces, a page of records each. */
export async function* written({ columnNames, pages }: Source, format: Format): AsyncGenerator<string> {
  let isEmpty = true;
  let begun = format.begin(columnNames);
  for await (const records of pages) {
    yield begun + format.write(records, isEmpty);
    isEmpty = false;
    begun = "";
  }
  yield begun + format.end(isEmpty);
}
