import { setTimeout as sleep } from "node:timers/promises";
import type { Scenario } from "./scenario.js";
import type { ServerProcess } from "./server-process.js";
import { CONNECTIONS, duringEvening, type Scene, type Trouble } from "./trouble.js";

/** Of its return. */
const SERVE_MILLISECONDS = 5_000;

const notReady = (server: ServerProcess): Promise<string[]> =>
  server.untilReady(SERVE_MILLISECONDS).then(
    () => [],
    (error: Error) => [error.message],
  );

/** `make` ends when PostgreSQL answers again; the server stays. */
const without = (words: string, make: (scene: Scene) => Promise<void>): Trouble => ({
  told: ["OVERLOADED"],
  make: async (scene) => {
    await sleep(scene.random.between(100, 1_000));
    await make(scene);
    const away = await scene.evening.untilServed();
    const slow = away > SERVE_MILLISECONDS ? [`it served again only after ${away} ms`] : [];
    return { problems: [...slow, ...(await notReady(scene.server))], away, words };
  },
});

const restart = async ({ stage, random }: Scene, signal: "SIGKILL" | "SIGQUIT"): Promise<void> => {
  await stage.postgres.end(signal);
  await sleep(random.between(0, 2_000));
  await stage.postgres.start();
};

export const DATABASE_TROUBLES: readonly Trouble[] = [
  without("PostgreSQL was killed", (scene) => restart(scene, "SIGKILL")),
  without("its sessions were ended", async ({ stage }) => {
    for (let deaths = 0; deaths < 2 * CONNECTIONS; ) deaths += await stage.postgres.terminateBackends();
  }),
  without("PostgreSQL was shut down at once", (scene) => restart(scene, "SIGQUIT")),
];

/** PostgreSQL is killed and started again, or ends more sessions within their transactions than the pools hold. */
export const database: Scenario = {
  name: "database",
  what: "PostgreSQL is killed, ends sessions within their transactions, and is shut down at once",
  rounds: 10,
  run: duringEvening(...DATABASE_TROUBLES),
};
