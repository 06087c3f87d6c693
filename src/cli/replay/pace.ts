import { setTimeout as pause } from "node:timers/promises";

/** A timer cannot run longer than 2^31 - 1 ms. */
const LONGEST_PAUSE_MILLISECONDS = 24 * 3600 * 1000;

/**
 * Waits, for each moment, until it is due: the first at once, the others as long after it as they lie apart, divided by
 * `speed`. What is overdue is not waited for.
 */
export function pacer(speed: number, signal?: AbortSignal): (moment: number) => Promise<void> {
  const begin = performance.now();
  let first: number | null = null;
  return async (moment) => {
    first ??= moment;
    const due = begin + (moment - first) / speed;
    for (let wait = due - performance.now(); wait > 0; wait = due - performance.now()) {
      await pause(Math.min(wait, LONGEST_PAUSE_MILLISECONDS), undefined, signal ? { signal } : {});
    }
  };
}
