import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, it } from "vitest";
import { decodeId } from "../src/schema/ids.js";
import { type Client, on } from "./setup/client.js";
import { enter } from "./setup/doors.js";
import { codes } from "./setup/race.js";
import { type RedisProxy, startRedisProxy } from "./setup/redis-proxy.js";
import {
  expectConsistent,
  expectRising,
  type GateState,
  readVenue,
  type Screen,
  timeless,
  type VenueState,
  watchGate,
  watchVenue,
} from "./setup/screens.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { type Venue, World } from "./setup/world.js";

/** Far less than the two seconds after which a node looks without having been told. */
const TOLD_MILLISECONDS = 500;
/** The poll, and the time that it takes. */
const UNTOLD_MILLISECONDS = 2_500;
/** Longer than a node waits before it tries to reach Redis again. */
const RECONNECTION_MILLISECONDS = 1_500;

let proxy: RedisProxy;
let near: TestGatehouse;
let far: TestGatehouse;
let world: World;
beforeAll(async () => {
  proxy = await startRedisProxy(inject("redisUrl"));
  near = await startGatehouse({ redisUrl: proxy.url });
  far = await startGatehouse({ redisUrl: proxy.url, databaseUrl: near.databaseUrl });
  world = new World(near.url);
});
afterAll(async () => {
  await expectCountsRight(near);
  await Promise.all([near.close(), far.close()]);
  await proxy[Symbol.asyncDispose]();
});

let venue: Venue;
let device: Client;
/** Codes that nobody has come with yet. */
let waiting: string[];
beforeEach(async () => {
  venue = await world.venue({ capacity: 1_000, gates: ["A", "B"] });
  waiting = codes(100);
  await (await venue.event()).tickets(waiting);
  device = (await venue.device("A")).client;
});
afterEach(() => proxy.mend());

async function scanNext(client = device): Promise<void> {
  expect(await enter(client, waiting.shift() ?? "")).toBe("ACCEPTED");
}

const screensOn = (node: TestGatehouse) => ({
  venue: watchVenue(on(node, venue.owner.client), venue.id),
  gate: watchGate(on(node, device), venue.gate("A")),
});

/** Milliseconds from a scan's answer, or before, until every screen has it; half of the times it takes less. */
async function medianDelay(scanner: Client, screens: readonly (Screen<VenueState> | Screen<GateState>)[], times = 3) {
  const delays: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const expected = 100 - waiting.length + 1;
    const shown = screens.map((screen) => screen.waitFor(({ state }) => state.inside === expected));
    await scanNext(scanner);
    const answered = performance.now();
    await Promise.all(shown);
    delays.push(performance.now() - answered);
    // Past the least time between two messages.
    await sleep(120);
  }
  return delays.sort((one, other) => one - other)[Math.floor(times / 2)];
}

/** Scans while Redis is of no use, and holds what may not suffer from that. */
async function expectUntoldScreensRight(): Promise<void> {
  await using here = watchVenue(venue.owner.client, venue.id);
  await using there = watchVenue(on(far, venue.owner.client), venue.id);
  await using gateThere = watchGate(on(far, device), venue.gate("A"));
  await Promise.all([here.next(), there.next(), gateThere.next()]);
  const begun = performance.now();
  for (let count = 0; count < 20; count += 1) await scanNext();
  expect(performance.now() - begun, "20 scans, one after the other").toBeLessThan(3_000);
  const expected = 100 - waiting.length;
  await Promise.all([
    here.waitFor(({ state }) => state.inside === expected, TOLD_MILLISECONDS),
    there.waitFor(({ state }) => state.inside === expected, UNTOLD_MILLISECONDS),
    gateThere.waitFor(({ state }) => state.inside === expected, UNTOLD_MILLISECONDS),
  ]);
  for (const screen of [here, there]) {
    const last = screen.messages.at(-1)?.state;
    expect(last && timeless(last)).toEqual(timeless(await readVenue(venue.owner.client, venue.id)));
    expectConsistent(screen);
  }
}

it("shows a scan on the screens of another node as soon as the message comes, either way", async () => {
  await using stack = new AsyncDisposableStack();
  for (const [scanner, watcher] of [
    [near, far],
    [far, near],
  ] as const) {
    const screens = screensOn(watcher);
    stack.use(screens.venue);
    stack.use(screens.gate);
    await Promise.all([screens.venue.next(), screens.gate.next()]);
    await sleep(200);
    const delay = await medianDelay(on(scanner, device), [screens.venue, screens.gate]);
    expect(delay).toBeLessThan(TOLD_MILLISECONDS);
  }
});

it("shows the same last state on all nodes when they scan at the same time", async () => {
  const scanners = [device, on(far, (await venue.device("B")).client)];
  await using here = watchVenue(venue.owner.client, venue.id);
  await using there = watchVenue(on(far, venue.owner.client), venue.id);
  await using gateThere = watchGate(on(far, venue.owner.client), venue.gate("B"));
  await Promise.all([here.next(), there.next(), gateThere.next()]);
  while (waiting.length > 0) await Promise.all([...scanners, ...scanners].map((client) => scanNext(client)));
  await Promise.all([
    here.waitFor(({ state }) => state.inside === 100, TOLD_MILLISECONDS),
    there.waitFor(({ state }) => state.inside === 100, TOLD_MILLISECONDS),
    gateThere.waitFor(({ state }) => state.inside === 50, TOLD_MILLISECONDS),
  ]);
  const expected = timeless(await readVenue(venue.owner.client, venue.id));
  for (const screen of [here, there]) {
    expectConsistent(screen);
    expect(screen.messages.at(-1)).toBeDefined();
    expect(screen.messages.slice(-1).map(({ state }) => timeless(state))).toEqual([expected]);
  }
  expectRising(gateThere.messages.map(({ state }) => state));
});

it("scans as ever and shows the last state everywhere while Redis is cut off, and is quick again once it is back", async () => {
  proxy.cut();
  await expectUntoldScreensRight();
  const screens = screensOn(far);
  await using stack = new AsyncDisposableStack();
  stack.use(screens.venue);
  stack.use(screens.gate);
  await Promise.all([screens.venue.next(), screens.gate.next()]);
  proxy.mend();
  await sleep(RECONNECTION_MILLISECONDS);
  expect(await medianDelay(device, [screens.venue, screens.gate])).toBeLessThan(TOLD_MILLISECONDS);
});

it("does so too while Redis takes everything and answers nothing", async () => {
  await using before = watchVenue(on(far, venue.owner.client), venue.id);
  await before.next();
  proxy.stall();
  await expectUntoldScreensRight();
  proxy.mend();
  await before.waitFor(({ state }) => state.inside === 20);
  expect(await medianDelay(device, [before])).toBeLessThan(TOLD_MILLISECONDS);
});

it("starts while Redis is away, and hears of the others once it is there", async () => {
  await using ownProxy = await startRedisProxy(inject("redisUrl"), "cut");
  const begun = performance.now();
  await using late = await startGatehouse({ redisUrl: ownProxy.url, databaseUrl: near.databaseUrl });
  expect(performance.now() - begun).toBeLessThan(5_000);
  await using screen = watchVenue(on(late, venue.owner.client), venue.id);
  expect((await screen.next()).state.inside).toBe(0);
  await scanNext(on(late, device));
  await screen.waitFor(({ state }) => state.inside === 1, TOLD_MILLISECONDS);
  await scanNext();
  await screen.waitFor(({ state }) => state.inside === 2, UNTOLD_MILLISECONDS);
  ownProxy.mend();
  await sleep(RECONNECTION_MILLISECONDS);
  expect(await medianDelay(device, [screen])).toBeLessThan(TOLD_MILLISECONDS);
});

it("listens to a venue's news only while somebody watches it", async () => {
  const redis = new Redis(inject("redisUrl"));
  const listeners = async () => {
    const channel = `gatehouse:venue:${decodeId("ven", venue.id)}`;
    return (await redis.pubsub("NUMSUB", channel))[1];
  };
  expect(await listeners()).toBe(0);
  const screens = [screensOn(near), screensOn(far)].flatMap((each) => [each.venue, each.gate]);
  await Promise.all<unknown>(screens.map((screen) => screen.next()));
  await expect.poll(listeners).toBe(2);
  await Promise.all(screens.map((screen) => screen.close()));
  await expect.poll(listeners).toBe(0);
  redis.disconnect();
});
