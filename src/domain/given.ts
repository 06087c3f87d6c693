import { invalid } from "../errors.js";

/** A field of a change: undefined where it was not given. */
export type Given<Value> = Value | null | undefined;

/** What a field is after a change. Throws INVALID for null where nothing can stand in its place. */
export function given<Value>(value: Given<Value>, present: Value, name: string): Value {
  if (value === undefined) return present;
  if (value === null) throw invalid(`\`${name}\` cannot be taken away: give a value, or leave it out.`, name);
  return value;
}
