export interface Latency {
  readonly calls: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/** Of so many calls, one after the other, in ms. */
export async function timed(calls: number, call: () => Promise<unknown>): Promise<number[]> {
  const milliseconds: number[] = [];
  for (let done = 0; done < calls; done += 1) milliseconds.push(await timeOf(call));
  return milliseconds;
}

/** In ms. */
export async function timeOf(call: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await call();
  return performance.now() - begun;
}

export function latencyOf(milliseconds: readonly number[]): Latency {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const quantile = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  return { calls: sorted.length, mean, p50: quantile(0.5), p95: quantile(0.95), max: quantile(1) };
}
