import { type RawBuilder, sql } from "kysely";
import { badInput } from "../errors.js";

/** The characters between words, as the function `words_of` of the database has them; what is left of accents is no letter. */
const SYMBOL =
  "\\u{21}-\\u{2f}\\u{3a}-\\u{40}\\u{5b}-\\u{60}\\u{7b}-\\u{bf}\\u{d7}\\u{f7}" +
  "\\u{2000}-\\u{206f}\\u{20a0}-\\u{20cf}\\u{2190}-\\u{2bff}\\u{2e00}-\\u{2e7f}\\u{3000}-\\u{303f}" +
  "\\u{fe00}-\\u{fe0f}\\u{1f000}-\\u{1faff}";
const SEPARATORS = new RegExp(`[\\u{1}-\\u{20}${SYMBOL}]+`, "u");
const SYMBOLS = new RegExp(`[${SYMBOL}]`, "gu");
const ACCENTS = /[\u0300-\u036f]/g;

const MOST_CHARACTERS = 200;

/**
 * SQL: whether the event `t` has every word of the text in its title or description, in any case, with or without accents. A
 * word of the title may be spelled somewhat differently (see `spelledLike`). A text of symbols alone, such as `%`, asks for
 * these; beside words they count for nothing. Null for a blank text. Throws BAD_USER_INPUT for more than 200 characters.
 */
export function eventHasWords(text: string): RawBuilder<unknown> | null {
  if ([...text].length > MOST_CHARACTERS) {
    throw badInput(`\`text\` is too long; at most ${MOST_CHARACTERS} characters are allowed.`);
  }
  if (text.trim() === "") return null;
  if (!text.isWellFormed() || text.includes("\0")) return sql`false`;
  const plain = text.normalize("NFKD").replace(ACCENTS, "");
  const words = [...new Set(plain.split(SEPARATORS))].filter((word) => word !== "");
  if (words.length > 0) return isAmong(sql.join(words.map(hasWord), sql` and `));
  const symbols = [...new Set(plain.match(SYMBOLS))];
  return symbols.length > 0 ? isAmong(sql`${WORDS} @> ${symbols}::text[]`) : sql`false`;
}

/**
 * The events are looked up first. Left to choose, the planner may go through all events in their order instead, splitting text
 * after text, for it does not know that a word is rare.
 */
const isAmong = (condition: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`t.id = any(array(select w.id from events w where ${condition}))`;

/** As the index `events_words` has it: the words of both texts, and those of the title once more, each after a `=`. */
const WORDS = sql`event_words(w.title, w.description)`;

const hasWord = (word: string): RawBuilder<unknown> =>
  sql`${WORDS} && (select words_of(${word}) || ${spelledLike(word)})`;

/**
 * The words of titles that may be meant: equal once a letter has been left out of either, or two out of words of eight letters
 * or more. That is so for a letter too many, too few, wrong, or swapped with the next.
 */
const spelledLike = (word: string): RawBuilder<unknown> =>
  sql`array(select '=' || k.word from title_words k where shortened(k.word) && shortened((words_of(${word}))[1]))`;
