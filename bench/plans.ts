import { execute } from "./databases.js";
import type { Statement } from "./servers/statements.js";

/** Lines are long enough without. */
const ESTIMATE = / \(cost=\S+ rows=\d+ width=\d+\)/;
const PARTITION = / on (scans_(?:\d{4}_\d{2}|default))\b/;

/**
 * How PostgreSQL carries a statement out with its values: the lines of the plan that are nodes, the buffers of the whole, the
 * times, and which parts of the table of scans were opened.
 */
export async function explainPlan(url: string, { text, values }: Statement): Promise<string> {
  const rows = await execute<{ "QUERY PLAN": string }>(url, `explain (analyze, buffers) ${text}`, values);
  const lines = rows.map((row) => row["QUERY PLAN"]);
  const buffers = lines.find((line) => line.trim().startsWith("Buffers:"))?.trim() ?? "no buffers";
  const opened = partitionsIn(lines);
  return [
    ...lines.filter(isTold).map((line) => `  ${line.replace(ESTIMATE, "")}`),
    `  ${buffers}`,
    `  Opened: ${opened.length === 0 ? "no partition of scans" : opened.join(", ")}`,
  ].join("\n");
}

/** Nodes that ran, what was left out before they did, and the times. */
const isTold = (line: string, index: number): boolean =>
  index === 0 ||
  (/->|^ *(CTE|SubPlan|InitPlan|Subplans Removed|JIT|Timing|Planning Time|Execution Time)\b/.test(line) &&
    !line.includes("(never executed)"));

const partitionsIn = (lines: readonly string[]): string[] =>
  [
    ...new Set(lines.filter((line) => line.includes("actual")).flatMap((line) => PARTITION.exec(line)?.[1] ?? [])),
  ].sort();
