import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { Feed } from "../../src/live/feed.js";

const SPACING = 100;
const MEMBERS = 1_000;
const CHANGING_MILLISECONDS = 1_000;

/** Changes something all the time before members of whom each takes so long to tell; answers the reads in a spacing. */
async function readsInASpacing(milliseconds: number): Promise<number> {
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
  const offer = () => {
    const until = performance.now() + milliseconds;
    while (performance.now() < until);
  };
  const leave = Array.from({ length: MEMBERS }, () => feed.join({ offer }));
  await sleep(2 * SPACING + MEMBERS * milliseconds);
  const begun = performance.now();
  reads = 0;
  while (performance.now() - begun < CHANGING_MILLISECONDS) {
    version += 1;
    feed.announced(version, Date.now());
    await sleep(2);
  }
  feed.close();
  for (const go of leave) go();
  return reads / ((performance.now() - begun) / SPACING);
}

it("reads once in a spacing, however often something changes", async () => {
  expect(await readsInASpacing(0)).toBeLessThan(1.3);
});

it("reads more often while it takes longer than that to tell all", async () => {
  expect(await readsInASpacing(0.2)).toBeGreaterThan(1.6);
});
