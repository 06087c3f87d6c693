import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { Feed } from "../../src/live/feed.js";
import { until } from "./world.js";

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

describe("changes that the node knows", () => {
  /** A count that is its own version: what was told of it, and how often it was read. */
  function counting({ poll = 60_000 }: { poll?: number } = {}) {
    const told: number[] = [];
    /** A slow one answers what was there when it began. */
    const at = { stored: 1, reads: 0, isSlow: false };
    const feed = new Feed<{ readonly version: number }>({
      read: async () => {
        at.reads += 1;
        const early = at.stored;
        await sleep(10);
        return { version: at.isSlow ? early : at.stored };
      },
      times: { spacing: 20, poll, retry: 500 },
      warn: () => {},
    });
    onTestFinished(() => feed.close());
    /** Commits the next change, and announces it with what it did, where it is known. */
    const change = ({ isKnown = true }: { isKnown?: boolean } = {}) => {
      const from = at.stored;
      at.stored += 1;
      const follow = (state: { version: number }) => (state.version === from ? { version: from + 1 } : null);
      feed.announced(at.stored, Date.now(), isKnown ? follow : undefined);
    };
    const join = () => feed.join({ offer: ({ version }) => void told.push(version) });
    return { feed, at, told, change, join, isTold: () => until(() => told.at(-1) === at.stored) };
  }

  it("are told without a read, one by one and together", async () => {
    const { at, told, change, join, isTold } = counting();
    join();
    await isTold();
    change();
    await isTold();
    await sleep(30);
    change();
    change();
    change();
    await isTold();
    expect(told).toEqual([1, 2, 5]);
    expect(at.reads).toBe(1);
  });

  it.each([
    ["before", [false, true]],
    ["behind", [true, false]],
  ])("are read with one %s them that is not known, and known again from then on", async (_, known) => {
    const { at, change, join, isTold } = counting();
    join();
    await isTold();
    for (const isKnown of known) change({ isKnown });
    await isTold();
    expect(at.reads).toBe(2);
    change();
    await isTold();
    expect(at.reads).toBe(2);
  });

  it("are read for one who joins, and may know of what nobody told the node", async () => {
    const { feed, at, change, join, isTold } = counting();
    join();
    await isTold();
    change();
    at.stored += 1;
    const first = await new Promise((resolve) => feed.join({ offer: ({ version }) => resolve(version) }));
    expect(first).toBe(at.stored);
  });

  it("are read where one is missing that nobody told of", async () => {
    const { at, change, join, isTold } = counting();
    join();
    await isTold();
    at.stored += 1;
    change();
    await isTold();
    expect(at.reads).toBe(2);
  });

  it.each([{ isSlow: false }, { isSlow: true }])(
    "are not read again where they come while a read is under way (%o)",
    async ({ isSlow }) => {
      const { feed, at, told, change, join, isTold } = counting();
      Object.assign(at, { isSlow });
      join();
      await isTold();
      feed.refresh();
      await until(() => at.reads === 2);
      change();
      await isTold();
      change();
      await isTold();
      expect(at.reads).toBe(2);
      expect(told).toEqual(told.toSorted((one, other) => one - other));
    },
  );

  it("are read all the same, once in a poll", async () => {
    const poll = 300;
    const { at, change, join, isTold } = counting({ poll });
    join();
    await isTold();
    const begun = performance.now();
    while (performance.now() - begun < 4 * poll) {
      change();
      await sleep(10);
    }
    await isTold();
    expect(at.reads).toBeGreaterThanOrEqual(4);
    expect(at.reads).toBeLessThanOrEqual(2 + Math.ceil((performance.now() - begun) / poll));
  });
});
