import type { Lane } from "./lane.js";
import type { Measurement } from "./order.js";

/** Closed loop: every lane sends its next request when the last one was answered. The first error ends the run. */
export async function drive(
  lanes: readonly Lane[],
  { warmUpSeconds, seconds }: { warmUpSeconds: number; seconds: number },
): Promise<Measurement> {
  const from = performance.now() + warmUpSeconds * 1000;
  const until = from + seconds * 1000;
  const latencies: number[] = [];
  let total = 0;
  const run = async (lane: Lane): Promise<void> => {
    for (let sent = performance.now(); sent < until; ) {
      const count = await lane.send();
      const answered = performance.now();
      if (answered >= from && answered < until) {
        latencies.push(answered - sent);
        total += count;
      }
      sent = answered;
    }
  };
  await Promise.all(lanes.map(run));
  if (latencies.length === 0) throw new Error("nothing was answered in time to be measured");
  const sorted = Float64Array.from(latencies).sort();
  return {
    perSecond: total / seconds,
    p50Milliseconds: quantile(sorted, 0.5),
    p99Milliseconds: quantile(sorted, 0.99),
  };
}

const quantile = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
