import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "../setup/client.js";
import type { Subscription } from "../setup/subscription.js";
import type { Random } from "./random.js";

interface Counts {
  readonly version: number;
  readonly inside: number;
  readonly entries: number;
  readonly exits: number;
  readonly refusals: number;
}

const COUNTS =
  "subscription ($id: ID!) { state: occupancyChanged(venueId: $id) { version inside entries exits refusals } }";
const SCANS = "subscription ($id: ID!, $after: ID) { scan: scanRecorded(venueId: $id, after: $after) { id } }";
const LOOK_MILLISECONDS = 20;

/** Somebody who watches a venue's counts and scans, and connects again whenever that ends, or at a whim; to any server. */
export class Watcher {
  /** The ids of the scans that came, in order. */
  readonly scans: string[] = [];
  state: Counts | null = null;
  /** What should not have happened. */
  readonly complaints: string[] = [];
  private isOver = false;

  constructor(
    private readonly urls: readonly string[],
    private readonly token: string | undefined,
    private readonly venueId: string,
    /** Scans are watched from the one after this. */
    private readonly firstId: string,
    private readonly random: Random,
  ) {}

  async watch(): Promise<void> {
    await Promise.all([this.watchCounts(), this.watchScans()]);
  }

  stop(): void {
    this.isOver = true;
  }

  private async watchCounts(): Promise<void> {
    while (!this.isOver) {
      const client = new Client(this.random.pick(this.urls), this.token);
      await this.follow(client.subscribe<{ state: Counts }>(COUNTS, { id: this.venueId }), ({ state }) => {
        if (state.version < (this.state?.version ?? 0)) this.complaints.push(`version ${state.version} came back`);
        this.state = state;
      });
    }
  }

  private async watchScans(): Promise<void> {
    while (!this.isOver) {
      const client = new Client(this.random.pick(this.urls), this.token);
      const after = this.scans.at(-1) ?? this.firstId;
      await this.follow(client.subscribe<{ scan: { id: string } }>(SCANS, { id: this.venueId, after }), ({ scan }) => {
        this.scans.push(scan.id);
      });
    }
  }

  private async follow<Data>(subscription: Subscription<Data>, take: (data: Data) => void): Promise<void> {
    const leavesAt = this.random.chance(0.5) ? Date.now() + this.random.between(200, 4_000) : Number.POSITIVE_INFINITY;
    let taken = 0;
    const takeAll = () => {
      for (; taken < subscription.messages.length; taken += 1) take(subscription.messages[taken] as Data);
    };
    while (!this.isOver && !subscription.ended && subscription.error === null && Date.now() < leavesAt) {
      takeAll();
      await sleep(LOOK_MILLISECONDS);
    }
    takeAll();
    const errors = subscription.error?.errors ?? [];
    if (errors.length > 0) this.complaints.push(JSON.stringify(errors));
    await subscription.close();
    takeAll();
  }
}
