import { AIMS, CASES, type Medians } from "./cases.js";
import type { Measurement } from "./load/order.js";

export type Results = ReadonlyMap<string, readonly Measurement[]>;

/** The table: medians of the rounds, the slowest and the fastest round beside them, and how the aims were met. */
export function report(results: Results): string {
  const medians = mediansOf(results);
  return [
    ...table([
      ["case", "connections", "scans/s", "slowest to fastest", "p50 ms", "p99 ms"],
      ...caseRows(results, medians),
    ]),
    "",
    ...table([["aim", "goal", "measured", ""], ...aimRows(medians)]),
  ].join("\n");
}

function mediansOf(results: Results): Medians {
  const medians = [...results].map(([name, rounds]): [string, Measurement] => [
    name,
    {
      scansPerSecond: median(rounds.map((round) => round.scansPerSecond)),
      p50Milliseconds: median(rounds.map((round) => round.p50Milliseconds)),
      p99Milliseconds: median(rounds.map((round) => round.p99Milliseconds)),
    },
  ]);
  return new Map(medians);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

const caseRows = (results: Results, medians: Medians): string[][] =>
  CASES.flatMap(({ name, label, connections }) => {
    const measured = medians.get(name);
    if (measured === undefined) return [];
    const rates = (results.get(name) ?? []).map((round) => round.scansPerSecond);
    const { scansPerSecond, p50Milliseconds, p99Milliseconds } = measured;
    const span = `${whole(Math.min(...rates))} to ${whole(Math.max(...rates))}`;
    return [
      [label, String(connections), whole(scansPerSecond), span, p50Milliseconds.toFixed(2), p99Milliseconds.toFixed(2)],
    ];
  });

const aimRows = (medians: Medians): string[][] =>
  AIMS.flatMap(({ text, goal, reached }) => {
    const result = reached(medians);
    if (result === null) return [];
    return [[text, goal, result.value, goal === "" ? "" : result.isMet ? "met" : "missed"]];
  });

const whole = (value: number): string => Math.round(value).toLocaleString("en");

/** The first column to the left, numbers to the right. */
function table(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ");
  const [head = [], ...body] = rows.map(line);
  return [String(head), "-".repeat(head.length), ...body];
}
