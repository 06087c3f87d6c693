import { sql } from "kysely";
import { UserEntity } from "../entities/user.js";
import { all, type List, OLDEST_FIRST } from "./lists.js";
import { hasWord, searchWords } from "./words.js";

/**
 * Registered users, oldest first: those whose name or address has every word of the text, in any case. Blank: all of them.
 * Throws BAD_USER_INPUT for a text of more than 200 characters.
 */
export function usersMatching(text: string | null): List<typeof UserEntity> {
  const words = searchWords(text);
  const where = all([sql`t.email is not null`, ...words.map((word) => hasWord(NAME_AND_EMAIL, word))]);
  return { name: `users ${JSON.stringify(words)}`, spec: { entity: UserEntity, order: OLDEST_FIRST, where } };
}

/** As the index `users_text` has it. A word has no blank, so that none reaches from the name into the address. */
const NAME_AND_EMAIL = sql`(t.name || ' ' || t.email)`;
