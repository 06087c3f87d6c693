import type { Scan, ScanPage } from "../domain/scan-log.js";
import { Fault } from "../errors.js";
import type { Versioned } from "./feed.js";
import type { Unsubscribe } from "./message-bus.js";
import { Queue } from "./queue.js";
import type { Warn } from "./warning.js";

/** A venue's scans after a version, of one gate or all, at most so many; null where there is no such venue. */
export type ReadScans = (
  wanted: { readonly venueId: string; readonly gateId: string | null; readonly version: number },
  most: number,
) => Promise<ScanPage | null>;

/** What one read has found to be new: the scans after `from`, up to and with `version`. */
export interface ScansCommitted extends Versioned {
  readonly from: number;
  readonly scans: readonly Scan[];
}

/** More at once mean that this node has not been able to read for long: each then reads them by itself, as fast as it sends them. */
const MOST_SHARED = 5_000;
const PAGE = 500;
const RETRY_MILLISECONDS = 500;

/** Reads a venue's scans on from where the read before ended; the first finds where it begins. */
export function committed(read: ReadScans, venueId: string): () => Promise<ScansCommitted | null> {
  let position: number | null = null;
  return async () => {
    const from: number = position ?? NEVER;
    let page = await read({ venueId, gateId: null, version: from }, MOST_SHARED);
    if (page?.isComplete === false) page = await read({ venueId, gateId: null, version: NEVER }, 1);
    if (page === null) return null;
    position = page.version;
    return { from: page.scans.length > 0 ? from : page.version, version: page.version, scans: page.scans };
  };
}

/** A version that no scan has: what comes after it is nothing, as of the present. */
const NEVER = Number.MAX_SAFE_INTEGER;

export interface FollowOptions {
  readonly venueId: string;
  readonly gateId: string | null;
  /** After which version to begin. */
  readonly version: number;
  readonly read: ReadScans;
  /** Calls back with what the node reads for all, until it is left. */
  readonly join: (offer: (batch: ScansCommitted) => void) => Unsubscribe;
  /** What a scan is called by clients. */
  readonly nameOf: (scan: Scan) => string;
  readonly warn: Warn;
}

/**
 * Follows the scans of a venue in the order of their commits, none left out and none twice: first those since the version where it
 * begins, read for this one, then those that the node reads for all. Whatever does not join on to what was read before, it reads again.
 */
export function followScans(options: FollowOptions): Queue<Scan> {
  const queue: Queue<Scan> = new Queue({
    start: () => new Follower(options, queue).begin(),
    overflow: () => {
      const last = queue.lastTaken;
      const resume = last === null ? "" : ` with \`after: "${options.nameOf(last)}"\``;
      return `Too many scans were waiting to be sent: subscribe again${resume}, and none is missed.`;
    },
  });
  return queue;
}

class Follower {
  private position: number;
  /** As far as the node has read for all. */
  private reached = 0;
  private reading = false;
  private left = false;

  constructor(
    private readonly options: FollowOptions,
    private readonly queue: Queue<Scan>,
  ) {
    this.position = options.version;
  }

  begin(): Unsubscribe {
    const leave = this.options.join((batch) => this.offer(batch));
    void this.catchUp();
    return () => {
      this.left = true;
      leave();
    };
  }

  private offer({ from, version, scans }: ScansCommitted): void {
    this.reached = Math.max(this.reached, version);
    if (this.reading || version <= this.position) return;
    if (from > this.position) void this.catchUp();
    else this.take(scans, version);
  }

  private take(scans: readonly Scan[], version: number): void {
    const { gateId } = this.options;
    const { position } = this;
    this.position = version;
    this.queue.push(scans.filter((scan) => scan.version > position && (gateId === null || scan.gateId === gateId)));
  }

  /** As fast as the consumer takes them. */
  private async catchUp(): Promise<void> {
    this.reading = true;
    for (let isComplete = false; !this.left && !(isComplete && this.position >= this.reached); ) {
      await this.queue.roomFor(PAGE);
      const page = this.left ? null : await this.readPage();
      if (page === null || this.left) continue;
      this.take(page.scans, page.version);
      isComplete = page.isComplete;
    }
    this.reading = false;
  }

  /** Null where it has to be tried again. */
  private async readPage(): Promise<ScanPage | null> {
    const { read, venueId, gateId, warn } = this.options;
    try {
      const page = await read({ venueId, gateId, version: this.position }, PAGE);
      if (page === null) this.queue.end(new Fault("FORBIDDEN", "There is no such venue."));
      return page;
    } catch (error) {
      warn(error, "Scans could not be read for a subscriber; trying again");
      await new Promise((resolve) => setTimeout(resolve, RETRY_MILLISECONDS));
      return null;
    }
  }
}
