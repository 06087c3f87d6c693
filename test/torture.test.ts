import { describe, expect, it } from "vitest";
import { killed } from "./torture/crash.js";
import { DATABASE_TROUBLES } from "./torture/database.js";
import { live } from "./torture/live.js";
import { paused } from "./torture/pause.js";
import { Random } from "./torture/random.js";
import type { Scenario } from "./torture/scenario.js";
import { stopped } from "./torture/stop.js";
import { duringEvening } from "./torture/trouble.js";

const SEED = 1;
const timeout = 3 * 60_000;

/** `npm run torture` has the long rounds, and tells how long each fault lasted. */
async function survive(run: Scenario["run"], rounds: number): Promise<void> {
  const reported: string[] = [];
  const { problems, figures } = await run(new Random(SEED), rounds, (line) => reported.push(line));
  expect(problems, `--seed ${SEED}:\n${reported.join("\n")}`).toEqual([]);
  expect(figures.acknowledged).toBeGreaterThan(0);
}

describe("nothing acknowledged is lost, and nothing is done twice", { timeout }, () => {
  it("by a PostgreSQL that is killed, ends sessions or shuts down, and a server that is held up, killed or stopped", () =>
    survive(duringEvening(...DATABASE_TROUBLES, paused, killed, stopped), 1));

  it("by nodes with screens while the way to Redis fails", () => survive(live.run, 1));
});
