import { setTimeout as sleep } from "node:timers/promises";
import { EVENING, Evening } from "./evening.js";
import type { Scenario } from "./scenario.js";
import { Stage } from "./stage.js";

/** The only node is killed while it scans, sells and charges, and started again. */
export const crash: Scenario = {
  name: "crash",
  what: "the server is killed in the middle of scans, reservations and payments",
  rounds: 50,
  run: async (random, rounds, report) => {
    await using stage = await Stage.open();
    const server = await stage.addServer(EVENING);
    const evening = await Evening.open(stage, random);
    evening.begin();
    const away: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      await sleep(random.between(100, 1_500));
      const killedAt = performance.now();
      await server.end("SIGKILL");
      const served = evening.untilServed();
      await server.start();
      await served;
      away.push(performance.now() - killedAt);
      report(`round ${round + 1} of ${rounds}: served again after ${away.at(-1)?.toFixed(0)} ms`);
    }
    return await evening.end(away, ["no answer"]);
  },
};
