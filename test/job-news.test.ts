import type { WorkerEvents, WorkerPool } from "graphile-worker";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { gatherNews } from "../src/jobs/news.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What the worker library makes of a notice: nothing, if it tells of no jobs. */
function notify(events: WorkerEvents, nudge: (count: number) => void, channel = "jobs:insert"): void {
  const message = { channel, payload: '{"count":1}', processId: 1 };
  const workerPool = { nudge } as WorkerPool;
  events.emit("pool:listen:notification", { workerPool, message } as never);
  const { count } = JSON.parse(message.payload);
  if (count > 0) nudge(count);
}

it("tells workers of a few jobs at once, and of many that come with them together", () => {
  const nudge = vi.fn();
  const events = gatherNews();
  for (let job = 0; job < 50; job += 1) notify(events, nudge);
  expect(nudge.mock.calls).toEqual([[1], [1]]);
  vi.advanceTimersByTime(100);
  expect(nudge.mock.calls).toEqual([[1], [1], [48]]);
});

it("tells of the next ones at once again after a while", () => {
  const nudge = vi.fn();
  const events = gatherNews();
  for (let round = 1; round <= 3; round += 1) {
    notify(events, nudge);
    expect(nudge).toHaveBeenCalledTimes(round);
    vi.advanceTimersByTime(100);
  }
  expect(nudge).toHaveBeenCalledTimes(3);
});

it("holds no other notices back", () => {
  const nudge = vi.fn();
  const events = gatherNews();
  for (let notice = 0; notice < 5; notice += 1) notify(events, nudge, "worker:migrate");
  expect(nudge).toHaveBeenCalledTimes(5);
});

it.each(["pool:gracefulShutdown", "pool:forcefulShutdown"] as const)(
  "tells workers that end nothing more (%s)",
  (end) => {
    const nudge = vi.fn();
    const events = gatherNews();
    for (let job = 0; job < 5; job += 1) notify(events, nudge);
    events.emit(end, {} as never);
    vi.advanceTimersByTime(2_000);
    expect(nudge).toHaveBeenCalledTimes(2);
  },
);
