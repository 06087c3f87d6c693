import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Child } from "../child.js";
import { addressOf, checkDurability, execute, type Postgres, readStored, startPostgres } from "../databases.js";
import type { Suite } from "../measure.js";
import { measureReads, measureScans } from "../past-cost.js";
import { reportPast } from "../past-report.js";
import { explainPlan } from "../plans.js";
import { ProgressBar, progress } from "../progress-bar.js";
import type { ServerOrder, ServerSettings } from "../servers/serve.js";
import { checkHistory, type History, makeHistory, makeTonightAlone } from "../worlds/history.js";

const EMPTY = "empty";
const REPEAT_MILLISECONDS = 10_000;

/** The import takes longer than a token is good for by default. Jobs would ask for work while others are measured. */
const SETTINGS = { JOBS: "off", ACCESS_TOKEN_SECONDS: "86400" };

/** What twelve months of scans cost: the questions about the past, and the next scan. */
export const history: Suite = {
  name: "history",
  cases: [],
  longestMinutes: 4 * 60,
  run: async ({ scans }, signal) => {
    await using postgres = await startPostgres();
    await checkDurability(postgres.url);
    const past = await importPast(postgres, scans, signal);
    await checkOut(postgres, signal);
    await settle(postgres, signal);
    return await measure(postgres, past, signal);
  },
};

/** Without jobs: with them everybody would be checked out before their own exit is imported. */
async function importPast(postgres: Postgres, scans: number, signal: AbortSignal): Promise<History> {
  await using server = Child.start("./servers/gatehouse.js", signal);
  return await makeHistory(await start(server, postgres, postgres.url), scans, signal);
}

/** Those who left unseen, by the jobs of the past events. */
async function checkOut(postgres: Postgres, signal: AbortSignal): Promise<void> {
  await using server = Child.start("./servers/gatehouse.js", signal);
  await start(server, postgres, postgres.url, { JOBS: "on" });
  let due = await countDue(postgres);
  using bar = new ProgressBar(due, "events with their automatic exits");
  while (due > 0) {
    await pause(500, undefined, { signal });
    const left = await countDue(postgres);
    bar.add(due - left);
    due = left;
  }
}

async function countDue({ url }: Postgres): Promise<number> {
  const text = "select count(*)::int as due from events where auto_exited_at is null and auto_exit_at < now()";
  return (await readStored<{ due: number }>(url, text)).due;
}

/** As autovacuum would in time; and what was written is on the disk before anything is measured. */
async function settle({ url }: Postgres, signal: AbortSignal): Promise<void> {
  await waitFor(execute(url, "vacuum analyze"), "Vacuuming ...", signal);
  await waitFor(execute(url, "checkpoint"), "Writing to the disk ...", signal);
}

/** With a fresh server at each database, from the same code. */
async function measure(postgres: Postgres, past: History, signal: AbortSignal): Promise<string> {
  await execute(addressOf(postgres.url, "postgres"), `create database ${EMPTY}`);
  await using full = Child.start("./servers/gatehouse.js", signal);
  await using empty = Child.start("./servers/gatehouse.js", signal);
  const url = await start(full, postgres, postgres.url);
  const emptyUrl = await start(empty, postgres, addressOf(postgres.url, EMPTY));
  await checkHistory(url, past);
  const tonight = await makeTonightAlone(emptyUrl);
  const reads = await measureReads(full, url, past);
  const scans = await measureScans({ url, tonight: past.tonight }, { url: emptyUrl, tonight });
  const plans: string[] = [];
  for (const { statement } of reads) plans.push(await explainPlan(postgres.url, statement));
  return reportPast({ past, gigabytes: await readSize(postgres), reads, scans, plans });
}

async function readSize({ url }: Postgres): Promise<number> {
  const text = "select pg_database_size(current_database())::float8 / 1e9 as gigabytes";
  return (await readStored<{ gigabytes: number }>(url, text)).gigabytes;
}

/** Answers the address of the API. */
const start = (server: Child, { folder }: Postgres, databaseUrl: string, settings: ServerSettings = {}) =>
  server.ask<string>({
    order: "start",
    databaseUrl,
    settings: {
      DATA_DIR: join(folder, `files-of-${new URL(databaseUrl).pathname.slice(1)}`),
      ...SETTINGS,
      ...settings,
    },
  } satisfies ServerOrder);

/** For what cannot be broken off: after an abort it ends with PostgreSQL. */
async function waitFor(work: Promise<unknown>, text: string, signal: AbortSignal): Promise<void> {
  progress(text);
  const timer = setInterval(() => progress(text), REPEAT_MILLISECONDS);
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  try {
    await Promise.race([work, aborted]);
  } finally {
    clearInterval(timer);
  }
}
