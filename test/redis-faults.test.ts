import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Client } from "./setup/client.js";
import { enter } from "./setup/doors.js";
import { freePort } from "./setup/ports.js";
import { codes } from "./setup/race.js";
import { type RedisProxy, startRedisProxy } from "./setup/redis-proxy.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import type { Subscription } from "./setup/subscription.js";
import { expectCountsRight } from "./setup/verify.js";
import { made, type Venue, World } from "./setup/world.js";
import { RedisProcess } from "./torture/redis-process.js";

/** The poll, and the time that it takes; anomalies are read less often. */
const UNTOLD_MILLISECONDS = 3_500;
/** Far less than the poll. */
const TOLD_MILLISECONDS = 700;
const RECONNECTION_MILLISECONDS = 1_500;
/** Twenty scans and five reservations, one after the other; a Redis that was waited for would take seconds for each. */
const WORK_MILLISECONDS = 3_000;

let redis: RedisProcess;
let proxy: RedisProxy;
let near: TestGatehouse;
let far: TestGatehouse;
beforeAll(async () => {
  redis = await new RedisProcess(await freePort()).start();
  proxy = await startRedisProxy(redis.url);
  near = await startGatehouse({ redisUrl: proxy.url });
  far = await startGatehouse({ redisUrl: proxy.url, databaseUrl: near.databaseUrl });
});
afterAll(async () => {
  await expectCountsRight(near);
  await Promise.all([near.close(), far.close()]);
  await proxy[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});

const SUBSCRIPTIONS: Readonly<Record<string, string>> = {
  counts: "occupancyChanged(venueId: $venue) { inside }",
  gate: "gateOccupancyChanged(gateId: $gate) { inside }",
  scans: "scanRecorded(venueId: $venue) { id }",
  anomalies: "anomalyDetected(venueId: $venue) { kind }",
  alerts: "capacityAlertRaised(venueId: $venue) { thresholdPercent }",
  availability: "availabilityChanged(eventId: $event) { ticketsAvailable }",
};

/** A venue on the near node, and somebody on the far one who watches all that there is to watch of it. */
async function open() {
  const venue = await new World(near.url).venue({ capacity: 100 });
  await made(venue.owner.client, "updateVenue", "UpdateVenueInput", "venue { id }", {
    venueId: venue.id,
    alertThresholdPercents: [5],
  });
  const event = await venue.event();
  const waiting = codes(60);
  await event.tickets(waiting);
  const { client } = await venue.device();
  const watcher = new Client(far.url, venue.owner.client.token);
  const ids = { venue: venue.id, gate: venue.gate(), event: event.id };
  const screens = Object.entries(SUBSCRIPTIONS).map(([name, field]) => {
    const [variable = ""] = /\$\w+/.exec(field) ?? [];
    return [name, watcher.subscribe(`subscription (${variable}: ID!) { ${field} }`, ids)] as const;
  });
  // Those that show a state have begun; the others begin no later than that.
  for (const name of ["counts", "gate", "availability"]) await new Map(screens).get(name)?.next();
  await sleep(300);
  return { venue, event, client, waiting, screens };
}

const reserve = (venue: Venue, eventId: string, ticketTypeId: string | undefined) =>
  made(venue.owner.client, "reserveTickets", "ReserveTicketsInput", "reservation { id }", {
    eventId,
    items: [{ ticketTypeId, quantity: 1 }],
    idempotencyKey: crypto.randomUUID(),
  });

type Opened = Awaited<ReturnType<typeof open>>;

/** Entries, one of them twice, past the threshold, and reservations. */
async function work({ venue, event, client, waiting }: Opened): Promise<void> {
  const twice = waiting[0] ?? "";
  for (const code of waiting.splice(0, 19)) await enter(client, code);
  expect(await enter(client, twice)).toBe("ALREADY_INSIDE");
  for (let count = 0; count < 5; count += 1) await reserve(venue, event.id, event.types.get("Standard"));
}

const FAULTS: Readonly<Record<string, { begin: () => unknown; end: () => unknown }>> = {
  hangs: { begin: () => redis.signal("SIGSTOP"), end: () => redis.signal("SIGCONT") },
  "is killed and started again": { begin: () => redis.kill(), end: () => redis.start() },
  "is slow and forgets all": { begin: () => redis.flush().then(() => proxy.delay(500)), end: () => proxy.mend() },
};

it.each(Object.keys(FAULTS))(
  "while Redis %s, work goes on as ever and every screen of another node is told all",
  async (name) => {
    const fault = FAULTS[name];
    const opened = await open();
    const told = new Map(opened.screens.map(([screen, { messages }]) => [screen, messages.length]));
    await fault?.begin();
    const begun = performance.now();
    await work(opened);
    expect(performance.now() - begun).toBeLessThan(WORK_MILLISECONDS);
    for (const [screen, { messages }] of opened.screens) {
      await expect
        .poll(() => messages.length, { timeout: UNTOLD_MILLISECONDS, message: screen })
        .toBeGreaterThan(told.get(screen) ?? 0);
    }
    const all = new Map<string, Subscription<unknown>>(opened.screens);
    await expect.poll(() => all.get("scans")?.messages.length, { timeout: UNTOLD_MILLISECONDS }).toBe(20);
    expect(JSON.stringify(all.get("counts")?.messages.at(-1))).toContain('"inside":19');
    await fault?.end();
    await sleep(RECONNECTION_MILLISECONDS);
    const before = all.get("counts")?.messages.length ?? 0;
    await enter(opened.client, opened.waiting.shift() ?? "");
    await expect
      .poll(() => all.get("counts")?.messages.length, { timeout: TOLD_MILLISECONDS, interval: 10 })
      .toBe(before + 1);
    await Promise.all(opened.screens.map(([, screen]) => screen.close()));
  },
);
