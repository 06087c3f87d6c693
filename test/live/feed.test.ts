import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { Feed } from "../../src/live/feed.js";

const SPACING = 100;
const MEMBERS = 1_000;
const CHANGING_MILLISECONDS = 1_000;

it("reads once in a spacing, however often something changes", async () => {
  let version = 0;
  let reads = 0;
  const feed = new Feed({
    read: async () => {
      reads += 1;
      return { version };
    },
    times: { spacing: SPACING, poll: 10_000, retry: 500 },
    warn: () => {},
  });
  const leave = Array.from({ length: MEMBERS }, () => feed.join({ offer: () => null }));
  await sleep(2 * SPACING);
  const begun = performance.now();
  reads = 0;
  while (performance.now() - begun < CHANGING_MILLISECONDS) {
    version += 1;
    feed.announced(version, Date.now());
    await sleep(2);
  }
  feed.close();
  for (const go of leave) go();
  expect(reads / ((performance.now() - begun) / SPACING)).toBeLessThan(1.3);
});
