import type { Measurement } from "./load/order.js";
import type { Aim, Case, Medians } from "./suite.js";

export type Results = ReadonlyMap<string, readonly Measurement[]>;

interface Reported {
  readonly unit: string;
  readonly cases: readonly Case[];
  readonly aims: readonly Aim[];
  readonly column?: { readonly heading: string };
}

/**
 * The table: medians of the rounds, the slowest and the fastest round beside them, and how the aims were met. `cells` are of
 * the suite's own column, by the case.
 */
export function report(
  { unit, cases, aims, column }: Reported,
  results: Results,
  cells: ReadonlyMap<string, string>,
): string {
  const medians = new Map([...results].map(([name, rounds]) => [name, medianOf(rounds)]));
  const own = column === undefined ? [] : [column.heading];
  const rows = cases.map((measured) => [
    ...caseRow(measured, results.get(measured.name) ?? []),
    ...own.map(() => cells.get(measured.name) ?? ""),
  ]);
  const heads = ["case", "connections", `${unit}/s`, "slowest to fastest", "p50 ms", "p99 ms", ...own];
  const reached = aimRows(aims, medians);
  const aimed = reached.length === 0 ? [] : ["", ...table([["aim", "goal", "measured", ""], ...reached])];
  return [...table([heads, ...rows]), ...aimed].join("\n");
}

const medianOf = (rounds: readonly Measurement[]): Measurement => ({
  perSecond: median(rounds.map((round) => round.perSecond)),
  p50Milliseconds: median(rounds.map((round) => round.p50Milliseconds)),
  p99Milliseconds: median(rounds.map((round) => round.p99Milliseconds)),
});

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

function caseRow({ label, connections }: Case, rounds: readonly Measurement[]): string[] {
  const { perSecond, p50Milliseconds, p99Milliseconds } = medianOf(rounds);
  const rates = rounds.map((round) => round.perSecond);
  const span = `${whole(Math.min(...rates))} to ${whole(Math.max(...rates))}`;
  return [label, String(connections), whole(perSecond), span, p50Milliseconds.toFixed(2), p99Milliseconds.toFixed(2)];
}

const aimRows = (aims: readonly Aim[], medians: Medians): string[][] =>
  aims.flatMap(({ text, goal, reached }) => {
    const result = reached(medians);
    if (result === null) return [];
    return [[text, goal, result.value, goal === "" ? "" : result.isMet ? "met" : "missed"]];
  });

const whole = (value: number): string => Math.round(value).toLocaleString("en");

/** The first column to the left, numbers to the right. */
export function table(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ");
  const [head = [], ...body] = rows.map(line);
  return [String(head), "-".repeat(head.length), ...body];
}
