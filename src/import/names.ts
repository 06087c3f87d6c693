import { decodeId, type Prefix } from "../schema/ids.js";
import { shown } from "./cells.js";

interface Named {
  readonly id: string;
  readonly name: string;
}

/**
 * From a file's word for one of these, its id or its name in any case, to its UUID. The function throws what `refuse` makes
 * of the reason.
 */
export function nameFinder(
  all: readonly Named[],
  { prefix, what }: { prefix: Prefix; what: string },
  refuse: (message: string) => Error,
): (word: string) => string {
  const ids = new Set(all.map(({ id }) => id));
  const byName = Map.groupBy(all, ({ name }) => name.trim().toLowerCase());
  return (word) => {
    const named = byName.get(word.trim().toLowerCase()) ?? [];
    if (named.length > 1) throw refuse(`There are several ${what}s of the name ${shown(word)}: give the id.`);
    const id = named[0]?.id ?? idIn(prefix, word.trim());
    if (id !== null && ids.has(id)) return id;
    throw refuse(`There is no ${what} ${shown(word)} here.`);
  };
}

const idIn = (prefix: Prefix, word: string): string | null =>
  word.startsWith(`${prefix}_`) ? decodeId(prefix, word) : null;
