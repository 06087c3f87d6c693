import { describe, expect, it } from "vitest";
import { crash } from "./torture/crash.js";
import { database } from "./torture/database.js";
import { live } from "./torture/live.js";
import { Random } from "./torture/random.js";
import type { Scenario } from "./torture/scenario.js";
import { stop } from "./torture/stop.js";

const SEED = 1;
const MINUTES = 3 * 60_000;

/** `npm run torture` has the long rounds, and tells how long each fault lasted. */
const ROUNDS: readonly (readonly [string, Scenario, number])[] = [
  ["a server that is killed while it scans, sells and charges", crash, 2],
  ["a PostgreSQL that is killed, ends sessions, and shuts down at once", database, 3],
  ["a server that is told to stop while clients never answer", stop, 1],
  ["nodes with screens while the way to Redis fails", live, 1],
];

describe("nothing acknowledged is lost, and nothing is done twice, by", () => {
  it.for(ROUNDS)(
    "%s",
    async ([, { run }, rounds]) => {
      const reported: string[] = [];
      const { problems, figures } = await run(new Random(SEED), rounds, (line) => reported.push(line));
      expect(problems, `--seed ${SEED}:\n${reported.join("\n")}`).toEqual([]);
      expect(figures.acknowledged).toBeGreaterThan(0);
    },
    MINUTES,
  );
});
