const changes = new WeakMap<object, number>();

/** Keeps when what a value tells was committed, as far as this node was told: milliseconds since the epoch. */
export function noteChange(value: object, at: number): void {
  changes.set(value, at);
}

export const changedAt = (value: object): number | undefined => changes.get(value);
