import { noteChange } from "./lag.js";
import type { Unsubscribe } from "./message-bus.js";
import { Pulse } from "./pulse.js";
import type { Warn } from "./warning.js";

/** A state of something that changes; the higher version is the newer. */
export interface Versioned {
  readonly version: number;
}

export interface Member<State> {
  /** `at` is the moment of the push by `performance.now()`, the same for all members. */
  offer(state: State, at: number): void;
}

/** Half a millisecond's writes or so. */
const AT_A_TURN = 32;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Milliseconds. */
export interface FeedTimes {
  /** Between two pushes, hence at most ten a second. */
  readonly spacing: number;
  /** Between two reads that nobody asked for: the longest that a lost message can cost. */
  readonly poll: number;
  readonly retry: number;
}

export interface FeedOptions<State extends Versioned> {
  readonly read: () => Promise<State | null>;
  /** What subscribers are sent of a state; the state itself unless given. */
  readonly valuesOf?: (state: State) => readonly object[];
  readonly times: FeedTimes;
  readonly warn: Warn;
}

/** One thing on this node: reads its state once per change, however many members there are, and offers it to each. */
export class Feed<State extends Versioned> {
  /** Wait for a read that begins after they joined, so that their first state holds all that they could know of. */
  private readonly joining = new Set<Member<State>>();
  private readonly members = new Set<Member<State>>();
  private readonly pulse: Pulse;
  private version = -1;
  private announcedVersion = -1;
  /** When the first change was committed that has not been read; null: none is known. */
  private changedAt: number | null = null;
  private reading = false;

  constructor(private readonly options: FeedOptions<State>) {
    const { times, warn } = options;
    this.pulse = new Pulse({
      task: () => this.read(),
      onError: (error) => warn(error, "A live state could not be read; trying again"),
      spacing: times.spacing,
      idle: times.poll,
      retry: times.retry,
    });
  }

  get isEmpty(): boolean {
    return this.joining.size + this.members.size === 0;
  }

  join(member: Member<State>): Unsubscribe {
    this.joining.add(member);
    this.refresh();
    return () => {
      this.joining.delete(member);
      this.members.delete(member);
    };
  }

  /** A version was committed. One that was or is being read, such as the echo of this node's own, costs nothing. */
  announced(version: number, at: number): void {
    if (version <= Math.max(this.version, this.announcedVersion)) return;
    this.announcedVersion = version;
    this.changedAt ??= at;
    if (!this.reading) this.pulse.soon();
  }

  /** `at`: when what is to be read was committed, where something was; milliseconds since the epoch. */
  refresh(at: number | null = null): void {
    this.changedAt ??= at;
    this.pulse.soon();
  }

  close(): void {
    this.pulse.stop();
  }

  private async read(): Promise<void> {
    for (const member of this.joining) this.members.add(member);
    this.joining.clear();
    this.announcedVersion = -1;
    const { changedAt } = this;
    this.changedAt = null;
    this.reading = true;
    try {
      const state = await this.options.read();
      if (state !== null) await this.push(state, changedAt);
    } finally {
      this.reading = false;
    }
    if (this.announcedVersion > this.version) this.pulse.soon();
    else this.changedAt = null;
  }

  /** Some at a turn, so that a scan need not wait until ten thousand have been told of the one before. */
  private async push(state: State, changedAt: number | null): Promise<void> {
    const { valuesOf = (value: State) => [value] } = this.options;
    if (changedAt !== null && state.version !== this.version) {
      for (const value of valuesOf(state)) noteChange(value, changedAt);
    }
    this.version = state.version;
    const at = performance.now();
    let told = 0;
    for (const member of [...this.members]) {
      member.offer(state, at);
      told += 1;
      if (told % AT_A_TURN === 0) await nextTurn();
    }
  }
}
