import { parseArgs } from "node:util";
import { CASES, type Case, type Target } from "./cases.js";
import { Child } from "./child.js";
import { addressOf, checkDurability, copyDatabase, readStoredTotals, startPostgres } from "./databases.js";
import { TICKETS, type Totals } from "./load/crowd.js";
import type { Measurement, Order } from "./load/order.js";
import { type Results, report } from "./report.js";
import type { ServerOrder } from "./servers/serve.js";
import { makeWorld, readTotals, type World } from "./world.js";

const USAGE = `Measures Gatehouse against its rivals, all on one PostgreSQL with durable commits.

  npm run bench -- [--rounds N] [--seconds N] [--only NAME,...] [--profile FOLDER]

  --rounds N         how often every case is measured; the table has the medians (3)
  --seconds N        how long every case is measured in a round (3)
  --only NAME,...    only these of: ${CASES.map(({ name }) => name).join(", ")}
  --profile FOLDER   write a CPU profile of the Gatehouse server there`;

const COPIES = ["mercurius", "apollo", "function", "batch"] as const;
const SERVERS = ["gatehouse", "mercurius", "apollo"] as const;
const WARM_UP_SECONDS = 0.5;
const LONGEST_MILLISECONDS = 15 * 60_000;

interface Options {
  readonly rounds: number;
  readonly seconds: number;
  readonly cases: readonly Case[];
  readonly profile: string | null;
}

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  if (options === null) {
    console.error(USAGE);
    return 2;
  }
  const interrupted = new AbortController();
  // Twice on a Ctrl-C, since npm passes it on too.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => interrupted.abort());
  const signal = AbortSignal.any([interrupted.signal, AbortSignal.timeout(LONGEST_MILLISECONDS)]);
  try {
    console.log(report(await bench(options, signal)));
    return 0;
  } catch (error) {
    console.error(interrupted.signal.aborted ? "Interrupted." : error);
    return 1;
  }
}

function readOptions(): Options | null {
  try {
    const text = (fallback: string) => ({ type: "string", default: fallback }) as const;
    const { values } = parseArgs({
      options: { rounds: text("3"), seconds: text("3"), only: text(""), profile: text("") },
    });
    const names = values.only.split(",").filter(Boolean);
    const cases = CASES.filter(({ name }) => names.length === 0 || names.includes(name));
    const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
    if (!(rounds >= 1 && seconds > 0) || cases.length < names.length) return null;
    return { rounds, seconds, cases, profile: values.profile || null };
  } catch {
    return null;
  }
}

async function bench(options: Options, signal: AbortSignal): Promise<Results> {
  await using postgres = await startPostgres();
  await checkDurability(postgres.url);
  progress("Making a venue with 10,000 tickets ...");
  const world = await makeOneWorld(postgres.url, signal);
  await copyDatabase(postgres.url, COPIES);
  await using stack = new AsyncDisposableStack();
  const urls = await startServers(postgres.url, { stack, signal, profile: options.profile });
  const generator = stack.use(Child.start("./load.js", signal));
  const { results, totals } = await measure({ options, urls, tokens: world.tokens, generator });
  await checkTotals(totals, { postgresUrl: postgres.url, gatehouseUrl: urls.gatehouse, world });
  return results;
}

/** Through the public API of a server that then goes: a database is copied when nobody is connected. */
async function makeOneWorld(postgresUrl: string, signal: AbortSignal): Promise<World> {
  await using server = Child.start("./servers/gatehouse.js", signal);
  const order: ServerOrder = { databaseUrl: postgresUrl };
  return await makeWorld(await server.ask<string>(order), TICKETS);
}

type Urls = Readonly<Record<Target, string>>;

interface Surroundings {
  readonly stack: AsyncDisposableStack;
  readonly signal: AbortSignal;
  readonly profile: string | null;
}

/** All run from the sources in the same way, with NODE_ENV=production. */
async function startServers(postgresUrl: string, { stack, signal, profile }: Surroundings): Promise<Urls> {
  const started = SERVERS.map(async (name) => {
    const nodeOptions = name === "gatehouse" && profile !== null ? ["--cpu-prof", `--cpu-prof-dir=${profile}`] : [];
    const child = stack.use(Child.start(`./servers/${name}.js`, signal, nodeOptions));
    const order: ServerOrder = { databaseUrl: addressOf(postgresUrl, name) };
    return child.ask<string>(order);
  });
  const [gatehouse = "", mercurius = "", apollo = ""] = await Promise.all(started);
  return {
    gatehouse,
    mercurius,
    apollo,
    function: addressOf(postgresUrl, "function"),
    batch: addressOf(postgresUrl, "batch"),
  };
}

interface Measuring {
  readonly options: Options;
  readonly urls: Urls;
  readonly tokens: readonly string[];
  readonly generator: Child;
}

/** Round by round, so that what disturbs the machine for a while disturbs all alike. */
async function measure({ options, urls, tokens, generator }: Measuring) {
  const results = new Map<string, Measurement[]>();
  const totals = new Map<Target, Totals>();
  for (let round = 1; round <= options.rounds; round++) {
    for (const { name, label, kind, target, connections, ...first } of options.cases) {
      const warmUpSeconds = round === 1 ? first.warmUpSeconds : WARM_UP_SECONDS;
      const { seconds } = options;
      const order: Order = { kind, url: urls[target], crowd: target, tokens, connections, warmUpSeconds, seconds };
      const answer = await generator.ask<{ measurement: Measurement; totals: Totals }>(order);
      results.set(name, [...(results.get(name) ?? []), answer.measurement]);
      totals.set(target, answer.totals);
      progress(`round ${round}  ${label}, ${connections}: ${Math.round(answer.measurement.scansPerSecond)}/s`);
    }
  }
  return { results, totals };
}

interface Truth {
  readonly postgresUrl: string;
  readonly gatehouseUrl: string;
  readonly world: World;
}

/** The counts at the end are those of the answers: nobody was counted twice, or not at all. */
async function checkTotals(totals: ReadonlyMap<Target, Totals>, { postgresUrl, gatehouseUrl, world }: Truth) {
  for (const [target, expected] of totals) {
    compare(`the database of ${target}`, await readStoredTotals(addressOf(postgresUrl, target)), expected);
  }
  const answered = totals.get("gatehouse");
  if (answered !== undefined) compare("the API of gatehouse", await readTotals(gatehouseUrl, world), answered);
}

function compare(where: string, counted: Totals, answered: Totals): void {
  const fields = ["inside", "entries", "exits", "refusals"] as const;
  if (fields.every((field) => counted[field] === answered[field])) return;
  throw new Error(`${where} counts ${JSON.stringify(counted)}; the answers were ${JSON.stringify(answered)}`);
}

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}
