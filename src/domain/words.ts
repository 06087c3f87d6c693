import { type RawBuilder, sql } from "kysely";
import { badInput } from "../errors.js";

const MOST_CHARACTERS = 200;

/** The words of a text that somebody searches for; blank: none. Throws BAD_USER_INPUT for more than 200 characters. */
export function searchWords(text: string | null): string[] {
  if ([...(text ?? "")].length > MOST_CHARACTERS) {
    throw badInput(`\`text\` is too long; at most ${MOST_CHARACTERS} characters are allowed.`);
  }
  return (text ?? "").split(/\s+/).filter((word) => word !== "");
}

/** Whether the text has the word somewhere, in any case. A trigram index on the very same expression serves it. */
export function hasWord(text: RawBuilder<unknown>, word: string): RawBuilder<unknown> {
  if (!word.isWellFormed() || word.includes("\0")) return sql`false`;
  return sql`${text} ilike ${`%${word.replace(/[\\%_]/g, "\\$&")}%`}`;
}
