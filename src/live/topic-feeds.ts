import { Feed, type FeedTimes, type Follow, type Versioned } from "./feed.js";
import type { Bus, Unsubscribe } from "./message-bus.js";
import type { Member } from "./round.js";
import { createWarning, type Warn, type WarningLogger } from "./warning.js";

export interface TopicFeedsOptions<State extends Versioned> {
  readonly bus: Bus;
  /** What a thing's changes are called on the bus. */
  readonly topicOf: (id: string) => string;
  /** The reader of one thing's whole state from one snapshot; null when there is no such thing. Made once per feed. */
  readonly readerOf: (id: string) => () => Promise<State | null>;
  readonly additionsOf?: (state: State) => readonly object[];
  readonly logger: WarningLogger;
  readonly times?: FeedTimes;
}

const TIMES: FeedTimes = { spacing: 100, poll: 2000, retry: 500 };

interface OpenFeed<State extends Versioned> {
  readonly feed: Feed<State>;
  readonly unsubscribe: Unsubscribe;
}

/** The feeds of the things of one kind that somebody watches through this node, each with its topic on the bus. */
export class TopicFeeds<State extends Versioned> {
  private readonly open = new Map<string, OpenFeed<State>>();
  private readonly warn: Warn;

  constructor(private readonly options: TopicFeedsOptions<State>) {
    this.warn = createWarning(options.logger);
    options.bus.onReconnect(() => this.refresh());
  }

  get size(): number {
    return this.open.size;
  }

  /** Offers the member the present state, and every newer one until it leaves. */
  join(id: string, member: Member<State>): Unsubscribe {
    const opened = this.open.get(id) ?? this.begin(id);
    const leave = opened.feed.join(member);
    return () => {
      leave();
      if (opened.feed.isEmpty && this.open.get(id) === opened) this.end(id, opened);
    };
  }

  /** This node has committed a version; its own screens must not wait for the bus. */
  announced(id: string, version: number, at: number, follow?: Follow<State>): void {
    this.open.get(id)?.feed.announced(version, at, follow);
  }

  /** This node has committed something that has no version. */
  changed(id: string, at: number): void {
    this.open.get(id)?.feed.refresh(at);
  }

  close(): void {
    for (const [id, opened] of this.open) this.end(id, opened);
  }

  private refresh(): void {
    for (const { feed } of this.open.values()) feed.refresh();
  }

  private begin(id: string): OpenFeed<State> {
    const { readerOf, times = TIMES, ...options } = this.options;
    const feed = new Feed<State>({ ...options, read: readerOf(id), times, warn: this.warn });
    const opened = { feed, unsubscribe: this.subscribe(id, feed) };
    this.open.set(id, opened);
    return opened;
  }

  private end(id: string, { feed, unsubscribe }: OpenFeed<State>): void {
    this.open.delete(id);
    feed.close();
    unsubscribe();
  }

  /** Returns at once: with a broker that is away the feed polls until it comes back. */
  private subscribe(id: string, feed: Feed<State>): Unsubscribe {
    const subscription = this.options.bus.subscribe(this.options.topicOf(id), (message) => {
      const [version, at] = [numberIn(message, "version"), numberIn(message, "at")];
      if (version === null) feed.refresh(at);
      else feed.announced(version, at ?? Date.now());
    });
    // What was committed before the subscription took effect was told to nobody.
    subscription.then(() => feed.refresh()).catch((error) => this.warn(error, "A topic could not be subscribed"));
    return () => void subscription.then((unsubscribe) => unsubscribe()).catch(() => {});
  }
}

function numberIn(message: unknown, name: "version" | "at"): number | null {
  if (typeof message !== "object" || message === null) return null;
  const value = (message as Partial<Record<typeof name, unknown>>)[name];
  return typeof value === "number" ? value : null;
}
