import { setTimeout as sleep } from "node:timers/promises";
import type { Scenario } from "./scenario.js";
import { duringEvening, type Trouble } from "./trouble.js";

/** The only node is killed while it scans, sells and charges, and started again. */
export const killed: Trouble = {
  told: ["no answer"],
  make: async ({ server, evening, random }) => {
    await sleep(random.between(100, 1_500));
    const begun = performance.now();
    await server.end("SIGKILL");
    const served = evening.untilServed();
    await server.start();
    await served;
    return { problems: [], away: performance.now() - begun, words: "killed" };
  },
};

export const crash: Scenario = {
  name: "crash",
  what: "the server is killed in the middle of scans, reservations and payments",
  rounds: 50,
  run: duringEvening(killed),
};
