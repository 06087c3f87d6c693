import { parseArgs } from "node:util";
import type { Suite } from "./measure.js";
import type { Options } from "./suite.js";
import { fanOut } from "./suites/fan-out.js";
import { gate } from "./suites/gate.js";
import { history } from "./suites/history.js";
import { query } from "./suites/query.js";
import { sales } from "./suites/sales.js";

const SUITES: readonly Suite[] = [gate, sales, query, fanOut, history];
const USUAL = SUITES.filter(({ longestMinutes }) => longestMinutes === undefined);

const USAGE = `Measures Gatehouse against its rivals, all on one PostgreSQL with durable commits.

  npm run bench -- [--suite NAME,...] [--rounds N] [--seconds N] [--only NAME,...] [--profile FOLDER]
  npm run bench -- --suite fan-out [--subscribers N,...] [--only NAME,...] [--profile FOLDER]
  npm run bench -- --suite history [--scans N]

  --suite NAME,...   only these of: ${USUAL.map(({ name }) => name).join(", ")}; or one that is not run otherwise:
                     fan-out, which takes ten minutes, and history, which takes an hour or so and 20 GB of the folder for
                     temporary files
  --rounds N         how often every case is measured; the table has the medians (3)
  --seconds N        how long every case is measured in a round (3)
  --only NAME,...    only these cases:
${[...USUAL, fanOut].map(({ name, cases }) => `                       ${name}: ${cases.map((it) => it.name).join(", ")}`).join("\n")}
  --subscribers N,... how many watch in fan-out, one after the other (1000,10000)
  --scans N          how many the past of history has, in twelve months at twenty venues (10,000,000)
  --profile FOLDER   write a CPU profile of the Gatehouse server there`;

const LONGEST_MINUTES = 15;
const MINUTE_MILLISECONDS = 60_000;

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
  const longest = Math.max(...asked.suites.map(({ longestMinutes = LONGEST_MINUTES }) => longestMinutes));
  const signal = AbortSignal.any([interrupted.signal, AbortSignal.timeout(longest * MINUTE_MILLISECONDS)]);
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
  /** Those that have a case to be measured, or none at all. */
  readonly suites: readonly Suite[];
}

/** Null: they cannot be understood. */
function readArguments(): Asked | null {
  try {
    const text = (fallback: string) => ({ type: "string", default: fallback }) as const;
    const { values } = parseArgs({
      options: {
        suite: text(""),
        rounds: text("3"),
        seconds: text("3"),
        only: text(""),
        subscribers: text("1000,10000"),
        scans: text("10000000"),
        profile: text(""),
      },
    });
    const suites = values.suite === "" ? USUAL : chosen(SUITES, values.suite);
    const cases = chosen(
      suites.flatMap((suite) => suite.cases),
      values.only,
    );
    const [rounds, seconds, scans] = [Number(values.rounds), Number(values.seconds), Number(values.scans)];
    if (!(rounds >= 1 && seconds > 0 && scans >= 1 && Number.isSafeInteger(scans))) return null;
    const subscribers = values.subscribers.split(",").map(Number);
    if (!subscribers.every((count) => count >= 1 && Number.isSafeInteger(count))) return null;
    const only = new Set(cases.map(({ name }) => name));
    return {
      options: { rounds, seconds, scans, subscribers, only, profile: values.profile || null },
      suites: suites.filter((suite) => suite.cases.length === 0 || suite.cases.some(({ name }) => only.has(name))),
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
