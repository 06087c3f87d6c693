import { Counter, Histogram, type Registry } from "prom-client";
import type { CommittedBatch } from "../domain/gate-queue.js";

/** Counts what a batch has recorded. */
export function measureGate(registry: Registry): (batch: CommittedBatch) => void {
  const registers = [registry];
  const scans = new Counter({
    name: "gatehouse_scans_total",
    help: "Scans recorded, by outcome and by the reason of a refusal.",
    labelNames: ["outcome", "reason"],
    registers,
  });
  const sizes = new Histogram({
    name: "gatehouse_scan_batch_size",
    help: "Scans recorded by one batch.",
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000],
    registers,
  });
  const durations = new Histogram({
    name: "gatehouse_scan_batch_duration_seconds",
    help: "From the lock of the venue to the end of the commit.",
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
    registers,
  });
  return (batch) => {
    sizes.observe(batch.scans.length);
    durations.observe(batch.milliseconds / 1_000);
    for (const { outcome, reason, count } of tallied(batch)) scans.inc({ outcome, reason }, count);
  };
}

interface Tallied {
  readonly outcome: string;
  readonly reason: string;
  count: number;
}

/** A batch has few kinds of outcome, and the library looks up its labels for every single count. */
function tallied({ scans }: CommittedBatch): Iterable<Tallied> {
  const kinds = new Map<string, Tallied>();
  for (const { outcome, reason } of scans) {
    const key = reason === null ? outcome : `${outcome} ${reason}`;
    const kind = kinds.get(key);
    if (kind === undefined) kinds.set(key, { outcome, reason: reason ?? "none", count: 1 });
    else kind.count += 1;
  }
  return kinds.values();
}
