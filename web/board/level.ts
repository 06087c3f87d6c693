/** How full it is, in words and for the colours. */
export interface Level {
  readonly name: "calm" | "filling" | "high" | "full";
  readonly words: string;
}

/** `thresholds`: the percentages of the capacity that raise the venue's alerts. */
export function levelOf(inside: number, capacity: number, thresholds: readonly number[]): Level {
  const percent = percentOf(inside, capacity);
  const crossed = thresholds.filter((threshold) => inside * 100 >= threshold * capacity);
  if (inside >= capacity) return { name: "full", words: inside > capacity ? "Over capacity" : "Full" };
  if (crossed.length === 0) return { name: "calm", words: `${percent} % full` };
  const isLast = crossed.length >= thresholds.filter((threshold) => threshold < 100).length;
  return isLast
    ? { name: "high", words: `Nearly full: ${percent} %` }
    : { name: "filling", words: `Filling: ${percent} %` };
}

/** Rounded down, so that nothing is called 100 % that has a place left. */
export function percentOf(inside: number, capacity: number): number {
  return capacity === 0 ? 100 : Math.floor((inside * 100) / capacity);
}
