import type { Announce, Change } from "../domain/change.js";
import type { GateOccupancyState, VenueOccupancyState } from "../domain/occupancy.js";
import type { CountsReader } from "../domain/reader-rights.js";
import type { Viewer } from "../domain/viewer.js";
import type { FeedTimes, Versioned } from "./feed.js";
import type { Bus } from "./message-bus.js";
import { type CheckRights, Rights } from "./rights.js";
import { Subscriber } from "./subscriber.js";
import { VenueFeeds, venueTopic } from "./venue-feeds.js";
import { createWarning, type WarningLogger } from "./warning.js";

/** One gate's counts with the moment at which they were read. */
export interface DatedGateState extends GateOccupancyState {
  readonly asOf: Date;
}

export interface LiveOptions {
  readonly bus: Bus;
  /** The whole state of a venue from one snapshot; null when there is no such venue. */
  readonly readOccupancies: (venueId: string) => Promise<VenueOccupancyState | null>;
  readonly checkRights: CheckRights;
  /** Called when rights may have ended, here or on another node, for whoever remembers some. */
  readonly onRightsChanged?: () => void;
  readonly logger: WarningLogger;
  readonly times?: FeedTimes;
}

export interface Live {
  /** Tells this node's subscribers directly, and those of other nodes through the bus. */
  readonly announce: Announce;
  /**
   * The present state, then every newer one; the caller has checked that the viewer may read it. All subscribers get
   * the same object per version. Throws FORBIDDEN or CredentialEnded when the right ends.
   */
  occupancyChanged(viewer: Viewer, venueId: string): Subscriber<VenueOccupancyState>;
  /** The same of one gate of the venue, pushed only when that gate's own version changes. */
  gateOccupancyChanged(viewer: Viewer, venueId: string, gateId: string): Subscriber<DatedGateState>;
  /** What is held at this moment; all zero without subscribers. */
  readonly held: { readonly subscriptions: number; readonly feeds: number; readonly readers: number };
  /** Ends every subscription. The bus is the caller's to close. */
  close(): void;
}

const RIGHTS_TOPIC = "rights";

export function createLive(options: LiveOptions): Live {
  return new Screens(options);
}

class Screens implements Live {
  private readonly feeds: VenueFeeds<VenueOccupancyState>;
  private readonly rights: Rights;
  private readonly subscribers = new Set<{ end(): void }>();

  constructor(private readonly options: LiveOptions) {
    const { readOccupancies: read, checkRights, logger } = options;
    this.feeds = new VenueFeeds({ ...options, read });
    this.rights = new Rights(checkRights, logger);
    listenForRights(options.bus, (credentialId) => this.rightsChanged(credentialId), logger);
  }

  readonly announce: Announce = (change) => {
    if (change.kind === "occupancy") this.feeds.announced(change.venueId, change.version);
    else this.rightsChanged(change.credentialId);
    publish(this.options.bus, change);
  };

  get held() {
    return { subscriptions: this.subscribers.size, feeds: this.feeds.size, readers: this.rights.size };
  }

  occupancyChanged(viewer: Viewer, venueId: string): Subscriber<VenueOccupancyState> {
    return this.subscribe({ viewer, venueId }, (state) => state);
  }

  gateOccupancyChanged(viewer: Viewer, venueId: string, gateId: string): Subscriber<DatedGateState> {
    return this.subscribe({ viewer, venueId }, (state) => datedGate(state, gateId));
  }

  close(): void {
    for (const subscriber of this.subscribers) subscriber.end();
    this.feeds.close();
    this.rights.close();
  }

  private rightsChanged(credentialId: string | null): void {
    this.options.onRightsChanged?.();
    this.rights.changed(credentialId);
  }

  private subscribe<Value extends Versioned>(
    reader: CountsReader,
    select: (state: VenueOccupancyState) => Value | undefined,
  ): Subscriber<Value> {
    return new Subscriber((subscriber) => {
      const offer = (state: VenueOccupancyState, at: number) => {
        const value = select(state);
        if (value !== undefined) subscriber.offer(value, at);
      };
      const leave = this.feeds.join(reader.venueId, { offer });
      const unwatch = this.rights.watch(reader, (fault) => subscriber.end(fault));
      this.subscribers.add(subscriber);
      return () => {
        this.subscribers.delete(subscriber);
        unwatch();
        leave();
      };
    });
  }
}

/** The same object for all who ask for the same gate of the same state. */
function datedGate({ gates, asOf }: VenueOccupancyState, gateId: string): DatedGateState | undefined {
  const gate = gates.find((candidate) => candidate.gateId === gateId);
  if (gate === undefined) return undefined;
  const dated = datedGates.get(gate) ?? { ...gate, asOf };
  datedGates.set(gate, dated);
  return dated;
}

const datedGates = new WeakMap<GateOccupancyState, DatedGateState>();

function publish(bus: Bus, change: Change): void {
  if (change.kind === "occupancy") bus.publish(venueTopic(change.venueId), { version: change.version });
  else bus.publish(RIGHTS_TOPIC, { credentialId: change.credentialId });
}

function listenForRights(bus: Bus, rightsChanged: (credentialId: string | null) => void, logger: WarningLogger): void {
  const warn = createWarning(logger);
  bus
    .subscribe(RIGHTS_TOPIC, (message) => rightsChanged(credentialIdOf(message)))
    .catch((error) => warn(error, "Changed rights cannot be heard of at once; they are still checked every second"));
  bus.onReconnect(() => rightsChanged(null));
}

function credentialIdOf(message: unknown): string | null {
  const isNamed = typeof message === "object" && message !== null && "credentialId" in message;
  return isNamed && typeof message.credentialId === "string" ? message.credentialId : null;
}
