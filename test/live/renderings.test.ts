import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { type Client, connect, serve, WATCH } from "./door.js";
import { DEVICE, until, user, VENUE } from "./world.js";

const WHO = "subscription ($venue: ID!) { counts(venue: $venue) { version context who } }";

/** Of the last push to each: which execution made it. */
const contexts = (clients: readonly Client[]): number[] =>
  clients.map((client) => {
    const { payload } = client.received.at(-1) as { payload: { data: { counts: { context: number } } } };
    return payload.data.counts.context;
  });

async function serveMany(count: number, query: (index: number) => string, token = (_index: number) => "device") {
  const served = await serve();
  served.tokens.set("user", user());
  const clients = await Promise.all(
    Array.from({ length: count }, (_, index) => connect(served.url, { authorization: token(index) })),
  );
  for (const [index, client] of clients.entries()) client.subscribe(`id ${index}`, query(index), { venue: VENUE });
  await until(() => clients.every((client) => client.of(client.received.at(-1)?.id ?? "").length > 0));
  await sleep(150);
  const change = async () => {
    served.live.announce({ kind: "occupancy", venueId: VENUE, version: served.venue.change() });
    await until(() =>
      clients.every(({ received }) => JSON.stringify(received.at(-1)).includes(`"version":${served.venue.version}`)),
    );
  };
  return { ...served, clients, change };
}

it("executes a push once for all who ask the same, and sends it to each under the id of its own operation", async () => {
  const { clients, change, venue } = await serveMany(30, () => WATCH);
  const reads = venue.reads;
  await change();
  expect(new Set(contexts(clients)).size).toBe(1);
  expect(venue.reads).toBe(reads + 1);
  expect(clients.map(({ received }) => received.at(-1)?.id)).toEqual(clients.map((_, index) => `id ${index}`));
});

it("shares one read among those who ask differently, and executes each question once", async () => {
  const named = (index: number) => WATCH.replace("subscription", `subscription Named${index % 3}`);
  const { clients, change, venue } = await serveMany(12, named);
  const reads = venue.reads;
  await change();
  expect(new Set(contexts(clients)).size).toBe(3);
  expect(venue.reads).toBe(reads + 1);
});

it("executes for each credential by itself what looks at who asks", async () => {
  const { clients, change } = await serveMany(
    8,
    () => WHO,
    (index) => (index % 2 === 0 ? "device" : "user"),
  );
  for (let round = 0; round < 3; round += 1) {
    await change();
    const made = contexts(clients);
    expect(new Set(made).size).toBe(2);
    for (const [index, { received }] of clients.entries()) {
      expect(JSON.stringify(received.at(-1))).toContain(`"who":"${index % 2 === 0 ? DEVICE.kind : "user"}"`);
      expect(made[index]).toBe(made[index % 2]);
    }
    await sleep(120);
  }
});
