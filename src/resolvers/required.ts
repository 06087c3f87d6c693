/** A row that a foreign key promises. */
export async function required<Value>(found: Promise<Value | null>): Promise<Value> {
  const value = await found;
  if (value === null) throw new Error("a row that another names is gone");
  return value;
}
