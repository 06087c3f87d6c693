import type { Announce, Change } from "../domain/change.js";
import type { CountsReader } from "../domain/reader-rights.js";
import type { Viewer } from "../domain/viewer.js";
import type { FeedTimes, Versioned } from "./feed.js";
import type { Bus } from "./message-bus.js";
import { type CheckRights, Rights } from "./rights.js";
import { Subscriber } from "./subscriber.js";
import { VenueFeeds, venueTopic } from "./venue-feeds.js";
import { createWarning, type WarningLogger } from "./warning.js";

export interface GateState extends Versioned {
  readonly id: string;
}

export interface VenueState extends Versioned {
  readonly gates: readonly GateState[];
}

export interface LiveOptions<State extends VenueState> {
  readonly bus: Bus;
  /** The whole state of a venue from one snapshot; null when there is no such venue. */
  readonly readOccupancies: (venueId: string) => Promise<State | null>;
  readonly checkRights: CheckRights;
  /** Called when rights may have ended, here or on another node, for whoever remembers some. */
  readonly onRightsChanged?: () => void;
  readonly logger: WarningLogger;
  readonly times?: FeedTimes;
}

export interface Live<State extends VenueState = VenueState> {
  /** Tells this node's subscribers directly, and those of other nodes through the bus. */
  readonly announce: Announce;
  /**
   * The present state, then every newer one; the caller has checked that the viewer may read it. All subscribers get
   * the same object per version. Throws FORBIDDEN or CredentialEnded when the right ends.
   */
  occupancyChanged(viewer: Viewer, venueId: string): AsyncIterableIterator<State, undefined>;
  /** The same of one gate of the venue, pushed only when that gate's own version changes. */
  gateOccupancyChanged(
    viewer: Viewer,
    venueId: string,
    gateId: string,
  ): AsyncIterableIterator<State["gates"][number], undefined>;
  /** What is held at this moment; all zero without subscribers. */
  readonly held: { readonly subscriptions: number; readonly feeds: number; readonly readers: number };
  /** Ends every subscription. The bus is the caller's to close. */
  close(): void;
}

const RIGHTS_TOPIC = "rights";

export function createLive<State extends VenueState>(options: LiveOptions<State>): Live<State> {
  const { bus, logger, readOccupancies: read, checkRights } = options;
  const feeds = new VenueFeeds<State>({ bus, read, logger, ...(options.times && { times: options.times }) });
  const rights = new Rights(checkRights, logger);
  const rightsChanged = (credentialId: string | null) => {
    options.onRightsChanged?.();
    rights.changed(credentialId);
  };
  listenForRights(bus, rightsChanged, logger);
  const subscribers = new Set<{ end(): void }>();

  function subscribe<Value extends Versioned>(reader: CountsReader, select: (state: State) => Value | undefined) {
    return new Subscriber<Value>((subscriber) => {
      const offer = (state: State, at: number) => {
        const value = select(state);
        if (value !== undefined) subscriber.offer(value, at);
      };
      const leave = feeds.join(reader.venueId, { offer });
      const unwatch = rights.watch(reader, (fault) => subscriber.end(fault));
      subscribers.add(subscriber);
      return () => {
        subscribers.delete(subscriber);
        unwatch();
        leave();
      };
    });
  }

  return {
    announce: (change) => {
      if (change.kind === "occupancy") feeds.announced(change.venueId, change.version);
      else rightsChanged(change.credentialId);
      publish(bus, change);
    },
    occupancyChanged: (viewer, venueId) => subscribe({ viewer, venueId }, (state) => state),
    gateOccupancyChanged: (viewer, venueId, gateId) =>
      subscribe<State["gates"][number]>({ viewer, venueId }, ({ gates }) => gates.find(({ id }) => id === gateId)),
    get held() {
      return { subscriptions: subscribers.size, feeds: feeds.size, readers: rights.size };
    },
    close: () => {
      for (const subscriber of subscribers) subscriber.end();
      feeds.close();
      rights.close();
    },
  };
}

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
