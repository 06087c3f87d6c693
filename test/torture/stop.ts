import { setTimeout as sleep } from "node:timers/promises";
import { EVENING, Evening } from "./evening.js";
import type { Scenario } from "./scenario.js";
import type { ServerProcess } from "./server-process.js";
import { SilentClients } from "./silent-clients.js";
import { Stage } from "./stage.js";

const STOP_MILLISECONDS = 15_000;
const LOOK_MILLISECONDS = 20;
/** Until a request has come to the database. */
const UNDER_WAY_MILLISECONDS = 300;

/** A node is told to stop, under load and with clients that never answer, and started again. */
export const stop: Scenario = {
  name: "stop",
  what: "a node is told to stop under load, with clients that never answer",
  rounds: 20,
  run: async (random, rounds, report) => {
    await using stage = await Stage.open();
    const server = await stage.addServer({ ...EVENING, DRAIN_SECONDS: "1" });
    const evening = await Evening.open(stage, random);
    evening.begin();
    const away: number[] = [];
    const problems: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      await using silent = await SilentClients.open(server.port);
      await sleep(random.between(100, 1_000));
      const underWay = evening.scanSlowly();
      await sleep(UNDER_WAY_MILLISECONDS);
      const begun = performance.now();
      const watched = watch(server);
      const code = await server.end("SIGTERM");
      const took = performance.now() - begun;
      const { wasUnready, answered } = await watched;
      if (code !== 0) problems.push(`it ended with ${code}:\n${server.log}`);
      const cutOff = await underWay;
      if (cutOff.length > 0) problems.push(`a scan that was under way was told: ${cutOff}`);
      if (took > STOP_MILLISECONDS) problems.push(`it took ${took.toFixed(0)} ms to stop`);
      if (!wasUnready) problems.push("nobody was told that it stops");
      if (answered === 0) problems.push("nothing was answered any more when that was told");
      const served = evening.untilServed();
      await server.start();
      await served;
      away.push(performance.now() - begun);
      report(
        `round ${round + 1} of ${rounds}: ${silent.count} clients silent, ${answered} answers while unready, stopped in ${took.toFixed(0)} ms`,
      );
    }
    report(`told meanwhile: ${JSON.stringify(evening.faults)}`);
    const verdict = await evening.end(away, ["no answer"]);
    return { ...verdict, problems: [...problems, ...verdict.problems] };
  },
};

/** Whether it said that it is not ready any more, and how many requests it answered after that. Until it has ended. */
async function watch(server: ServerProcess): Promise<{ readonly wasUnready: boolean; readonly answered: number }> {
  let wasUnready = false;
  let answered = 0;
  for (; server.isRunning; await sleep(LOOK_MILLISECONDS)) {
    if (wasUnready && (await statusOf(`${server.url}/graphql?query={__typename}`)) === 200) answered += 1;
    wasUnready ||= (await statusOf(`${server.url}/readyz`)) === 503;
  }
  return { wasUnready, answered };
}

/** Null where there was no answer. Each time over a new connection, as somebody new. */
async function statusOf(url: string): Promise<number | null> {
  const headers = { connection: "close", "x-requested-with": "torture", "apollo-require-preflight": "true" };
  const signal = AbortSignal.timeout(STOP_MILLISECONDS);
  return fetch(url, { headers, signal }).then(
    async (response) => {
      await response.arrayBuffer();
      return response.status;
    },
    () => null,
  );
}
