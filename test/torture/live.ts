import { setTimeout as sleep } from "node:timers/promises";
import { decodeId } from "../../src/schema/ids.js";
import { freePort } from "../setup/ports.js";
import { startRedisProxy } from "../setup/redis-proxy.js";
import { World } from "../setup/world.js";
import type { Random } from "./random.js";
import { RedisProcess } from "./redis-process.js";
import { Scanner } from "./scanner.js";
import type { Scenario } from "./scenario.js";
import { Stage } from "./stage.js";
import { Watcher } from "./watcher.js";

const NODES = 3;
const WATCHERS = 9;
const SCANNERS = 4;
const TICKETS = 200;
const FAULT_MILLISECONDS = 1_200;
/** After the last fault: the longest wait for a poll or a reconnection, and some. */
const CONVERGE_MILLISECONDS = 10_000;

/**
 * Scans, screens that come and go, faults of Redis and of the way to it, servers that are killed; a round is one fault. In the end
 * every screen must show what the database has, and have been sent every scan once, in the order of the commits.
 */
export const live: Scenario = {
  name: "live",
  what: "screens on three nodes while Redis, the way to it and the nodes fail",
  rounds: 40,
  run: async (random, rounds, report) => {
    await using stage = await Stage.open();
    const redis = stage.use(await new RedisProcess(await freePort()).start());
    const proxy = stage.use(await startRedisProxy(redis.url));
    for (let node = 0; node < NODES; node += 1) await stage.addServer({ REDIS_URL: proxy.url });
    const urls = stage.servers.map(({ url }) => url);
    const { venue, codes, first, token } = await openVenue(urls[0] ?? "");
    let isOver = false;
    const scanners = codes.map((own) => new Scanner(urls, token, own, random));
    const scanning = scanners.map((scanner) => scanner.scanUntil(() => isOver, 60));
    const watchers = Array.from(
      { length: WATCHERS },
      () => new Watcher(urls, venue.owner.client.token, venue.id, first, random),
    );
    const watching = watchers.map((watcher) => watcher.watch());

    const faults = faultsOf(stage, redis, proxy, random);
    for (let round = 0; round < rounds; round += 1) {
      const [name, make] = random.pick(Object.entries(faults));
      report(`round ${round + 1} of ${rounds}: ${name}`);
      await make();
      await sleep(random.between(100, FAULT_MILLISECONDS));
    }
    isOver = true;
    await Promise.all(scanning);
    const problems = await compare(stage, venue.id, watchers, scanners);
    for (const watcher of watchers) watcher.stop();
    await Promise.all(watching);
    const complaints = watchers.flatMap((watcher) => watcher.complaints);
    const acknowledged = scanners.reduce((sum, scanner) => sum + scanner.acknowledged.size, 0);
    return {
      problems: [...problems, ...complaints, ...(await stage.wrongCounts())],
      figures: { acknowledged, away: [] },
    };
  },
};

async function openVenue(url: string) {
  const venue = await new World(url).venue({ capacity: 10_000, gates: ["A"] });
  const codes = Array.from({ length: SCANNERS }, (_, scanner) =>
    Array.from({ length: TICKETS / SCANNERS }, (_each, index) => `${scanner}-${index}`),
  );
  const event = await venue.event({}, [{ name: "Standard", quantity: TICKETS }]);
  await event.tickets(codes.flat());
  const { token } = await venue.device("A");
  const before = new Scanner([url], token, ["nobody"], { pick: (items: readonly string[]) => items[0] } as Random);
  await before.scan();
  const [scan] = before.acknowledged.values();
  return { venue, codes, token, first: scan?.id ?? "" };
}

function faultsOf(
  stage: Stage,
  redis: RedisProcess,
  proxy: Awaited<ReturnType<typeof startRedisProxy>>,
  random: Random,
): Readonly<Record<string, () => Promise<void>>> {
  const lasting = () => sleep(random.between(200, 2_500));
  const endNode = async (signal: "SIGKILL" | "SIGTERM") => {
    const server = random.pick(stage.servers);
    await server.end(signal);
    await lasting();
    await server.start();
  };
  return {
    "the way to Redis is cut": async () => {
      proxy.cut();
      await lasting();
      proxy.mend();
    },
    "the way to Redis loses all": async () => {
      proxy.stall();
      await lasting();
      proxy.mend();
    },
    "Redis hangs": async () => {
      redis.signal("SIGSTOP");
      await lasting();
      redis.signal("SIGCONT");
    },
    "Redis is killed": async () => {
      await redis.kill();
      await lasting();
      await redis.start();
    },
    "Redis is flushed": () => redis.flush(),
    "a node is killed": () => endNode("SIGKILL"),
    "a node is stopped": () => endNode("SIGTERM"),
  };
}

/** Waits until all have caught up, and tells who has not, and what was lost or came twice. */
async function compare(
  stage: Stage,
  venueId: string,
  watchers: readonly Watcher[],
  scanners: readonly Scanner[],
): Promise<string[]> {
  const id = decodeId("ven", venueId);
  const stored = await stage.sql<{ id: string; key: string }>(
    "select id, key from scans where venue_id = $1 order by version offset 1",
    [id],
  );
  const [counts] = await stage.sql<{ version: string; inside: number; entries: number }>(
    "select version, inside, entries, exits, refusals from occupancies where id = $1",
    [id],
  );
  const expected = { ...counts, version: Number(counts?.version) };
  const isThere = (watcher: Watcher) =>
    watcher.state?.version === expected.version && watcher.scans.length >= stored.length;
  for (let waited = 0; !watchers.every(isThere) && waited < CONVERGE_MILLISECONDS; waited += 50) await sleep(50);
  const problems: string[] = [];
  const ids = stored.map((scan) => scan.id);
  for (const [index, { scans, state }] of watchers.entries()) {
    if (JSON.stringify(sorted(state)) !== JSON.stringify(sorted(expected))) {
      problems.push(`watcher ${index} shows ${JSON.stringify(state)} instead of ${JSON.stringify(expected)}`);
    }
    const wrong = scans.findIndex((scan, position) => decodeId("scn", scan) !== ids[position]);
    if (wrong >= 0 || scans.length !== ids.length) {
      problems.push(
        `watcher ${index} was sent ${scans.length} scans of ${ids.length}; the first that is wrong: ${wrong}`,
      );
    }
  }
  const times = Map.groupBy(stored, ({ key }) => key);
  for (const key of scanners.flatMap(({ acknowledged }) => [...acknowledged.keys()])) {
    if (times.get(key)?.length !== 1) problems.push(`the scan ${key} is stored ${times.get(key)?.length ?? 0} times`);
  }
  return problems;
}

const sorted = (counts: object | null): unknown => Object.entries(counts ?? {}).sort();
