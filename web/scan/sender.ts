import { type Client, type CombinedError, createClient, fetchExchange, type OperationResult } from "@urql/core";
import {
  type GateCountsFragment,
  GateDocument,
  RecordScanDocument,
  type ScanDirection,
  UploadScansDocument,
  type VerdictFragment,
} from "../generated/operations.js";
import { makeKey } from "../kit/key.js";
import { alone } from "./alone.js";
import { type Attempt, isKnownInside, keep, unsent } from "./store.js";

/** Somebody stands at the gate: a server that has not answered by then is taken for away. */
const PATIENCE_MILLISECONDS = 2_000;
const UPLOAD_PATIENCE_MILLISECONDS = 20_000;
const MOST_UPLOADED = 200;

export type Answer =
  | { readonly kind: "verdict"; readonly verdict: VerdictFragment; readonly counts: GateCountsFragment | null }
  /** No answer: kept for later. */
  | { readonly kind: "kept"; readonly admitted: boolean }
  /** The server does not take such a scan at all, or there is neither a network nor a place to keep it. */
  | { readonly kind: "problem"; readonly message: string }
  /** The device may scan no more. */
  | { readonly kind: "revoked" };

/** What came of looking whether the server is there. */
export interface Contact {
  readonly counts: GateCountsFragment | null;
  readonly isRevoked: boolean;
  readonly isAway: boolean;
}

const NOT_KEPT = "No network, and this phone has no room to keep the scan: write it down";

/** Sends scans in the name of one device. */
export class Sender {
  private readonly api: Client;
  private hasNoAnswer = false;
  /** The disk is full, or the browser keeps nothing at all, as some do in private windows. */
  cannotKeep = false;

  constructor(private readonly token: string) {
    this.api = createClient({
      url: "/graphql",
      preferGetMethod: false,
      requestPolicy: "network-only",
      exchanges: [fetchExchange],
      fetchOptions: { headers: { authorization: `Bearer ${token}` } },
    });
  }

  /** Nobody is kept waiting for a server that is known to be away. */
  get isAway(): boolean {
    return this.hasNoAnswer || !navigator.onLine;
  }

  async scan(code: string, direction: ScanDirection): Promise<Answer> {
    const known = direction === "ENTRY" && (await isKnownInside(code).catch(() => false));
    const attempt: Attempt = {
      ...{ key: makeKey(), token: this.token, code, direction, scannedAt: new Date().toISOString() },
      ...{ admitted: !known, state: "asking", conflict: null, problem: null },
    };
    if (this.isAway) return this.later(attempt);
    // Beside the asking: who is closed before either has happened has told nobody a verdict.
    const written = this.keep(attempt);
    const { data, error } = await this.ask(
      this.api.mutation(RecordScanDocument, { input: { key: attempt.key, code, direction } }, within()).toPromise(),
    );
    if (isRevoked(error)) return { kind: "revoked" };
    await written;
    if (!data) return this.later(attempt);
    const { scan, occupancy, userErrors } = data.recordScan;
    const problem = scan === null ? (userErrors[0]?.message ?? "The server gave no verdict.") : null;
    const isAnswered = scan !== null;
    const admitted = scan?.outcome === "ACCEPTED";
    // Not waited for: where it is lost, the same answer comes again.
    void this.keep({ ...attempt, admitted, state: isAnswered ? "answered" : "failed", problem });
    return scan === null
      ? { kind: "problem", message: problem ?? "" }
      : { kind: "verdict", verdict: scan, counts: occupancy };
  }

  /** Sends what is kept, if the server is there, in one tab of all; else reads the counts, as far as the gate is known. */
  async contact(gateId: string | null): Promise<Contact> {
    // Where nothing can be read from the disk, as the page says below, the counts can be told nevertheless.
    const sent = await alone("gatehouse.scan.send", () => this.sendKept()).catch(() => null);
    if (sent && (sent.counts || sent.isRevoked || sent.isAway)) return sent;
    const { data, error } = await this.ask(
      this.api.query(GateDocument, { gateId: gateId ?? "", isKnown: gateId !== null }, within()).toPromise(),
    );
    return { counts: data?.gate?.venue.occupancy ?? null, isRevoked: isRevoked(error), isAway: this.isAway };
  }

  /** A part of it at a time, until all is answered or the network is away. */
  private async sendKept(): Promise<Contact> {
    let counts: GateCountsFragment | null = null;
    for (;;) {
      // A younger one may be asked about at this moment.
      const askedBefore = new Date(Date.now() - 2 * PATIENCE_MILLISECONDS).toISOString();
      const attempts = await unsent(this.token, askedBefore, MOST_UPLOADED);
      if (attempts.length === 0) return { counts, isRevoked: false, isAway: false };
      const scans = attempts.map(({ key, code, direction, scannedAt, admitted }) => ({
        ...{ key, code, direction, scannedAt, admitted },
      }));
      const input = { scans, sentAt: new Date().toISOString() };
      const { data, error } = await this.ask(
        this.api.mutation(UploadScansDocument, { input }, within(UPLOAD_PATIENCE_MILLISECONDS)).toPromise(),
      );
      if (!data) return { counts, isRevoked: isRevoked(error), isAway: true };
      const { results, occupancy } = data.uploadScans;
      counts = occupancy;
      const kept = await Promise.all(attempts.map((attempt, index) => this.keep(answered(attempt, results[index]))));
      // Else the same would be sent again at once, and for ever.
      if (kept.includes(false)) return { counts, isRevoked: false, isAway: false };
    }
  }

  /** On the disk before the verdict is told. */
  private async later(attempt: Attempt): Promise<Answer> {
    const isKept = await this.keep({ ...attempt, state: "pending" });
    return isKept ? { kind: "kept", admitted: attempt.admitted } : { kind: "problem", message: NOT_KEPT };
  }

  /** Whether it could be. */
  private async keep(attempt: Attempt): Promise<boolean> {
    this.cannotKeep = await keep(attempt).then(
      () => false,
      () => true,
    );
    return !this.cannotKeep;
  }

  private async ask<Result extends Pick<OperationResult, "error">>(asking: Promise<Result>): Promise<Result> {
    const result = await asking;
    this.hasNoAnswer = result.error?.networkError !== undefined;
    return result;
  }
}

type Result = { readonly scan: VerdictFragment | null; readonly userErrors: readonly { readonly message: string }[] };

/** What was let through and would not have been is a conflict, also where an answer was lost on its way. */
function answered(attempt: Attempt, result: Result | undefined): Attempt {
  if (!result?.scan) {
    return { ...attempt, state: "failed", problem: result?.userErrors[0]?.message ?? "The server gave no verdict." };
  }
  const { conflict, reason } = result.scan;
  return { ...attempt, state: "answered", conflict: conflict ?? (attempt.admitted ? reason : null) };
}

function isRevoked(error: CombinedError | undefined): boolean {
  return error?.graphQLErrors.some(({ extensions }) => extensions["code"] === "UNAUTHENTICATED") ?? false;
}

/** The context of an operation that has so long for its answer. */
function within(milliseconds = PATIENCE_MILLISECONDS): { fetch: typeof fetch } {
  return { fetch: (input, init) => fetch(input, { ...init, signal: AbortSignal.timeout(milliseconds) }) };
}
