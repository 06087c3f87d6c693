import { setTimeout as pause } from "node:timers/promises";
import { now } from "./clock.js";

/** Milliseconds of the clock that all processes share. */
export interface Change {
  readonly sent: number;
  readonly answered: number;
  /** Of the state that holds it. */
  readonly version: number;
}

/** Makes one change after the other. */
export interface Changer {
  /** Answers the version that holds it. */
  change(): Promise<number>;
  close(): void;
}

/** As fast as the changers go, so many in all. */
export async function hurry(changers: readonly Changer[], count: number): Promise<void> {
  let left = count;
  const run = async (changer: Changer): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await changer.change();
    }
  };
  await Promise.all(changers.map(run));
}

/**
 * So many changes, each sent when it is due, whatever has become of those before it: whoever waits at a slow server's door
 * waits from the moment they came to it. The changers take turns.
 */
export async function changeEvery(
  changers: readonly Changer[],
  count: number,
  milliseconds: number,
): Promise<readonly Change[]> {
  const queues = changers.map((changer) => ({ changer, last: Promise.resolve() as Promise<unknown> }));
  const changes: Promise<Change>[] = [];
  const begun = now();
  for (let index = 0; index < count; index += 1) {
    await pause(Math.max(0, begun + index * milliseconds - now()));
    const queue = queues[index % queues.length];
    if (queue === undefined) throw new Error("nobody makes changes");
    const change = timedChange(queue.changer, queue.last);
    // A failure is told at the end, with all the others.
    change.catch(() => {});
    queue.last = change;
    changes.push(change);
  }
  return await Promise.all(changes);
}

async function timedChange(changer: Changer, before: Promise<unknown>): Promise<Change> {
  const sent = now();
  await before;
  const version = await changer.change();
  return { sent, answered: now(), version };
}
