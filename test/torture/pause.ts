import { setTimeout as sleep } from "node:timers/promises";
import type { Scenario } from "./scenario.js";
import { duringEvening, type Trouble } from "./trouble.js";

/** Nothing runs in the server for a while, as when something keeps its event loop; then all that has come meanwhile. */
export const paused: Trouble = {
  told: ["OVERLOADED"],
  make: async ({ server, evening, random }) => {
    await sleep(random.between(100, 1_000));
    const begun = performance.now();
    server.signal("SIGSTOP");
    await sleep(random.between(1_000, 3_000));
    server.signal("SIGCONT");
    await evening.untilServed();
    return { problems: [], away: performance.now() - begun, words: "held up" };
  },
};

export const pause: Scenario = {
  name: "pause",
  what: "the server does nothing for one to three seconds",
  rounds: 20,
  run: duringEvening(paused),
};
