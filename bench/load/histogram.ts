const BUCKET_MILLISECONDS = 0.05;
const MOST_MILLISECONDS = 60_000;

/** Milliseconds. */
export interface Delays {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Millions of delays, each to a twentieth of a millisecond: ten thousand subscribers have that many in a second. */
export class Histogram {
  private readonly buckets = new Uint32Array(MOST_MILLISECONDS / BUCKET_MILLISECONDS + 1);
  private count = 0;
  private max = 0;

  /** What came before its time counts as in time. */
  add(milliseconds: number): void {
    const delay = Math.min(Math.max(0, milliseconds), MOST_MILLISECONDS);
    this.buckets[Math.floor(delay / BUCKET_MILLISECONDS)]! += 1;
    this.count += 1;
    this.max = Math.max(this.max, delay);
  }

  get delays(): Delays {
    return { p50: this.quantile(0.5), p95: this.quantile(0.95), p99: this.quantile(0.99), max: this.max };
  }

  private quantile(share: number): number {
    let left = this.count * share;
    const index = this.buckets.findIndex((count) => {
      left -= count;
      return left < 0;
    });
    return index < 0 ? this.max : (index + 0.5) * BUCKET_MILLISECONDS;
  }
}

export function delaysOf(milliseconds: readonly number[]): Delays {
  const histogram = new Histogram();
  for (const delay of milliseconds) histogram.add(delay);
  return histogram.delays;
}
