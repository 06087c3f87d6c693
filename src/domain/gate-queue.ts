import type { Pool, PoolClient } from "pg";
import type { Scan } from "../entities/scan.js";
import { Fault, forbidden, unauthenticated } from "../errors.js";
import { alertCalls } from "./alerts.js";
import type { AttemptResult, Submission } from "./attempt.js";
import { Batch, strayCodes } from "./batch.js";
import {
  type BatchState,
  beginChange,
  type CredentialRow,
  readBatch,
  readElsewhere,
  type VenueRow,
} from "./batch-read.js";
import { markSeen, writeBatch } from "./batch-write.js";
import type { Announce } from "./change.js";
import type { Call } from "./flight.js";
import type { Changes } from "./history.js";
import { scanTimes } from "./scan-times.js";
import { countsAfter, NO_DELTA } from "./tally.js";
import { readPast } from "./ticket-past.js";
import { inTransaction, isCausedByData, rollback } from "./transaction.js";

/** The venue's own counts as the batch left them. */
export interface VenueCounts {
  readonly venueId: string;
  readonly capacity: number;
  readonly inside: number;
  readonly theoretical: number;
  readonly entries: number;
  readonly exits: number;
  readonly refusals: number;
  readonly version: number;
  readonly asOf: Date;
}

export interface SubmissionResult {
  /** One per attempt, in order. */
  readonly results: readonly AttemptResult[];
  readonly counts: VenueCounts;
}

/** Works out a change of a venue's past, from what it reads under the venue's lock. `also` is written with it. */
export type MakeChange = (
  client: PoolClient,
  venue: VenueRow,
) => Promise<{ readonly changes: Changes; readonly also?: readonly Call[] } | null>;

/** Tells a group's callers what came of it. */
type Answer = () => void;

interface Waiting {
  readonly submission: Submission;
  readonly resolve: (result: SubmissionResult) => void;
  readonly reject: (error: unknown) => void;
}

/** What a batch has recorded, once it is committed. */
export interface CommittedBatch {
  readonly scans: readonly Scan[];
  /** From when the batch had its connection to the end of the commit. */
  readonly milliseconds: number;
}

export interface GateQueueOptions {
  readonly pool: Pool;
  readonly retentionMonths: number;
  /** By how much a scanner's clock may be off, uncorrected. */
  readonly clockSkewSeconds: number;
  readonly announce: Announce;
  /** Must neither wait nor throw. */
  readonly onBatch?: (batch: CommittedBatch) => void;
}

/** A batch takes submissions up to this many scans, one full upload: a larger one only makes the first wait for the last. */
const BATCH_SCANS = 1_000;

/**
 * Scans are committed in groups: what arrives while a batch of its venue is under way waits for the next one, and a lone
 * scan goes at once. Each caller gets its own verdicts after the commit.
 */
export class GateQueue {
  private readonly waiting = new Map<string, Waiting[]>();
  private readonly running = new Set<Promise<void>>();

  constructor(private readonly options: GateQueueOptions) {}

  /** In milliseconds. */
  get clockTolerance(): number {
    return this.options.clockSkewSeconds * 1_000;
  }

  /** Throws UNAUTHENTICATED or FORBIDDEN when the scanner's right has ended by the time of the decision. */
  submit(submission: Submission): Promise<SubmissionResult> {
    return new Promise((resolve, reject) => {
      const entry = { submission, resolve, reject };
      const queue = this.waiting.get(submission.venueId);
      if (queue !== undefined) {
        queue.push(entry);
        return;
      }
      this.waiting.set(submission.venueId, [entry]);
      const drained = this.drain(submission.venueId).finally(() => this.running.delete(drained));
      this.running.add(drained);
    });
  }

  /** What `submit` would answer now; records nothing, and reads without the venue's lock. */
  async preview(submission: Submission): Promise<AttemptResult[]> {
    const client = await this.options.pool.connect();
    try {
      const { answers } = await this.decideGroup(client, [submission], { lock: false });
      const [answered] = answers;
      if (answered === undefined || answered instanceof Fault) throw answered ?? new Error("no answer");
      return answered;
    } finally {
      client.release(await rollback(client));
    }
  }

  /**
   * Changes the venue's past otherwise than by new scans: in a transaction of its own under the venue's lock, and so between
   * two batches. What `make` answers is written and committed; null: nothing is.
   */
  async change(venueId: string, make: MakeChange): Promise<void> {
    const change = this.makeAndCommit(venueId, make).finally(() => this.running.delete(change));
    this.running.add(change);
    await change;
  }

  private async makeAndCommit(venueId: string, make: MakeChange): Promise<void> {
    const announcement = await inTransaction(this.options.pool, async (client) => {
      const venue = await beginChange(client, venueId);
      const made = await make(client, venue);
      if (made === null) {
        await client.query("rollback");
        return null;
      }
      const version = venue.version + 1 + made.changes.scans.length;
      const also = [...(made.also ?? []), ...alerts(made.changes, venue, { venueId, version })];
      await writeBatch(client, made.changes, { version, also });
      return { kind: "occupancy", venueId, version } as const;
    });
    if (announcement !== null) this.options.announce(announcement);
  }

  /** Resolves when everything that was submitted has been answered. */
  async idle(): Promise<void> {
    // A change that is refused is its caller's concern.
    while (this.running.size > 0) await Promise.allSettled(this.running);
  }

  /** A batch's callers are answered when the next one is on its way, so that the database works while they are. */
  private async drain(venueId: string): Promise<void> {
    for (let queue = this.waiting.get(venueId) ?? []; queue.length > 0; ) {
      const answer = await this.runGroup(venueId, takeGroup(queue));
      if (queue.length > 0) setImmediate(answer);
      else answer();
    }
    this.waiting.delete(venueId);
  }

  private async runGroup(venueId: string, group: Waiting[]): Promise<Answer> {
    try {
      return await inTransaction(this.options.pool, (client) => this.decideAndCommit(client, venueId, group));
    } catch (error) {
      if (group.length > 1 && isCausedByData(error)) return this.runApart(venueId, group);
      return () => {
        for (const entry of group) entry.reject(error);
      };
    }
  }

  private async runApart(venueId: string, group: Waiting[]): Promise<Answer> {
    const answers: Answer[] = [];
    for (const entry of group) answers.push(await this.runGroup(venueId, [entry]));
    return () => {
      for (const answer of answers) answer();
    };
  }

  private async decideAndCommit(client: PoolClient, venueId: string, group: Waiting[]): Promise<Answer> {
    const began = performance.now();
    const submissions = group.map((entry) => entry.submission);
    const { batch, state, answers, credentials } = await this.decideGroup(client, submissions, { lock: true });
    batch.settle(await readPast(client, batch.lateTickets));
    const counts = venueAfter(batch, state, venueId);
    const { version } = counts;
    if (batch.scans.length === 0) await client.query("rollback");
    else {
      const seen = markSeen(devicesToMark(submissions, credentials), state.venue.now);
      await writeBatch(client, batch, { version, also: [...seen, ...alerts(batch, state.venue, counts)] });
    }

    const milliseconds = performance.now() - began;
    const counted = { from: state.venue.version, asOf: counts.asOf, deltas: batch.tally.deltas };
    return () => {
      group.forEach((entry, index) => {
        const outcome = answers[index] as AttemptResult[] | Fault;
        if (outcome instanceof Fault) entry.reject(outcome);
        else entry.resolve({ results: outcome, counts });
      });
      if (batch.scans.length === 0) return;
      this.options.announce({ kind: "occupancy", venueId, version, counted });
      this.options.onBatch?.({ scans: batch.scans, milliseconds });
    };
  }

  private async decideGroup(
    client: PoolClient,
    submissions: readonly Submission[],
    { lock }: { lock: boolean },
  ): Promise<DecidedGroup> {
    const [{ venueId }] = submissions as [Submission];
    const state = await readBatch(client, venueId, submissions, { lock });
    const elsewhere = await readElsewhere(client, state.venue.ownerId, venueId, strayCodes(state, submissions));
    const { clockTolerance, options } = this;
    const times = scanTimes(state.venue.now, { ...options, clockTolerance }, state.keptFrom);
    const batch = new Batch(state, elsewhere, venueId, times);
    const credentials = new Map(state.credentials.map((row) => [row.id, row]));
    const answers = submissions.map((submission) => answer(batch, submission, credentials));
    return { batch, state, answers, credentials };
  }
}

interface DecidedGroup {
  readonly batch: Batch;
  readonly state: BatchState;
  readonly answers: readonly (AttemptResult[] | Fault)[];
  readonly credentials: ReadonlyMap<string, CredentialRow>;
}

const alerts = (
  { tally }: Changes,
  { inside, capacity, alertThresholds: thresholds, raisedPercents: raised, now }: VenueRow,
  { venueId, version }: { readonly venueId: string; readonly version: number },
): Call[] =>
  alertCalls(venueId, { inside: inside + tally.inside(venueId), capacity, thresholds, raised }, { now, version });

/** Takes from the front of the queue as many submissions as make a batch, and at least one. */
function takeGroup(queue: Waiting[]): Waiting[] {
  let scans = 0;
  let count = 0;
  for (const { submission } of queue) {
    scans += submission.attempts.length;
    if (count > 0 && scans > BATCH_SCANS) break;
    count += 1;
  }
  return queue.splice(0, count);
}

function answer(
  batch: Batch,
  submission: Submission,
  credentials: ReadonlyMap<string, CredentialRow>,
): AttemptResult[] | Fault {
  const credential = credentials.get(submission.scanner.credentialId);
  if (!credential?.isValid)
    return unauthenticated("The token is no longer valid: it was revoked, or its session ended.");
  if (!credential.mayScan) return forbidden("Only the venue's owner, its staff and its devices may scan there.");
  return batch.decide(submission);
}

function devicesToMark(submissions: readonly Submission[], credentials: ReadonlyMap<string, CredentialRow>): string[] {
  const devices = new Set(submissions.flatMap(({ scanner }) => scanner.deviceId ?? []));
  return [...devices].filter((id) => credentials.get(id)?.isSeenLately === false);
}

function venueAfter(batch: Batch, { venue }: BatchState, venueId: string): VenueCounts {
  return {
    venueId,
    capacity: venue.capacity,
    ...countsAfter(venue, batch.tally.deltas.get(venueId) ?? NO_DELTA),
    version: venue.version + batch.scans.length,
    asOf: venue.now,
  };
}
