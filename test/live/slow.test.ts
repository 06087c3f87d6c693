import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { type Client, connect, serve, WATCH } from "./door.js";
import { until, VENUE } from "./world.js";

const LARGE = "subscription ($venue: ID!) { counts(venue: $venue) { version padding } }";
const STALLED_MILLISECONDS = 600;

const lastVersion = (client: Client): number => {
  const { payload } = client.received.at(-1) as { payload: { data: { counts: { version: number } } } };
  return payload.data.counts.version;
};

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
  const versions = slow
    .of("slow")
    .map(({ payload }) => (payload as { data: { counts: { version: number } } }).data.counts.version);
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
