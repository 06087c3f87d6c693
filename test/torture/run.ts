import { parseArgs } from "node:util";
import { compileStalePrograms } from "../setup/compiled.js";
import { crash } from "./crash.js";
import { database } from "./database.js";
import { disk } from "./disk.js";
import { live } from "./live.js";
import { pause } from "./pause.js";
import { Random } from "./random.js";
import type { Scenario, Verdict } from "./scenario.js";
import { stop } from "./stop.js";

const SCENARIOS: readonly Scenario[] = [crash, database, disk, pause, stop, live];

const { values } = parseArgs({
  options: { only: { type: "string" }, rounds: { type: "string" }, seed: { type: "string" } },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const chosen = SCENARIOS.filter(({ name }) => values.only === undefined || name === values.only);
if (chosen.length === 0) throw new Error(`--only must be one of ${SCENARIOS.map(({ name }) => name).join(", ")}`);

await compileStalePrograms();
const rows: Record<string, string | number>[] = [];
for (const { name, what, rounds: usual, run } of chosen) {
  const rounds = Number(values.rounds ?? usual);
  console.info(`${name}: ${what}; ${rounds} rounds, --seed ${seed}`);
  const begun = performance.now();
  const verdict = await run(new Random(seed), rounds, (line) => console.info(`  ${line}`));
  for (const problem of verdict.problems) console.error(`  ${problem}`);
  rows.push({ scenario: name, rounds, ...told(verdict), seconds: Math.round((performance.now() - begun) / 1_000) });
}
console.table(rows);
console.info(`--seed ${seed}`);
process.exitCode = rows.some(({ wrong }) => wrong !== "nothing") ? 1 : 0;

function told({ problems, figures: { acknowledged, away } }: Verdict) {
  const longest = away.length === 0 ? "always" : `${(Math.max(...away) / 1_000).toFixed(1)} s`;
  return { acknowledged, wrong: problems.length === 0 ? "nothing" : problems.length, "served again within": longest };
}
