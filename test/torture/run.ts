import { parseArgs } from "node:util";
import { live } from "./live.js";
import { Random } from "./random.js";
import type { Scenario } from "./scenario.js";

const SCENARIOS: readonly Scenario[] = [live];

const { values } = parseArgs({
  options: { only: { type: "string" }, rounds: { type: "string" }, seed: { type: "string" } },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const chosen = SCENARIOS.filter(({ name }) => values.only === undefined || name === values.only);
if (chosen.length === 0) throw new Error(`--only must be one of ${SCENARIOS.map(({ name }) => name).join(", ")}`);

let isBad = false;
for (const { name, what, rounds: usual, run } of chosen) {
  const rounds = Number(values.rounds ?? usual);
  console.info(`${name}: ${what}; ${rounds} rounds, --seed ${seed}`);
  const begun = performance.now();
  const problems = await run(new Random(seed), rounds, (line) => console.info(`  ${line}`));
  const seconds = ((performance.now() - begun) / 1_000).toFixed(0);
  console.info(`${name}: ${problems.length === 0 ? "nothing was lost" : "BAD"}, ${rounds} rounds in ${seconds} s`);
  for (const problem of problems) console.error(`  ${problem}`);
  isBad ||= problems.length > 0;
}
process.exitCode = isBad ? 1 : 0;
