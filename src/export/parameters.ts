import { badInput } from "../errors.js";
import { DateTime } from "../schema/date-time.js";

/** Those of an address, by their names; what was not given is not there. */
export type Parameters = ReadonlyMap<string, string>;

/** Throws BAD_USER_INPUT for a parameter that is none of these: who mistypes one would be given what they did not ask for. */
export function readParameters(query: unknown, known: readonly string[]): Parameters {
  return new Map(
    Object.entries(query as Readonly<Record<string, unknown>>).map(([name, value]) => {
      if (!known.includes(name)) throw badInput(`There is no parameter \`${name.slice(0, 60)}\`: ${list(known)}.`);
      if (typeof value !== "string") throw badInput(`Give \`${name}\` once.`);
      return [name, value];
    }),
  );
}

const list = (known: readonly string[]): string =>
  known.length === 0 ? "this export has none" : `there are ${known.join(", ")}`;

/** Null when it was not given. Throws BAD_USER_INPUT. */
export function momentOf(parameters: Parameters, name: string): Date | null {
  const text = parameters.get(name);
  if (text === undefined) return null;
  try {
    return DateTime.parseValue(text);
  } catch (error) {
    throw badInput(`\`${name}\`: ${error instanceof Error ? error.message : error}`);
  }
}

/** From 1 to 999,999. Null when it was not given. Throws BAD_USER_INPUT. */
export function countOf(parameters: Parameters, name: string): number | null {
  const text = parameters.get(name);
  if (text === undefined) return null;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw badInput(`\`${name}\` must be a whole number from 1 to 999999; it is "${text.slice(0, 40)}".`);
}
