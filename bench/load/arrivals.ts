import type { Change } from "./changes.js";
import { now } from "./clock.js";
import { type Delays, Histogram } from "./histogram.js";

/** Messages to one subscriber between two accounts: more than ten a second of them do not come. */
const MOST_MESSAGES = 400;

/** What the subscribers were told of some changes. */
export interface Told {
  /** From the change's answer, by which it was committed, to each subscriber's first message that has it. */
  readonly sinceAnswer: Delays;
  /** From the sending of the change. */
  readonly sinceSent: Delays;
  /** To all subscribers together. */
  readonly messages: number;
  /** Of the last of them. */
  readonly messageBytes: number;
}

/** When which version came to whom. Kept in three columns, for the account is given when nothing is under way. */
export class Arrivals {
  private readonly subscribers: Uint32Array;
  private readonly versions: Float64Array;
  private readonly times: Float64Array;
  private readonly newest: Float64Array;
  private count = 0;
  private lastBytes = 0;

  constructor(private readonly watchers: number) {
    this.subscribers = new Uint32Array(watchers * MOST_MESSAGES);
    this.versions = new Float64Array(watchers * MOST_MESSAGES);
    this.times = new Float64Array(watchers * MOST_MESSAGES);
    this.newest = new Float64Array(watchers).fill(-1);
  }

  /** Throws when the version is not newer than the subscriber's last. */
  add(subscriber: number, version: number, bytes: number): void {
    const last = this.newest[subscriber] ?? Number.NaN;
    if (!(version > last)) throw new Error(`a subscriber was told version ${version} after ${last}`);
    if (this.count === this.times.length) throw new Error("more messages came than there is room for");
    this.newest[subscriber] = version;
    this.subscribers[this.count] = subscriber;
    this.versions[this.count] = version;
    this.times[this.count] = now();
    this.lastBytes = bytes;
    this.count += 1;
  }

  /** How many subscribers have been told of no version so new. */
  behind(version: number): number {
    return this.newest.reduce((count, newest) => (newest < version ? count + 1 : count), 0);
  }

  forget(): void {
    this.count = 0;
  }

  /** Of all changes since the messages were forgotten. Throws when somebody was not told of all of them. */
  account(changes: readonly Change[]): Told {
    const ordered = changes.toSorted((a, b) => a.version - b.version);
    const reached = new Uint32Array(this.watchers);
    const [sinceAnswer, sinceSent] = [new Histogram(), new Histogram()];
    for (let message = 0; message < this.count; message += 1) {
      const subscriber = this.subscribers[message] ?? 0;
      const [version = 0, time = 0] = [this.versions[message], this.times[message]];
      let next = reached[subscriber] ?? 0;
      for (let change = ordered[next]; change !== undefined && change.version <= version; change = ordered[++next]) {
        sinceAnswer.add(time - change.answered);
        sinceSent.add(time - change.sent);
      }
      reached[subscriber] = next;
    }
    if (reached.some((count) => count < ordered.length)) throw new Error("not everybody was told of every change");
    const { count: messages, lastBytes: messageBytes } = this;
    return { sinceAnswer: sinceAnswer.delays, sinceSent: sinceSent.delays, messages, messageBytes };
  }
}
