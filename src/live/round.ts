import { setTimeout as sleep } from "node:timers/promises";
import type { Warn } from "./warning.js";

export interface Member<State> {
  /**
   * `at` is the moment by `performance.now()`, to about a turn's length. Answers a promise where the state is first to be written out
   * for it.
   */
  offer(state: State, at: number): unknown;
}

/** Half a millisecond's writes or so. */
const AT_A_TURN = 32;
/**
 * So long a round waits for what is being written out: those behind it who ask the same are told at once by then, and in turn. Else
 * thousands would wait for one writing, and all be told in the same turn.
 */
const PATIENCE_MILLISECONDS = 10;

/** Answers when that is. */
async function after(milliseconds: number): Promise<number> {
  await sleep(Math.ceil(milliseconds), undefined, { ref: false });
  return performance.now();
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Seat<State> {
  readonly member: Member<State>;
  /** The number of the state that was told last. */
  told: number;
  /** From when on it may be told another one, by `performance.now()`. In whole milliseconds: see `Subscriber`. */
  due: number;
}

/**
 * Tells a state to all members in turn, some at a time, so that a scan need not wait until ten thousand have been told of the
 * one before. A state that comes meanwhile takes the place of the one that is being told: the round goes on from where it
 * stands, until everybody has the newer one. So the longest that anybody waits is one round, and not the rest of one and then another.
 *
 * A round that comes by sooner than members may be told again waits, and all keep their distance. Were they to wait each by a timer,
 * thousands of timers would go off in one turn.
 */
export class Round<State> {
  private readonly seats = new Set<Seat<State>>();
  private next = this.seats.values();
  private newest: { readonly state: State; readonly number: number } | null = null;
  /** So many seats have not been looked at since the newest state came. */
  private left = 0;
  /** For how many milliseconds more the round of the newest state waits. */
  private patience = 0;
  private isRunning = false;
  private run = Promise.resolve();
  /** How many milliseconds of work the last time took in which everybody was looked at. */
  lap = 0;

  constructor(
    /** Least milliseconds between two states that a member is told. */
    private readonly spacing: number,
    private readonly warn: Warn,
  ) {}

  get isEmpty(): boolean {
    return this.seats.size === 0;
  }

  /** Answers what takes the member away again. It is told of states that come from now on. */
  join(member: Member<State>): () => void {
    const seat = { member, told: this.newest?.number ?? 0, due: 0 };
    this.seats.add(seat);
    return () => {
      this.seats.delete(seat);
      // The round may be waiting for it.
      seat.told = Number.POSITIVE_INFINITY;
    };
  }

  /** Resolves when everybody has been told, of this state or of a newer one. */
  tell(state: State): Promise<void> {
    this.newest = { state, number: (this.newest?.number ?? 0) + 1 };
    this.left = this.seats.size;
    this.patience = PATIENCE_MILLISECONDS;
    if (!this.isRunning) this.run = this.goRound();
    return this.run;
  }

  private async goRound(): Promise<void> {
    this.isRunning = true;
    let at = performance.now();
    let lap = { begun: at, ends: this.left };
    for (let looked = 1; this.left > 0; looked += 1) {
      const seat = this.takeNext();
      if (seat !== null && seat.due > at && seat.told < (this.newest?.number ?? 0)) {
        const begun = at;
        at = await after(seat.due - at);
        lap.begun += at - begun;
      }
      this.left -= 1;
      const telling = seat === null ? null : this.tellTo(seat, at);
      if (telling instanceof Promise && this.patience > 0) await this.waitFor(telling);
      if (looked % AT_A_TURN === 0) await nextTurn();
      if (looked % AT_A_TURN === 0 || telling instanceof Promise) at = performance.now();
      if (looked === lap.ends) {
        this.lap = at - lap.begun;
        lap = { begun: at, ends: looked + this.seats.size };
      }
    }
    this.isRunning = false;
  }

  private async waitFor(telling: Promise<unknown>): Promise<void> {
    const begun = performance.now();
    await Promise.race([telling, sleep(this.patience, undefined, { ref: false })]);
    this.patience -= performance.now() - begun;
  }

  private tellTo(seat: Seat<State>, at: number): unknown {
    const { newest } = this;
    // Where somebody has left meanwhile, the round comes by once more.
    if (newest === null || seat.told >= newest.number) return null;
    seat.told = newest.number;
    seat.due = Math.floor(at + this.spacing);
    try {
      return seat.member.offer(newest.state, at);
    } catch (error) {
      this.warn(error, "A live state could not be told");
      return null;
    }
  }

  private takeNext(): Seat<State> | null {
    const { done, value } = this.next.next();
    if (!done) return value;
    this.next = this.seats.values();
    return this.next.next().value ?? null;
  }
}
