import type { Latency } from "./load/latency.js";
import type { ReadCost, ScanCosts } from "./past-cost.js";
import { whole } from "./progress-bar.js";
import { table } from "./report.js";
import type { History } from "./worlds/history.js";

const MOST_RATIO = 1.3;

export interface PastFacts {
  readonly past: History;
  /** Of the whole database. */
  readonly gigabytes: number;
  readonly reads: readonly ReadCost[];
  readonly scans: ScanCosts;
  /** One for each of the reads. */
  readonly plans: readonly string[];
}

/** What there is, what it costs, and below how the questions are carried out. */
export const reportPast = ({ past, gigabytes, reads, scans, plans }: PastFacts): string =>
  [
    `${whole(past.scans)} scans of ${whole(past.tickets)} tickets at ${past.evenings.length} events of ${past.venueIds.length} venues: ${gigabytes.toFixed(2)} GB.`,
    `Imported: ${past.told.join("; ")}. Automatic exits by the jobs, afterwards; measured without jobs.`,
    "",
    ...readTable(reads),
    "",
    ...scanTable(scans),
    ...reads.flatMap(({ read }, index) => ["", `${read.label}:`, plans[index] ?? ""]),
  ].join("\n");

const readTable = (reads: readonly ReadCost[]): string[] =>
  table([
    ["question", "calls", "p50 ms", "p95 ms", "max ms", "aim p95", ""],
    ...reads.map(({ read: { label, aimMilliseconds }, latency: { calls, p50, p95, max } }) => [
      label,
      String(calls),
      ...[p50, p95, max].map((milliseconds) => milliseconds.toFixed(1)),
      `< ${aimMilliseconds}`,
      p95 < aimMilliseconds ? "met" : "missed",
    ]),
  ]);

function scanTable({ full, empty }: ScanCosts): string[] {
  const row = (label: string, of: (latency: Latency) => number): string[] => {
    const ratio = of(full) / of(empty);
    const verdict = ratio <= MOST_RATIO ? "met" : "missed";
    return [label, of(full).toFixed(2), of(empty).toFixed(2), ratio.toFixed(2), `<= ${MOST_RATIO}`, verdict];
  };
  return table([
    [`a new scan, ${full.calls} each in turn`, "with the past ms", "empty ms", "ratio", "aim", ""],
    row("p50", ({ p50 }) => p50),
    row("mean", ({ mean }) => mean),
  ]);
}
