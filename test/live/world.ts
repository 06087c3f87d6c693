import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import type { VenueOccupancyState } from "../../src/domain/occupancy.js";
import type { ReaderVerdict } from "../../src/domain/reader-rights.js";
import type { DeviceViewer, UserViewer, Viewer } from "../../src/domain/viewer.js";
import { Role } from "../../src/entities/user.js";
import { createLive, type Live, type Watching } from "../../src/live/live.js";
import { createLocalBus } from "../../src/live/local-bus.js";
import type { Bus } from "../../src/live/message-bus.js";

export const VENUE = "0190a0a0-0000-7000-8000-000000000001";
export const GATE = "0190a0a0-0000-7000-8000-000000000002";
export const OTHER_GATE = "0190a0a0-0000-7000-8000-000000000003";

export const QUIET = { warn: () => {} };

/** The database's part, kept in memory: one venue with two gates, and who may read it. */
export class Venue {
  version = 1;
  gateVersions = new Map([
    [GATE, 1],
    [OTHER_GATE, 1],
  ]);
  reads = 0;
  checks = 0;
  verdict: ReaderVerdict = "owner";
  isAway = false;

  change(gateId = GATE): number {
    this.version += 1;
    this.gateVersions.set(gateId, this.version);
    return this.version;
  }

  read = async (): Promise<VenueOccupancyState> => {
    this.reads += 1;
    this.refuseWhenAway();
    const state = this.state();
    await sleep(2);
    return state;
  };

  check = async (readers: readonly unknown[]): Promise<ReaderVerdict[]> => {
    this.checks += 1;
    this.refuseWhenAway();
    return readers.map(() => this.verdict);
  };

  private state(): VenueOccupancyState {
    const counts = { inside: this.version, entries: this.version, exits: 0, refusals: 0 };
    const gates = [...this.gateVersions].map(([id, version]) => {
      const gate = { id, venueId: VENUE, name: "North", createdAt: new Date(0) };
      return { gate, version, ...counts };
    });
    return {
      ...counts,
      venueId: VENUE,
      capacity: 100,
      publicOccupancy: false,
      theoretical: this.version,
      version: this.version,
      asOf: new Date(),
      gates,
      ticketTypes: [],
      events: [],
    };
  }

  private refuseWhenAway(): void {
    if (this.isAway) throw new Error("the database is away");
  }
}

/** A node of its own before the venue; closed when the test is. */
export function startNode(venue: Venue, bus: Bus = createLocalBus()): Live {
  const live = createLive({
    bus,
    readOccupancies: venue.read,
    checkRights: venue.check,
    readAvailability: async () => null,
    checkEventRights: venue.check,
    readAnomalyNews: async () => null,
    readAlertNews: async () => null,
    readScans: async () => null,
    checkRecordsRights: venue.check,
    logger: QUIET,
  });
  onTestFinished(async () => {
    live.close();
    await bus.close();
  });
  return live;
}

export function user(expiresAt = new Date(Date.now() + 60_000)): UserViewer {
  return { kind: "user", userId: "user", sessionId: "session", role: Role.MEMBER, expiresAt };
}

export const watching = (viewer: Viewer): Watching => ({ viewer, venueId: VENUE, standing: "owner" });

export const DEVICE: DeviceViewer = { kind: "device", deviceId: "device", gateId: GATE, venueId: VENUE };

/** Fetches as fast as it can until the end; the moments are by `performance.now()`. */
export function collect<Value>(iterable: AsyncIterable<Value>) {
  const values: Value[] = [];
  const moments: number[] = [];
  const ended = (async () => {
    for await (const value of iterable) {
      values.push(value);
      moments.push(performance.now());
    }
  })();
  ended.catch(() => {});
  return { values, moments, ended };
}

export async function until(reached: () => boolean, milliseconds = 3000): Promise<void> {
  const deadline = performance.now() + milliseconds;
  while (!reached()) {
    if (performance.now() > deadline) throw new Error(`not reached within ${milliseconds} ms: ${reached}`);
    await sleep(5);
  }
}
