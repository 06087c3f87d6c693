import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Config, readConfig } from "../config.js";
import { createServer } from "../server.js";
import { watch } from "./client.js";
import { evening } from "./demo/evening.js";
import { guide } from "./demo/guide.js";
import { playNight } from "./demo/night.js";
import { makeWorld, USUAL_GUESTS, type World } from "./demo/world.js";
import { graphqlUrl, UsageError } from "./replay/options.js";
import { Progress } from "./replay/progress.js";
import { type Count, row, shownNumber, Tally } from "./replay/tally.js";

const USAGE = `Serves Gatehouse with a demo world, and plays an evening of scans through its API.

  npm run demo -- [--seconds N] [--guests N] [--exit]

  --seconds N   how long the evening takes, 1 to 86400 (60)
  --guests N    how many have tickets, 100 to 20000, in twenties (4000)
  --exit        stop after the evening; without it, the server goes on until Ctrl-C`;

/** The last count is on every screen within 250 ms; more is allowed for on a busy machine. */
const LAST_COUNT_MILLISECONDS = 2_000;

/** For as long as a demo may be looked at: the links that are printed have no password, and none to ask for. */
const LINK_SECONDS = 12 * 3600;

const SEED = 20_261_031;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    await demo(readOptions(args), readConfig());
    return 0;
  } catch (error) {
    console.error(explain(error));
    if (error instanceof UsageError) console.error(`\n${USAGE}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** What can be mended from outside is told in a sentence; a fault of ours with its stack. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const mendable = ["UsageError", "ConfigError", "StartError", "ApiError", "NoAnswer"].includes(error.name);
  return mendable ? error.message : (error.stack ?? error.message);
}

interface Options {
  readonly seconds: number;
  readonly guests: number;
  readonly exit: boolean;
}

function readOptions(args: readonly string[]): Options {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seconds: { type: "string", default: "60" },
        guests: { type: "string", default: String(USUAL_GUESTS) },
        exit: { type: "boolean", default: false },
      },
    });
    const [seconds, guests] = [Number(values.seconds), Number(values.guests)];
    if (!(seconds >= 1 && seconds <= 86_400)) throw new UsageError("--seconds must be a number from 1 to 86400.");
    if (!(guests >= 100 && guests <= 20_000 && guests % 20 === 0))
      throw new UsageError("--guests must be a multiple of 20 from 100 to 20000.");
    return { seconds, guests, exit: values.exit };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

async function demo({ seconds, guests, exit }: Options, config: Config): Promise<void> {
  const stop = stopSignal();
  // A log line for every request would bury the bar.
  const logLevel = config.logLevel === "info" ? "warn" : config.logLevel;
  const server = await createServer({ ...config, logLevel, accessTokenSeconds: LINK_SECONDS });
  try {
    console.log("Starting the server ...");
    await server.start();
    const url = graphqlUrl(server.url);
    console.log("Making a world: people, a venue, its gates and scanners, an event, tickets ...");
    const world = await makeWorld(url, guests);
    if (stop.aborted) return;
    console.log(guide(url, world));
    await play({ url, world, seconds, stop });
    if (exit || stop.aborted) return;
    console.log(`\nServing ${url} until Ctrl-C.`);
    await new Promise((resolve) => stop.addEventListener("abort", resolve, { once: true }));
  } finally {
    console.log("\nStopping ...");
    await server.close();
  }
}

/** Stays in charge of both signals to the end, since npm passes a Ctrl-C on and it arrives twice. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => controller.abort());
  return controller.signal;
}

async function play({
  url,
  world,
  seconds,
  stop,
}: {
  url: string;
  world: World;
  seconds: number;
  stop: AbortSignal;
}): Promise<void> {
  const steps = evening({ codes: world.codes, gates: world.gates.length, seed: SEED });
  const tally = new Tally();
  const live = { done: 0, inside: 0, version: 0 };
  const document =
    "subscription Live($venueId: ID!) { occupancyChanged(venueId: $venueId) { inside capacity version } }";
  // With public counts, anybody may watch: no token, and so none that could expire on the way.
  const watching = watch<{ occupancyChanged: Count }>(url, document, { venueId: world.venueId }, (message) => {
    live.inside = message.occupancyChanged.inside;
    live.version = message.occupancyChanged.version;
    tally.count(message.occupancyChanged);
  });
  const progress = new Progress(process.stdout, () => ({
    done: live.done,
    total: steps.length,
    text: standing(live.inside, world.capacity, tally),
  }));
  console.log(`An evening of ${shownNumber(steps.length)} scans in ${shownNumber(seconds)} seconds:\n`);
  progress.start();
  try {
    const done = () => void live.done++;
    await playNight({ url, world, steps, seconds, tally, signal: stop, done });
    for (let wait = 0; live.version < (tally.latest?.version ?? 0) && wait < LAST_COUNT_MILLISECONDS; wait += 50) {
      await pause(50);
    }
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    progress.stop();
    await watching.close();
  }
  console.log(`\n${[row("scans", tally.answered), ...tally.summary()].join("\n")}`);
}

function standing(inside: number, capacity: number, tally: Tally): string {
  const full = inside >= capacity ? " FULL" : "";
  return `inside ${shownNumber(inside)} of ${shownNumber(capacity)}${full}  scans ${shownNumber(tally.answered)}  refused ${shownNumber(tally.refusals)}`;
}
