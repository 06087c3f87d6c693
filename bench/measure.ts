import { join } from "node:path";
import { Child } from "./child.js";
import { addressOf, checkDurability, copyDatabase, type Postgres, startPostgres } from "./databases.js";
import type { Measurement, Order } from "./load/order.js";
import { report } from "./report.js";
import type { ServerOrder } from "./servers/serve.js";
import type { Case, Options, Plan, Server } from "./suite.js";

/** Cases that are compared with each other, on one PostgreSQL of their own. */
export interface Suite {
  readonly name: string;
  readonly cases: readonly Pick<Case, "name">[];
  /** For one that is run only when it is asked for by its name, since it takes so long. */
  readonly longestMinutes?: number;
  /** Answers its tables. */
  run(options: Options, signal: AbortSignal): Promise<string>;
}

export const suite = <World, Totals, Measured extends Case>(plan: Plan<World, Totals, Measured>): Suite => ({
  name: plan.name,
  cases: plan.cases,
  run: (options, signal) => measurePlan(plan, options, signal),
});

const WARM_UP_SECONDS = 0.5;

async function measurePlan<World, Totals, Measured extends Case>(
  plan: Plan<World, Totals, Measured>,
  options: Options,
  signal: AbortSignal,
): Promise<string> {
  await using postgres = await startPostgres();
  await checkDurability(postgres.url);
  progress(`Making ${plan.worldName} ...`);
  const world = await makeWorld(plan, postgres, signal);
  const databases = [...plan.servers.map(({ name }) => name), ...(plan.bareDatabases ?? [])];
  await copyDatabase(postgres.url, databases, plan.preparation ?? null);

  await using stack = new AsyncDisposableStack();
  const targets = await startServers(plan, postgres, { stack, signal, profile: options.profile });
  const generator = stack.use(Child.start(`./load/${plan.generator}.js`, signal));
  const cases = plan.cases.filter(({ name }) => options.only.has(name));
  const cells = await readColumn(plan, { cases, targets, world });
  const { results, totals } = await measure(plan, { cases, targets, world, generator, options });
  const databaseUrl = (target: string): string => addressOf(postgres.url, target);
  await plan.check({ world, totals, apiUrl: found(targets, "gatehouse").url, databaseUrl });
  return report({ ...plan, cases }, results, cells);
}

/** Through the public API of a server that then goes: a database is copied when nobody is connected. */
async function makeWorld<World>(
  { servers, makeWorld }: Pick<Plan<World, never, never>, "servers" | "makeWorld">,
  postgres: Postgres,
  signal: AbortSignal,
): Promise<World> {
  const product = servers.find(({ name }) => name === "gatehouse");
  if (product === undefined) throw new Error("Gatehouse is not among the servers");
  await using server = Child.start(programOf(product), signal);
  const apiUrl = await server.ask<string>(startOrder(product, postgres));
  return await makeWorld({ apiUrl, databaseUrl: postgres.url });
}

/** Where the requests go. */
interface Target {
  readonly url: string;
  /** Null: a database alone. */
  readonly server: Child | null;
}

type Targets = ReadonlyMap<string, Target>;

interface Surroundings {
  readonly stack: AsyncDisposableStack;
  readonly signal: AbortSignal;
  readonly profile: string | null;
}

/** All run from the sources in the same way, with NODE_ENV=production. */
async function startServers(
  { servers, bareDatabases = [] }: Pick<Plan<never, never, never>, "servers" | "bareDatabases">,
  postgres: Postgres,
  { stack, signal, profile }: Surroundings,
): Promise<Targets> {
  const started = servers.map(async (server): Promise<[string, Target]> => {
    const isProfiled = server.name === "gatehouse" && profile !== null;
    const nodeOptions = isProfiled ? ["--cpu-prof", `--cpu-prof-dir=${profile}`] : [];
    const child = stack.use(Child.start(programOf(server), signal, nodeOptions));
    const url = await child.ask<string>(startOrder(server, postgres));
    return [server.name, { url, server: child }];
  });
  const bare = bareDatabases.map((name): [string, Target] => [
    name,
    { url: addressOf(postgres.url, name), server: null },
  ]);
  return new Map([...(await Promise.all(started)), ...bare]);
}

const programOf = ({ program }: Server): string => `./servers/${program}.js`;

const startOrder = ({ name, settings = {} }: Server, { url, folder }: Postgres): ServerOrder => ({
  order: "start",
  databaseUrl: addressOf(url, name),
  settings: { DATA_DIR: join(folder, `files-of-${name}`), ...settings },
});

interface Asked<World, Measured extends Case> {
  readonly cases: readonly Measured[];
  readonly targets: Targets;
  readonly world: World;
}

/** The cell of each case, by its name. */
async function readColumn<World, Measured extends Case>(
  { column }: Pick<Plan<World, never, Measured>, "column">,
  { cases, targets, world }: Asked<World, Measured>,
): Promise<ReadonlyMap<string, string>> {
  const cells = new Map<string, string>();
  for (const { name, target } of cases) {
    const { server, url } = found(targets, target);
    if (column !== undefined && server !== null) cells.set(name, await column.read(server, url, world));
  }
  return cells;
}

interface Measuring<World, Measured extends Case> extends Asked<World, Measured> {
  readonly generator: Child;
  readonly options: Options;
}

/** Round by round, so that what disturbs the machine for a while disturbs all alike. */
async function measure<World, Totals, Measured extends Case>(
  plan: Plan<World, Totals, Measured>,
  { cases, targets, world, generator, options: { rounds, seconds } }: Measuring<World, Measured>,
) {
  const results = new Map<string, Measurement[]>();
  const totals = new Map<string, Totals>();
  for (let round = 1; round <= rounds; round++) {
    for (const measured of cases) {
      const { name, label, target, connections } = measured;
      const warmUpSeconds = round === 1 ? measured.warmUpSeconds : WARM_UP_SECONDS;
      const order: Order = { target, url: found(targets, target).url, connections, warmUpSeconds, seconds };
      const answer = await generator.ask<{ measurement: Measurement; totals: Totals }>({
        ...plan.load(measured, world),
        ...order,
      });
      results.set(name, [...(results.get(name) ?? []), answer.measurement]);
      totals.set(target, answer.totals);
      progress(`round ${round}  ${label}, ${connections}: ${Math.round(answer.measurement.perSecond)} ${plan.unit}/s`);
    }
  }
  return { results, totals };
}

function found(targets: Targets, name: string): Target {
  const target = targets.get(name);
  if (target === undefined) throw new Error(`nothing has been started for ${name}`);
  return target;
}

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}
