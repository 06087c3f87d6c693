import { Fault } from "../errors.js";
import { Stopped } from "./body.js";

/** A server's: each holds a connection of the database's and a batch of lines, and the gates come first. */
const MOST_AT_ONCE = 2;

/** The imports under way on this server. */
export class Imports {
  private readonly stoppers = new Map<AbortController, Promise<unknown>>();
  private isClosing = false;

  /** Runs one if there is room for it; `signal` is aborted when it is to stop. Throws OVERLOADED. */
  async run<Result>(work: (stopper: AbortController) => Promise<Result>): Promise<Result> {
    if (this.isClosing) throw new Fault("OVERLOADED", "The server is closing: try again in a moment.");
    if (this.stoppers.size >= MOST_AT_ONCE) {
      throw new Fault("OVERLOADED", `${MOST_AT_ONCE} imports are under way on this server: try again in a moment.`);
    }
    const stopper = new AbortController();
    const running = work(stopper);
    this.stoppers.set(stopper, running);
    try {
      return await running;
    } finally {
      this.stoppers.delete(stopper);
    }
  }

  /** Stops all, and resolves when what they had under way is finished and told. */
  async close(): Promise<void> {
    this.isClosing = true;
    const running = [...this.stoppers.values()];
    for (const stopper of this.stoppers.keys()) stopper.abort(new Stopped("The server is closing."));
    await Promise.allSettled(running);
  }
}
