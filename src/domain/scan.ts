import { v7 as uuidv7 } from "uuid";
import { GateEntity } from "../entities/gate.js";
import type { Scan } from "../entities/scan.js";
import { badInput, forbidden, invalid, notFound, Refusal, unauthenticated } from "../errors.js";
import type { AttemptResult, Scanner } from "./attempt.js";
import type { GateQueue, VenueCounts } from "./gate-queue.js";
import { type AttemptInput, clockCorrection, keyProblem, makeAttempt } from "./scan-input.js";
import type { Scope } from "./scope.js";
import { mayScan, readStandings } from "./standing.js";

export interface RecordScanInput extends AttemptInput {
  readonly gateId: string | null;
}

export interface OfflineScanInput extends AttemptInput {
  readonly scannedAt: Date;
  readonly admitted: boolean;
}

export interface UploadScansInput {
  readonly scans: readonly OfflineScanInput[];
  readonly sentAt: Date;
  readonly gateId: string | null;
}

export interface RecordedScan {
  readonly scan: Scan;
  readonly replayed: boolean;
  readonly counts: VenueCounts;
}

export interface UploadedScans {
  readonly results: readonly AttemptResult[];
  /** Null where no scan reached a venue. */
  readonly counts: VenueCounts | null;
}

const MOST_UPLOADED = 1_000;

/** The gate at which a call scans. `problem` is what is wrong with how it was named; a replay comes before it. */
interface Post {
  readonly venueId: string;
  readonly gateId: string;
  readonly scanner: Scanner;
  readonly problem: Refusal | null;
}

/**
 * One online scan: the server decides. Throws a Refusal for a bad key, code, gate or event, and for KEY_REUSED; a refusal
 * at the gate is an answer, and is kept.
 */
export async function recordScan(scope: Scope, queue: GateQueue, input: RecordScanInput): Promise<RecordedScan> {
  const post = await findPost(scope, input.gateId);
  const badKey = keyProblem(input.key, []);
  if (badKey !== null) throw badKey;
  const attempt = makeAttempt(input, { path: [], offline: null, problem: post.problem });
  const { results, counts } = await queue.submit({ ...post, attempts: [attempt] });
  const { scan, replayed } = onlyResult(results);
  return { scan, replayed, counts };
}

/** Scans made while offline, at most 1,000: one result per item, in order; a bad item spoils no other. */
export async function uploadScans(scope: Scope, queue: GateQueue, input: UploadScansInput): Promise<UploadedScans> {
  if (input.scans.length > MOST_UPLOADED) {
    throw badInput(`\`scans\` has ${input.scans.length} items; send at most ${MOST_UPLOADED} a call.`);
  }
  const correction = clockCorrection(input.sentAt, new Date(), queue.clockTolerance);
  const post = await findPost(scope, input.gateId).catch(rethrowUnlessRefusal);
  if (post instanceof Refusal) return { results: input.scans.map(() => problemResult(post)), counts: null };

  const badKeys = input.scans.map((scan, index) => keyProblem(scan.key, ["scans", String(index)]));
  const attempts = input.scans.flatMap((scan, index) => {
    if (badKeys[index]) return [];
    const scannedAt = new Date(scan.scannedAt.getTime() + correction);
    const offline = { scannedAt, reportedAt: scan.scannedAt, admitted: scan.admitted };
    return [makeAttempt(scan, { path: ["scans", String(index)], offline, problem: post.problem })];
  });
  const { results, counts } = await queue.submit({ ...post, attempts });
  const decided = results.values();
  return {
    results: badKeys.map((problem) => (problem ? problemResult(problem) : (decided.next().value as AttemptResult))),
    counts,
  };
}

/** The verdict that `recordScan` would give now. Records nothing and waits for no lock. */
export async function previewScan(scope: Scope, queue: GateQueue, input: Omit<RecordScanInput, "key">): Promise<Scan> {
  try {
    const post = await findPost(scope, input.gateId);
    const attempt = makeAttempt({ ...input, key: uuidv7() }, { path: [], offline: null, problem: post.problem });
    return onlyResult(await queue.preview({ ...post, attempts: [attempt] })).scan;
  } catch (error) {
    // A query has no `userErrors`: what is wrong with its input is a top-level error.
    throw error instanceof Refusal ? badInput(error.message) : error;
  }
}

function onlyResult(results: readonly AttemptResult[]): { scan: Scan; replayed: boolean } {
  const [result] = results;
  if (result?.problem) throw result.problem;
  if (!result?.scan) throw new Error("an attempt was neither recorded nor rejected");
  return { scan: result.scan, replayed: result.replayed };
}

/** A device stands at its own gate; staff and owners name one. */
async function findPost(scope: Scope, gateId: string | null): Promise<Post> {
  const { viewer } = scope;
  if (viewer.kind === "anonymous") throw unauthenticated();
  if (viewer.kind === "device") {
    const isElsewhere = gateId !== null && gateId !== viewer.gateId;
    return {
      venueId: viewer.venueId,
      gateId: viewer.gateId,
      scanner: { id: viewer.deviceId, deviceId: viewer.deviceId, credentialId: viewer.deviceId },
      problem: isElsewhere ? invalid("A device scans at its own gate: leave `gateId` out.", "gateId") : null,
    };
  }
  if (gateId === null) throw invalid("Name the gate: only a device has one of its own.", "gateId");
  // Only here: asking for it makes one, and a device needs none.
  const { em } = scope;
  const gate = await em.findOne(GateEntity, gateId);
  if (gate === null) throw notFound("gate", "gateId");
  const standing = (await readStandings(em, viewer, [gate.venueId])).get(gate.venueId);
  if (standing === undefined || !mayScan(standing)) {
    throw forbidden("Only the venue's owner, its staff and its devices may scan there.");
  }
  const scanner = { id: viewer.userId, deviceId: null, credentialId: viewer.sessionId };
  return { venueId: gate.venueId, gateId, scanner, problem: null };
}

const problemResult = (problem: Refusal): AttemptResult => ({ scan: null, replayed: false, problem });

function rethrowUnlessRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  throw error;
}
