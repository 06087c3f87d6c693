import { noteChange } from "./lag.js";
import type { Unsubscribe } from "./message-bus.js";
import { Pulse } from "./pulse.js";
import { type Member, Round } from "./round.js";
import type { Warn } from "./warning.js";

/** A state of something that changes; the higher version is the newer. */
export interface Versioned {
  readonly version: number;
}

/** What a change makes of the state before it, where that is known; null where this is not the state that it changed. */
export type Follow<State> = (state: State) => State | null;

/** Milliseconds. */
export interface FeedTimes {
  /**
   * Between a push and the next read, hence at most ten a second. Were it between the reads, those that take a little less time than
   * the one before would be pushed too soon for all subscribers, and each would wait by a timer, and all be told in one turn.
   */
  readonly spacing: number;
  /** Between two reads that nobody asked for: the longest that a lost message can cost. */
  readonly poll: number;
  readonly retry: number;
}

/**
 * Where a round takes longer than the spacing, nobody is told more often than that whatever is read: those who have not been reached
 * may as well be told what is newest.
 */
const SPACING_OF_LONG_LAPS = 25;

export interface FeedOptions<State extends Versioned> {
  readonly read: () => Promise<State | null>;
  /**
   * What each state adds, all of which the members must be told. Unless given, a state says all that there is to say, and those
   * who have not been told of it when the next comes are told of that one alone.
   */
  readonly additionsOf?: (state: State) => readonly object[];
  readonly times: FeedTimes;
  readonly warn: Warn;
}

interface Joining<State> {
  readonly member: Member<State>;
  leave: Unsubscribe;
}

/**
 * One thing on this node: reads its state once per change, however many members there are, and offers it to each. Changes of which
 * the node knows what they did need no read, as long as they follow what was read at most a poll ago.
 */
export class Feed<State extends Versioned> {
  /** Wait for a read that begins after they joined, so that their first state holds all that they could know of. */
  private readonly joining = new Set<Joining<State>>();
  private readonly round: Round<State>;
  private readonly pulse: Pulse;
  private told: State | null = null;
  /** The changes that are known, of those announced since the last read began or state was told. */
  private follows: { readonly version: number; readonly follow: Follow<State> }[] = [];
  /** Something may have changed otherwise than by what follows. */
  private mustRead = true;
  private readAt = Number.NEGATIVE_INFINITY;
  private announcedVersion = -1;
  /** When the first change was committed that has not been read; null: none is known. */
  private changedAt: number | null = null;
  private reading = false;

  constructor(private readonly options: FeedOptions<State>) {
    const { times, warn } = options;
    this.round = new Round(times.spacing, warn);
    this.pulse = new Pulse({
      task: () => this.read(),
      onError: (error) => warn(error, "A live state could not be read; trying again"),
      spacing: () => (this.round.lap < times.spacing ? times.spacing : SPACING_OF_LONG_LAPS),
      idle: times.poll,
      retry: times.retry,
    });
  }

  get isEmpty(): boolean {
    return this.joining.size === 0 && this.round.isEmpty;
  }

  join(member: Member<State>): Unsubscribe {
    const joining: Joining<State> = { member, leave: () => this.joining.delete(joining) };
    this.joining.add(joining);
    this.refresh();
    return () => joining.leave();
  }

  private get version(): number {
    return this.told?.version ?? -1;
  }

  /**
   * A version was committed. One that was or is being read, such as the echo of this node's own, costs nothing. `follow`, where it
   * is known what the change did.
   */
  announced(version: number, at: number, follow?: Follow<State>): void {
    if (version <= Math.max(this.version, this.announcedVersion)) return;
    this.announcedVersion = version;
    if (follow === undefined) this.mustRead = true;
    else if (!this.mustRead) this.follows.push({ version, follow });
    this.changedAt ??= at;
    if (!this.reading) this.pulse.soon();
  }

  /** `at`: when what is to be read was committed, where something was; milliseconds since the epoch. */
  refresh(at: number | null = null): void {
    this.changedAt ??= at;
    this.mustRead = true;
    this.pulse.soon();
  }

  close(): void {
    this.pulse.stop();
  }

  private async read(): Promise<void> {
    for (const joining of this.joining) joining.leave = this.round.join(joining.member);
    this.joining.clear();
    this.announcedVersion = -1;
    const { changedAt } = this;
    this.changedAt = null;
    this.reading = true;
    try {
      const state = this.followed() ?? (await this.readAnew());
      if (state !== null) await this.tell(state, changedAt);
    } finally {
      this.reading = false;
    }
    if (this.announcedVersion > this.version) this.pulse.soon();
    else this.changedAt = null;
  }

  /** The state after the changes that were announced, where that is known; otherwise null. */
  private followed(): State | null {
    const { follows, mustRead } = this;
    this.follows = [];
    if (mustRead || follows.length === 0 || performance.now() - this.readAt > this.options.times.poll) return null;
    let state = this.told;
    for (const { version, follow } of follows) {
      // What was announced while a read was under way may be part of what was read.
      if (state !== null && version > state.version) state = follow(state);
    }
    return state;
  }

  private async readAnew(): Promise<State | null> {
    this.mustRead = false;
    const began = performance.now();
    try {
      const state = await this.options.read();
      this.readAt = began;
      return state;
    } catch (error) {
      this.mustRead = true;
      throw error;
    }
  }

  private async tell(state: State, changedAt: number | null): Promise<void> {
    const { additionsOf } = this.options;
    if (changedAt !== null && state.version !== this.version) {
      for (const value of additionsOf?.(state) ?? [state]) noteChange(value, changedAt);
    }
    this.told = state;
    const told = this.round.tell(state);
    if (additionsOf !== undefined) await told;
  }
}
