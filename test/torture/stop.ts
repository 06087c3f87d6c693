import { setTimeout as sleep } from "node:timers/promises";
import type { Scenario } from "./scenario.js";
import type { ServerProcess } from "./server-process.js";
import { SilentClients } from "./silent-clients.js";
import { duringEvening, type Trouble } from "./trouble.js";

const STOP_MILLISECONDS = 15_000;
const LOOK_MILLISECONDS = 20;
/** Until a request has come to the database. */
const UNDER_WAY_MILLISECONDS = 300;

/** A node is told to stop, under load and with clients that never answer, and started again. */
export const stopped: Trouble = {
  // By a connection that is there already, and then by the lack of one.
  told: ["OVERLOADED", "no answer"],
  make: async ({ server, evening, random }) => {
    await using silent = await SilentClients.open(server.port);
    await sleep(random.between(100, 1_000));
    const underWay = evening.scanSlowly();
    await sleep(UNDER_WAY_MILLISECONDS);
    const begun = performance.now();
    const watched = watch(server);
    const code = await server.end("SIGTERM");
    const took = performance.now() - begun;
    const { wasUnready, answered } = await watched;
    const served = evening.untilServed();
    await server.start();
    await served;
    const cutOff = await underWay;
    const claims: readonly (readonly [boolean, string])[] = [
      [code === 0, `it ended with ${code}:\n${server.log}`],
      [took <= STOP_MILLISECONDS, `it took ${took.toFixed(0)} ms to stop`],
      [wasUnready, "nobody was told that it stops"],
      [answered > 0, "nothing was answered any more when that was told"],
      [cutOff.length === 0, `a scan that was under way was told: ${cutOff}`],
    ];
    return {
      problems: claims.flatMap(([holds, problem]) => (holds ? [] : [problem])),
      away: performance.now() - begun,
      words: `${silent.count} clients silent, ${answered} answers while unready, stopped in ${took.toFixed(0)} ms`,
    };
  },
};

export const stop: Scenario = {
  name: "stop",
  what: "a node is told to stop under load, with clients that never answer",
  rounds: 20,
  run: duringEvening(stopped),
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
