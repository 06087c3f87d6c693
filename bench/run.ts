import { parseArgs } from "node:util";
import type { Suite } from "./measure.js";
import type { Options } from "./suite.js";
import { gate } from "./suites/gate.js";
import { query } from "./suites/query.js";
import { sales } from "./suites/sales.js";

const SUITES: readonly Suite[] = [gate, sales, query];

const USAGE = `Measures Gatehouse against its rivals, all on one PostgreSQL with durable commits.

  npm run bench -- [--suite NAME,...] [--rounds N] [--seconds N] [--only NAME,...] [--profile FOLDER]

  --suite NAME,...   only these of: ${SUITES.map(({ name }) => name).join(", ")}
  --rounds N         how often every case is measured; the table has the medians (3)
  --seconds N        how long every case is measured in a round (3)
  --only NAME,...    only these cases:
${SUITES.map(({ name, cases }) => `                       ${name}: ${cases.map((it) => it.name).join(", ")}`).join("\n")}
  --profile FOLDER   write a CPU profile of the Gatehouse server there`;

const LONGEST_MILLISECONDS = 15 * 60_000;

process.exitCode = await main();

async function main(): Promise<number> {
  const asked = readArguments();
  if (asked === null) {
    console.error(USAGE);
    return 2;
  }
  const interrupted = new AbortController();
  // Twice on a Ctrl-C, since npm passes it on too.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => interrupted.abort());
  const signal = AbortSignal.any([interrupted.signal, AbortSignal.timeout(LONGEST_MILLISECONDS)]);
  try {
    for (const [index, suite] of asked.suites.entries()) {
      console.log(`${index > 0 ? "\n" : ""}${await suite.run(asked.options, signal)}`);
    }
    return 0;
  } catch (error) {
    console.error(interrupted.signal.aborted ? "Interrupted." : error);
    return 1;
  }
}

interface Asked {
  readonly options: Options;
  /** Those that have a case to be measured. */
  readonly suites: readonly Suite[];
}

/** Null: they cannot be understood. */
function readArguments(): Asked | null {
  try {
    const text = (fallback: string) => ({ type: "string", default: fallback }) as const;
    const { values } = parseArgs({
      options: { suite: text(""), rounds: text("3"), seconds: text("3"), only: text(""), profile: text("") },
    });
    const suites = chosen(SUITES, values.suite);
    const cases = chosen(
      suites.flatMap((suite) => suite.cases),
      values.only,
    );
    const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
    if (!(rounds >= 1 && seconds > 0)) return null;
    const only = new Set(cases.map(({ name }) => name));
    return {
      options: { rounds, seconds, only, profile: values.profile || null },
      suites: suites.filter((suite) => suite.cases.some(({ name }) => only.has(name))),
    };
  } catch {
    return null;
  }
}

/** Those named in the list, all when it is empty. Throws for a name that is nobody's. */
function chosen<Item extends { readonly name: string }>(items: readonly Item[], list: string): readonly Item[] {
  const names = list.split(",").filter(Boolean);
  if (names.some((name) => !items.some((item) => item.name === name))) throw new Error(`unknown: ${list}`);
  return names.length === 0 ? items : items.filter(({ name }) => names.includes(name));
}
