import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { Child } from "../child.js";
import { checkDurability, type Postgres, startPostgres } from "../databases.js";
import { type FanOut, measureFanOut, type Surroundings, type Teller } from "../fan-out.js";
import { reportFanOut } from "../fan-out-report.js";
import { Crowd, TICKETS } from "../load/crowd.js";
import type { Suite } from "../measure.js";
import { progress } from "../progress-bar.js";
import type { ServerOrder } from "../servers/serve.js";
import { expectSame, type Options } from "../suite.js";
import { makeWatchedWorld } from "../worlds/fan-out.js";
import { readTotals } from "../worlds/gate.js";

/** In the order of a round: what is compared stands side by side. */
const TELLERS: readonly Teller[] = [
  { name: "watch-broadcast", label: "(a) plain broadcast", program: "broadcast" },
  { name: "watch-gatehouse", label: "Gatehouse", program: "gatehouse" },
  { name: "watch-graphql-ws", label: "(b) graphql-ws", program: "graphql-ws" },
];

/** For the database, the scanners and the process itself. */
const SPARE_FILES = 200;

/** One venue's counts to thousands who watch them. */
export const fanOut: Suite = {
  name: "fan-out",
  cases: TELLERS,
  longestMinutes: 15,
  run: async (options, signal) => {
    await using postgres = await startPostgres();
    await checkDurability(postgres.url);
    const crowd = new Crowd(TICKETS);
    progress(`Making a venue with ${TICKETS.toLocaleString("en")} tickets ...`);
    const world = await withGatehouse(postgres, signal, (apiUrl) =>
      makeWatchedWorld({ apiUrl, databaseUrl: postgres.url }, crowd),
    );
    const results = await measureAll(options, { postgres, world, crowd, signal });
    // Nobody was counted twice, or not at all.
    await withGatehouse(postgres, signal, async (apiUrl) =>
      expectSame("the API of gatehouse", await readTotals(apiUrl, world), crowd.totals),
    );
    return reportFanOut(results);
  },
};

interface Run extends Omit<Surroundings, "watchers" | "profile"> {}

/** By one process of subscribers; what is compared, one after the other. */
async function measureAll({ only, subscribers, profile }: Options, run: Run): Promise<FanOut[]> {
  checkOpenFiles(Math.max(...subscribers));
  await using watchers = Child.start("./load/watch.js", run.signal);
  const results: FanOut[] = [];
  for (const count of subscribers) {
    for (const teller of TELLERS.filter(({ name }) => only.has(name))) {
      progress(`${count.toLocaleString("en")} subscribers: ${teller.label} ...`);
      results.push(await measureFanOut(teller, count, { ...run, watchers, profile }));
    }
  }
  return results;
}

/** Node raises its own limit as far as it may. Throws where that is not far enough. */
function checkOpenFiles(subscribers: number): void {
  const needed = subscribers + SPARE_FILES;
  const limit = execFileSync("sh", ["-c", "ulimit -Hn"], { encoding: "utf8" }).trim();
  if (limit === "unlimited" || Number(limit) >= needed) return;
  throw new Error(`${subscribers} subscribers need ${needed} open files a process; ulimit -Hn is ${limit}`);
}

/** A server that is gone afterwards. */
async function withGatehouse<Result>(
  { url, folder }: Postgres,
  signal: AbortSignal,
  use: (apiUrl: string) => Promise<Result>,
): Promise<Result> {
  await using server = Child.start("./servers/gatehouse.js", signal);
  const settings = { DATA_DIR: join(folder, "files-of-gatehouse"), JOBS: "off" };
  return await use(await server.ask<string>({ order: "start", databaseUrl: url, settings } satisfies ServerOrder));
}
