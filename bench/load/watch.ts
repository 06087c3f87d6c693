import { setTimeout as pause } from "node:timers/promises";
import { answerOrders } from "../orders.js";
import { Arrivals, type Told } from "./arrivals.js";
import type { Change } from "./changes.js";
import { Watcher } from "./watcher.js";

export type WatchOrder =
  /** Answers when everybody has had a first state. */
  | Join
  /** Answers when everybody has been told of this version. */
  | { readonly order: "reach"; readonly version: number }
  /** Answers how everybody was told of all changes since the last account. */
  | { readonly order: "account"; readonly changes: readonly Change[] }
  | { readonly order: "leave" };

interface Join {
  readonly order: "join";
  readonly url: string;
  readonly venueId: string;
  readonly subscribers: number;
  /** Of every other subscriber, in turn; the rest are anonymous. */
  readonly tokens: readonly string[];
}

/** That many connect at a time. */
const AT_A_TIME = 50;
const LOOK_MILLISECONDS = 20;
const PATIENCE_MILLISECONDS = 60_000;

let watchers: Watcher[] = [];
let arrivals = new Arrivals(0);
let failure: Error | null = null;

answerOrders(async (asked: WatchOrder): Promise<Told | null> => {
  if (asked.order === "join") return await join(asked);
  if (asked.order === "account") return account(asked.changes);
  if (asked.order === "reach") return await reach(asked.version);
  for (const watcher of watchers) watcher.close();
  watchers = [];
  return null;
});

async function join({ url, venueId, subscribers, tokens }: Join): Promise<null> {
  arrivals = new Arrivals(subscribers);
  const fresh = arrivals;
  for (let from = 0; from < subscribers; from += AT_A_TIME) {
    for (let index = from; index < Math.min(from + AT_A_TIME, subscribers); index += 1) {
      const token = index % 2 === 0 ? null : (tokens[Math.floor(index / 2) % tokens.length] ?? null);
      watchers.push(openWatcher({ url, venueId, token }, index, fresh));
    }
    await until(() => fresh.behind(0) <= subscribers - watchers.length);
  }
  arrivals.forget();
  return null;
}

function openWatcher(watched: ConstructorParameters<typeof Watcher>[0], index: number, into: Arrivals): Watcher {
  return new Watcher(watched, {
    arrived: (version, bytes) => into.add(index, version, bytes),
    failed: (error) => {
      failure ??= error;
    },
  });
}

async function reach(version: number): Promise<null> {
  await until(() => arrivals.behind(version) === 0);
  return null;
}

function account(changes: readonly Change[]): Told {
  const told = arrivals.account(changes);
  arrivals.forget();
  return told;
}

/** Throws when a subscriber has failed, and when it takes too long. */
async function until(isSo: () => boolean): Promise<void> {
  const latest = performance.now() + PATIENCE_MILLISECONDS;
  while (!isSo()) {
    if (failure !== null) throw failure;
    if (performance.now() > latest) throw new Error("the subscribers were not told in time");
    await pause(LOOK_MILLISECONDS);
  }
}
