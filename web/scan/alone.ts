const underWay = new Set<string>();

/** Does it unless it is being done, in this tab or another. Null where it is. */
export async function alone<Value>(name: string, act: () => Promise<Value>): Promise<Value | null> {
  // There are no locks on pages that came over plain HTTP from another machine; there each tab sees to itself.
  if ("locks" in navigator)
    return navigator.locks.request(name, { ifAvailable: true }, (lock) => (lock ? act() : null));
  if (underWay.has(name)) return null;
  underWay.add(name);
  return act().finally(() => underWay.delete(name));
}
