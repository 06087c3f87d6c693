import type { Versioned } from "./feed.js";

/**
 * Versions for states that have none of their own: a new one whenever the text of what is read differs from the last. They
 * count for this reader alone.
 */
export function changing<State extends object>(
  read: () => Promise<State | null>,
  textOf: (state: State) => string,
): () => Promise<(State & Versioned) | null> {
  let last = "";
  let version = 0;
  return async () => {
    const state = await read();
    if (state === null) return null;
    const text = textOf(state);
    if (text !== last) version += 1;
    last = text;
    return { ...state, version };
  };
}
