import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { expect, inject, it, onTestFinished } from "vitest";
import { createBus } from "../../src/live/bus.js";
import type { Live } from "../../src/live/live.js";
import type { Bus } from "../../src/live/message-bus.js";
import type { RedisClusterMode } from "../../src/live/redis-connection.js";
import { startRedisCluster } from "../setup/redis.js";
import { collect, QUIET, startNode, until, user, VENUE, Venue, watching } from "./world.js";

const busFor = (redisUrl: string, prefix: string, redisCluster: RedisClusterMode = "off"): Bus =>
  createBus({ redisUrl, redisCluster, logger: QUIET, prefix });

/** A way to Redis that can be cut. Open at first only if so wished. */
async function startProxy({ isOpen }: { isOpen: boolean }) {
  const target = new URL(inject("redisUrl"));
  const sockets = new Set<Socket>();
  let open = isOpen;
  const server = createServer((near) => {
    if (!open) return near.destroy();
    const far = connect(Number(target.port), target.hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on("error", () => {}).on("close", () => other.destroy());
    }
    return near.pipe(far).pipe(near);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === "object" ? address?.port : address;
  return {
    url: `redis://127.0.0.1:${port}`,
    cut: () => {
      open = false;
      for (const socket of sockets) socket.destroy();
    },
    mend: () => {
      open = true;
    },
  };
}

it("carries a change from one node to the screens of another, and ended rights too", async () => {
  const venue = new Venue();
  const prefix = `${randomUUID()}:`;
  const near = startNode(venue, busFor(inject("redisUrl"), prefix));
  const far = startNode(venue, busFor(inject("redisUrl"), prefix));
  const { values, ended } = collect(far.occupancyChanged(watching(user())));
  await until(() => values.length === 1);
  await sleep(300);
  near.announce({ kind: "occupancy", venueId: VENUE, version: venue.change() });
  await until(() => values.length === 2, 250);
  venue.verdict = "forbidden";
  near.announce({ kind: "rights", credentialId: "session" });
  const begun = performance.now();
  await expect(ended).rejects.toMatchObject({ code: "FORBIDDEN" });
  expect(performance.now() - begun).toBeLessThan(500);
});

it("does not disturb a system with another prefix", async () => {
  const venue = new Venue();
  const near = startNode(venue, busFor(inject("redisUrl"), `${randomUUID()}:`));
  const far = startNode(venue, busFor(inject("redisUrl"), `${randomUUID()}:`));
  const { values } = collect(far.occupancyChanged(watching(user())));
  await until(() => values.length === 1);
  await sleep(300);
  const { reads } = venue;
  near.announce({ kind: "occupancy", venueId: VENUE, version: venue.change() });
  await sleep(250);
  expect(venue.reads).toBe(reads);
});

it("starts while Redis is away, serves its own screens without delay, and hears of others once it is there", async () => {
  const venue = new Venue();
  const prefix = `${randomUUID()}:`;
  const proxy = await startProxy({ isOpen: false });
  const cutOff = startNode(venue, busFor(proxy.url, prefix));
  const { values } = collect(cutOff.occupancyChanged(watching(user())));
  await until(() => values.length === 1, 500);
  await sleep(150);
  cutOff.announce({ kind: "occupancy", venueId: VENUE, version: venue.change() });
  await until(() => values.length === 2, 200);
  proxy.mend();
  await sleep(1500);
  const other = startNode(venue, busFor(inject("redisUrl"), prefix));
  await sleep(100);
  other.announce({ kind: "occupancy", venueId: VENUE, version: venue.change() });
  await until(() => values.length === 3, 250);
});

it("reads again at once when Redis comes back, and lets go of what it held meanwhile", async () => {
  const venue = new Venue();
  const prefix = `${randomUUID()}:`;
  const proxy = await startProxy({ isOpen: true });
  const node = startNode(venue, busFor(proxy.url, prefix));
  const { values } = collect(node.occupancyChanged(watching(user())));
  await until(() => values.length === 1);
  proxy.cut();
  const left = node.occupancyChanged({ ...watching(user()), venueId: OTHER_VENUE });
  await left.next();
  await left.return();
  await sleep(300);
  venue.change();
  proxy.mend();
  await until(() => values.length === 2, 1400);
  expect(node.held).toEqual({ subscriptions: 1, feeds: 1, readers: 1 });
});

it("goes on without the news of others when Redis refuses its topics", async () => {
  const venue = new Venue();
  const { url, admin } = await limitedUser();
  const node = startNode(venue, busFor(url, "not-allowed:"));
  const { values } = collect(node.occupancyChanged(watching(user())));
  await until(() => values.length === 1);
  await sleep(200);
  node.announce({ kind: "occupancy", venueId: VENUE, version: venue.change() });
  await until(() => values.length === 2, 250);
  expect(await admin.call("acl", "log")).not.toEqual([]);
});

it("closes while Redis is away", async () => {
  const bus = busFor("redis://127.0.0.1:1", "never:");
  bus.subscribe("topic", () => {}).catch(() => {});
  bus.publish("topic", { version: 1 });
  await sleep(50);
  await bus.close();
});

/** The address of Redis for a user who may use no channel. */
async function limitedUser(): Promise<{ url: string; admin: Redis }> {
  const admin = new Redis(inject("redisUrl"));
  const url = new URL(inject("redisUrl"));
  const name = `limited-${randomUUID()}`;
  await admin.call("acl", "setuser", name, "on", ">secret", "+@all", "resetchannels");
  onTestFinished(async () => {
    await admin.call("acl", "deluser", name);
    admin.disconnect();
  });
  url.username = name;
  url.password = "secret";
  return { url: url.href, admin };
}

const OTHER_VENUE = "0190a0a0-0000-7000-8000-000000000009";

it.each(["on", "sharded"] as const)("carries changes through a cluster (%s)", async (mode) => {
  const redis = await startRedisCluster();
  onTestFinished(() => redis.stop());
  const venue = new Venue();
  const [near, far] = ["a", "b"].map(() => startNode(venue, busFor(`${redis.url}, ${redis.url}`, "", mode))) as [
    Live,
    Live,
  ];
  const { values } = collect(far.occupancyChanged(watching(user())));
  await until(() => values.length === 1);
  await sleep(500);
  near.announce({ kind: "occupancy", venueId: VENUE, version: venue.change() });
  await until(() => values.length === 2, 400);
});
