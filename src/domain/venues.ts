import { sql } from "kysely";
import { VenueEntity } from "../entities/venue.js";
import { all, type List } from "./lists.js";
import type { PageOrder } from "./page.js";
import { hasWord, searchWords } from "./words.js";

const BY_NAME: readonly PageOrder[] = [
  { column: "name", direction: "asc" },
  { column: "id", direction: "asc" },
];

/**
 * Venues by name, of equal names the older first: those whose name or address has every word of the text, in any order and
 * case. Blank: all of them. Throws BAD_USER_INPUT for a text of more than 200 characters.
 */
export function venuesMatching(text: string | null): List<typeof VenueEntity> {
  const words = searchWords(text);
  const where = all(words.map((word) => hasWord(NAME_AND_ADDRESS, word)));
  return { name: `venues ${JSON.stringify(words)}`, spec: { entity: VenueEntity, order: BY_NAME, where } };
}

/** As the index `venues_text` has it. A word has no blank, so that none reaches from the name into the address. */
const NAME_AND_ADDRESS = sql`(t.name || ' ' || t.address)`;

/** Those that a user owns, in the same order. */
export const venuesOfOwner: List<typeof VenueEntity> = {
  name: "venues owner_id",
  spec: { entity: VenueEntity, parentColumn: "owner_id", order: BY_NAME },
};
