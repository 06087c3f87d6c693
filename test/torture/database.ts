import { setTimeout as sleep } from "node:timers/promises";
import { EVENING, Evening } from "./evening.js";
import type { Random } from "./random.js";
import type { Scenario } from "./scenario.js";
import type { ServerProcess } from "./server-process.js";
import { Stage } from "./stage.js";

/** Of its return. */
const SERVE_MILLISECONDS = 5_000;
/** Of the gates, sales and the rest together. */
const POOL_SIZES = { GATE_POOL_SIZE: "4", SALES_POOL_SIZE: "4", DATABASE_POOL_SIZE: "4" };
const DEATHS = 2 * 12;

/** PostgreSQL is killed and started again, or ends more sessions within their transactions than the pools hold; the server stays. */
export const database: Scenario = {
  name: "database",
  what: "PostgreSQL is killed, shut down at once, and ends sessions within their transactions",
  rounds: 30,
  run: async (random, rounds, report) => {
    await using stage = await Stage.open();
    const server = await stage.addServer({ ...EVENING, ...POOL_SIZES });
    const evening = await Evening.open(stage, random);
    evening.begin();
    const away: number[] = [];
    const problems: string[] = [];
    const faults = Object.entries(faultsOf(stage, random));
    for (let round = 0; round < rounds; round += 1) {
      await sleep(random.between(100, 1_000));
      const [name, make] = faults[round % faults.length] as (typeof faults)[number];
      await make();
      away.push(await evening.untilServed());
      report(`round ${round + 1} of ${rounds}: ${name}; served again after ${away.at(-1)?.toFixed(0)} ms`);
      problems.push(...(await notReady(server)));
    }
    const slow = away.filter((milliseconds) => milliseconds > SERVE_MILLISECONDS);
    problems.push(...slow.map((milliseconds) => `it served again only after ${milliseconds} ms`));
    report(`told meanwhile: ${JSON.stringify(evening.faults)}`);
    const verdict = await evening.end(away, ["OVERLOADED"]);
    return { ...verdict, problems: [...problems, ...verdict.problems] };
  },
};

/** Each ends when PostgreSQL answers again. */
function faultsOf({ postgres }: Stage, random: Random): Readonly<Record<string, () => Promise<void>>> {
  const end = async (signal: "SIGKILL" | "SIGQUIT") => {
    await postgres.end(signal);
    await sleep(random.between(0, 3_000));
    await postgres.start();
  };
  return {
    "it is killed": () => end("SIGKILL"),
    "sessions are ended": async () => {
      for (let deaths = 0; deaths < DEATHS; ) deaths += await postgres.terminateBackends();
    },
    "it is shut down at once": () => end("SIGQUIT"),
  };
}

async function notReady(server: ServerProcess): Promise<string[]> {
  return server.untilReady(SERVE_MILLISECONDS).then(
    () => [],
    (error: Error) => [error.message],
  );
}
