import { Feed, type FeedTimes, type Member, type Versioned } from "./feed.js";
import type { Bus, Unsubscribe } from "./message-bus.js";
import { createWarning, type Warn, type WarningLogger } from "./warning.js";

export interface VenueFeedsOptions<State extends Versioned> {
  readonly bus: Bus;
  /** The whole state of a venue from one snapshot; null when there is no such venue. */
  readonly read: (venueId: string) => Promise<State | null>;
  readonly logger: WarningLogger;
  readonly times?: FeedTimes;
}

const TIMES: FeedTimes = { spacing: 100, poll: 2000, retry: 500 };

interface OpenFeed<State extends Versioned> {
  readonly feed: Feed<State>;
  readonly unsubscribe: Unsubscribe;
}

export const venueTopic = (venueId: string): string => `venue:${venueId}`;

/** The feeds of the venues that somebody watches through this node, each with its topic on the bus. */
export class VenueFeeds<State extends Versioned> {
  private readonly open = new Map<string, OpenFeed<State>>();
  private readonly warn: Warn;

  constructor(private readonly options: VenueFeedsOptions<State>) {
    this.warn = createWarning(options.logger);
    options.bus.onReconnect(() => this.refresh());
  }

  get size(): number {
    return this.open.size;
  }

  /** Offers the member the present state, and every newer one until it leaves. */
  join(venueId: string, member: Member<State>): Unsubscribe {
    const opened = this.open.get(venueId) ?? this.begin(venueId);
    const leave = opened.feed.join(member);
    return () => {
      leave();
      if (opened.feed.isEmpty && this.open.get(venueId) === opened) this.end(venueId, opened);
    };
  }

  /** This node has committed a version; its own screens must not wait for the bus. */
  announced(venueId: string, version: number): void {
    this.open.get(venueId)?.feed.announced(version);
  }

  close(): void {
    for (const [venueId, opened] of this.open) this.end(venueId, opened);
  }

  private refresh(): void {
    for (const { feed } of this.open.values()) feed.refresh();
  }

  private begin(venueId: string): OpenFeed<State> {
    const { read, times = TIMES } = this.options;
    const feed = new Feed<State>({ read: () => read(venueId), times, warn: this.warn });
    const opened = { feed, unsubscribe: this.subscribe(venueId, feed) };
    this.open.set(venueId, opened);
    return opened;
  }

  private end(venueId: string, { feed, unsubscribe }: OpenFeed<State>): void {
    this.open.delete(venueId);
    feed.close();
    unsubscribe();
  }

  /** Returns at once: with a broker that is away the feed polls until it comes back. */
  private subscribe(venueId: string, feed: Feed<State>): Unsubscribe {
    const subscription = this.options.bus.subscribe(venueTopic(venueId), (message) => {
      const version = versionOf(message);
      if (version === null) feed.refresh();
      else feed.announced(version);
    });
    // What was committed before the subscription took effect was told to nobody.
    subscription
      .then(() => feed.refresh())
      .catch((error) => this.warn(error, "A venue's topic could not be subscribed"));
    return () => void subscription.then((unsubscribe) => unsubscribe()).catch(() => {});
  }
}

function versionOf(message: unknown): number | null {
  const isVersioned = typeof message === "object" && message !== null && "version" in message;
  return isVersioned && typeof message.version === "number" ? message.version : null;
}
