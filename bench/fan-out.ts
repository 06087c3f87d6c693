import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Child } from "./child.js";
import type { Postgres } from "./databases.js";
import type { Told } from "./load/arrivals.js";
import { openScanChanger, openStateChanger } from "./load/changers.js";
import { type Change, type Changer, changeEvery, hurry } from "./load/changes.js";
import type { Crowd } from "./load/crowd.js";
import { type Delays, delaysOf } from "./load/histogram.js";
import type { WatchOrder } from "./load/watch.js";
import type { ServerOrder } from "./servers/serve.js";
import type { WatchedWorld } from "./worlds/fan-out.js";

/** Who tells the subscribers. */
export interface Teller {
  /** Of the case. */
  readonly name: string;
  readonly label: string;
  /** In `servers/`. */
  readonly program: "gatehouse" | "broadcast" | "graphql-ws";
}

/** In each of the two ways in which changes come: one a second, and many at once. */
export interface Both<Result> {
  readonly steady: Result;
  readonly bursts: Result;
}

export interface Watched extends Told {
  /** From sending a change to its answer. */
  readonly change: Delays;
}

export interface FanOut extends Both<Watched> {
  readonly teller: Teller;
  readonly subscribers: number;
  /** Of the server's memory, for each further subscriber. */
  readonly bytesEach: number;
  /** Of changes that nobody watches; null for rivals, whose changes are not written down. */
  readonly unwatched: Unwatched | null;
}

export interface Unwatched {
  /** While the machine does nothing else. */
  readonly alone: Both<Delays>;
  /** While another process tells as many subscribers of as many changes: what it costs both to share the machine. */
  readonly beside: Both<Watched>;
}

export interface Surroundings {
  readonly postgres: Postgres;
  readonly world: WatchedWorld;
  /** At the one venue, from the first scan to the last. */
  readonly crowd: Crowd;
  /** The process of all subscribers. */
  readonly watchers: Child;
  readonly signal: AbortSignal;
  readonly profile: string | null;
}

interface Pattern {
  readonly times: number;
  /** Each time. */
  readonly changes: number;
  /** From one to the next. */
  readonly milliseconds: number;
}

const STEADY: Pattern = { times: 1, changes: 20, milliseconds: 1000 };
const BURSTS: Pattern = { times: 8, changes: 200, milliseconds: 5 };
/** The last change is told a moment after its answer, and to nobody who has it from the beginning. */
const PAUSE_MILLISECONDS = 500;
/** For whom the code is loaded that all others use. */
const FIRST_FEW = 100;
/** Each sends one change at a time: so many that hardly one waits for another. */
const CHANGERS = 64;
/** Code that V8 has not yet optimised takes twice the time. */
const WARM_UP_CHANGES = 10_000;

/** One server that has just begun, with so many subscribers. */
export async function measureFanOut(teller: Teller, subscribers: number, around: Surroundings): Promise<FanOut> {
  const { watchers } = around;
  await using server = startServer(teller, around);
  const url = await server.ask<string>(startOrder(teller, around));
  const changers = await openChangers(teller, url, around);
  const join = (count: number) => watchers.ask(joinOrder(url, count, around));
  const leave = () => watchers.ask({ order: "leave" } satisfies WatchOrder);
  const bytesEach = await measureMemory(server, changers, { subscribers, join, leave });
  await leave();
  await hurry(changers, WARM_UP_CHANGES);
  await pause(PAUSE_MILLISECONDS);
  const unwatched = teller.program === "gatehouse" ? await measureUnwatched(changers, subscribers, around) : null;
  await join(subscribers);
  const both = await measureWatched(changers, watchers);
  await leave();
  for (const changer of changers) changer.close();
  return { teller, subscribers, bytesEach, unwatched, ...both };
}

interface Joining {
  readonly subscribers: number;
  readonly join: (count: number) => Promise<unknown>;
  readonly leave: () => Promise<unknown>;
}

/**
 * The bytes that each further subscriber adds to what the first few need, code among it. Looked at before the server has done
 * much else: later they would live where its garbage was, and seem to need nothing.
 */
async function measureMemory(
  server: Child,
  changers: readonly Changer[],
  { subscribers, join, leave }: Joining,
): Promise<number> {
  const read = () => server.ask<number>({ order: "tell-memory" } satisfies ServerOrder);
  await hurry(changers, changers.length);
  await pause(PAUSE_MILLISECONDS);
  await join(FIRST_FEW);
  const before = await read();
  await leave();
  await join(subscribers);
  return ((await read()) - before) / (subscribers - FIRST_FEW);
}

function startServer({ program }: Teller, { signal, profile }: Surroundings): Child {
  const profiling = program === "gatehouse" && profile !== null ? ["--cpu-prof", `--cpu-prof-dir=${profile}`] : [];
  return Child.start(`./servers/${program}.js`, signal, ["--expose-gc", ...profiling]);
}

/** Jobs would ask for work while others are measured. */
const startOrder = ({ program }: Teller, { postgres, world }: Surroundings): ServerOrder => ({
  order: "start",
  databaseUrl: postgres.url,
  settings: {
    DATA_DIR: join(postgres.folder, `files-of-${program}`),
    JOBS: "off",
    STATE: JSON.stringify(world.occupancy),
  },
});

const joinOrder = (url: string, subscribers: number, { world }: Surroundings): WatchOrder => ({
  order: "join",
  url,
  subscribers,
  venueId: world.venueId,
  tokens: world.viewerTokens,
});

const openChangers = ({ program }: Teller, url: string, { world, crowd }: Surroundings): Promise<Changer[]> =>
  Promise.all(
    Array.from({ length: CHANGERS }, (_, index) =>
      program === "gatehouse"
        ? openScanChanger(url, world.tokens[index % world.tokens.length] ?? "", crowd)
        : openStateChanger(url),
    ),
  );

async function measureUnwatched(
  changers: readonly Changer[],
  subscribers: number,
  around: Surroundings,
): Promise<Unwatched> {
  const measure = async (pattern: Pattern) => changeDelays(await makeChanges(changers, pattern, async () => {}));
  const alone = { steady: await measure(STEADY), bursts: await measure(BURSTS) };
  return { alone, beside: await measureBeside(changers, subscribers, around) };
}

const BESIDE: Teller = { name: "beside", label: "the plain broadcast", program: "broadcast" };

async function measureBeside(
  changers: readonly Changer[],
  subscribers: number,
  around: Surroundings,
): Promise<Both<Watched>> {
  const { watchers } = around;
  await using server = startServer(BESIDE, around);
  const url = await server.ask<string>(startOrder(BESIDE, around));
  const others = await openChangers(BESIDE, url, around);
  await hurry(others, WARM_UP_CHANGES);
  await pause(PAUSE_MILLISECONDS);
  await watchers.ask(joinOrder(url, subscribers, around));
  const measure = async (pattern: Pattern): Promise<Watched> => {
    const [made, told]: [Change[], Change[]] = [[], []];
    const once = { ...pattern, times: 1 };
    for (let time = 0; time < pattern.times; time += 1) {
      const both = [makeChanges(changers, once, async () => {}), makeChanges(others, once, reachOf(watchers))] as const;
      const [here, there] = await Promise.all(both);
      made.push(...here);
      told.push(...there);
    }
    return { ...(await accountOf(watchers, told)), change: changeDelays(made) };
  };
  const beside = { steady: await measure(STEADY), bursts: await measure(BURSTS) };
  await watchers.ask({ order: "leave" } satisfies WatchOrder);
  for (const other of others) other.close();
  return beside;
}

/** After a burst that only makes the code fast. */
async function measureWatched(changers: readonly Changer[], watchers: Child): Promise<Both<Watched>> {
  const measure = async (pattern: Pattern): Promise<Watched> => {
    const changes = await makeChanges(changers, pattern, reachOf(watchers));
    return { ...(await accountOf(watchers, changes)), change: changeDelays(changes) };
  };
  await measure({ ...BURSTS, times: 1 });
  return { steady: await measure(STEADY), bursts: await measure(BURSTS) };
}

const accountOf = (watchers: Child, changes: readonly Change[]): Promise<Told> =>
  watchers.ask<Told>({ order: "account", changes } satisfies WatchOrder);

/** Waits until everybody has been told of the version. */
const reachOf =
  (watchers: Child) =>
  async (version: number): Promise<void> => {
    await watchers.ask({ order: "reach", version } satisfies WatchOrder);
  };

/** `settle` is told the newest version, each time. */
async function makeChanges(
  changers: readonly Changer[],
  { times, changes, milliseconds }: Pattern,
  settle: (version: number) => Promise<void>,
): Promise<Change[]> {
  const made: Change[] = [];
  for (let time = 0; time < times; time += 1) {
    made.push(...(await changeEvery(changers, changes, milliseconds)));
    await settle(Math.max(...made.map(({ version }) => version)));
    await pause(PAUSE_MILLISECONDS);
  }
  return made;
}

const changeDelays = (changes: readonly Change[]): Delays =>
  delaysOf(changes.map(({ sent, answered }) => answered - sent));
