/** The words for an entity's fields; fields that are one thing to people have the same. */
export interface ChangeWords<Entity> {
  /** Told with what they were and are. */
  readonly values: { readonly [Name in keyof Entity]?: string };
  /** Told to have changed, no more: somebody's own words, and places, may say who or where a person is. */
  readonly texts: { readonly [Name in keyof Entity]?: string };
}

/** `Changed name, capacity from 500 to 800.`; null where nothing of it differs. */
export function describeChanges<Entity extends object>(
  before: Entity,
  after: Entity,
  { texts, values }: ChangeWords<Entity>,
): string | null {
  const changed = changedOf(before, after, texts).map(([, words]) => words);
  const told = changedOf(before, after, values).map(
    ([name, words]) => `${words} from ${toWords(before[name])} to ${toWords(after[name])}`,
  );
  const all = new Set([...changed, ...told]);
  return all.size === 0 ? null : `Changed ${[...all].join(", ")}.`;
}

const changedOf = <Entity extends object>(
  before: Entity,
  after: Entity,
  words: { readonly [Name in keyof Entity]?: string },
): (readonly [keyof Entity, string])[] =>
  (Object.entries(words) as [keyof Entity, string][]).filter(
    ([name]) => toWords(before[name]) !== toWords(after[name]),
  );

function toWords(value: unknown): string {
  if (value === null) return "none";
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "boolean") return value ? "yes" : "no";
  return Array.isArray(value) ? value.join("/") || "none" : String(value);
}

/** `1 ticket`, `2 tickets`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
