import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { type Client, connect, serve, WATCH } from "./door.js";
import { until, VENUE } from "./world.js";

const LARGE = "subscription ($venue: ID!) { counts(venue: $venue) { version padding } }";
const STALLED_MILLISECONDS = 600;

const versionsOf = (client: Client, id: string): number[] =>
  client.of(id).map(({ payload }) => (payload as { data: { counts: { version: number } } }).data.counts.version);

const lastVersion = (client: Client): number | undefined => versionsOf(client, client.received.at(-1)?.id ?? "").at(-1);

/** One that reads and one that does not, until the system takes no more for that one. */
async function stall(stalledMilliseconds: number) {
  const served = await serve({ stalledMilliseconds });
  const [quick, slow] = [
    await connect(served.url, { authorization: "device" }),
    await connect(served.url, { authorization: "device" }),
  ];
  quick.subscribe("quick", WATCH, { venue: VENUE });
  slow.subscribe("slow", LARGE, { venue: VENUE });
  await until(() => quick.of("quick").length > 0 && slow.of("slow").length > 0);
  slow.socket.pause();
  const change = async () => {
    served.live.announce({ kind: "occupancy", venueId: VENUE, version: served.venue.change() });
    await until(() => lastVersion(quick) === served.venue.version, 1_000);
    await sleep(100);
  };
  for (let round = 0; round < 25; round += 1) await change();
  return { ...served, quick, slow, change };
}

it("a client that does not read is asked to come back, lets go of all, and delays nobody else", async () => {
  const { attached, live, slow, quick, change } = await stall(STALLED_MILLISECONDS);
  await until(() => attached.size === 1, 5_000);
  expect(live.held.subscriptions).toBe(1);
  slow.socket.resume();
  await change();
  expect(quick.closeCode).toBeNull();
});

it("one that reads again in time finds what was sent, then the newest state and none between", async () => {
  const { attached, slow, venue } = await stall(60_000);
  const sent = venue.version;
  slow.socket.resume();
  await until(() => lastVersion(slow) === sent, 5_000);
  const versions = versionsOf(slow, "slow");
  expect(versions.length).toBeLessThan(sent);
  expect(versions).toEqual([...versions].sort((one, other) => one - other));
  expect(attached.size).toBe(2);
});

it("the code is one on which clients connect again", async () => {
  const { slow, attached } = await stall(STALLED_MILLISECONDS);
  // The close frame waits behind what was sent before it.
  while (attached.size === 2 && slow.closeCode === null) {
    slow.socket.resume();
    await sleep(20);
  }
  expect([1013, 1006]).toContain(await slow.closed());
});

it("what waits for one is not written over by what others are sent meanwhile", async () => {
  const { live, venue, url } = await serve({ stalledMilliseconds: 60_000 });
  const [slow, quick] = [
    await connect(url, { authorization: "device" }),
    await connect(url, { authorization: "device" }),
  ];
  quick.subscribe("six", LARGE, { venue: VENUE });
  await until(() => quick.of("six").length > 0);
  // A round goes on from the newest member, so that the other is told after these two: one that the system has begun to take,
  // and behind it one as a whole.
  for (const id of ["one", "two"]) slow.subscribe(id, LARGE, { venue: VENUE });
  await until(() => slow.of("two").length > 0);
  slow.socket.pause();
  for (let round = 0; round < 15; round += 1) {
    live.announce({ kind: "occupancy", venueId: VENUE, version: venue.change() });
    await until(() => lastVersion(quick) === venue.version, 2_000);
    // Longer than the time between two messages to one, so that all are told in the same turn.
    await sleep(150);
  }
  slow.socket.resume();
  await until(() => ["one", "two"].every((id) => versionsOf(slow, id).at(-1) === venue.version), 5_000);
  for (const id of ["one", "two"]) expect(new Set(versionsOf(slow, id)).size).toBe(slow.of(id).length);
  expect(slow.of("six")).toEqual([]);
});
