import { type Client, type CombinedError, createClient, fetchExchange } from "@urql/core";
import {
  type GateCountsFragment,
  RecordScanDocument,
  type ScanDirection,
  UploadScansDocument,
  type VerdictFragment,
} from "../generated/operations.js";
import { makeKey } from "../shared/key.js";
import { type Attempt, isKnownInside, keep, pending } from "./store.js";

/** Somebody stands at the gate: a server that has not answered by then is taken for away. */
const PATIENCE_MILLISECONDS = 3_000;
/** After a scan without an answer, until there is one again: nobody is kept waiting for a network that is away. */
const SHORT_PATIENCE_MILLISECONDS = 500;
const UPLOAD_PATIENCE_MILLISECONDS = 20_000;
const MOST_UPLOADED = 200;

export type Answer =
  | { readonly kind: "verdict"; readonly verdict: VerdictFragment; readonly counts: GateCountsFragment | null }
  /** No answer: kept for later. */
  | { readonly kind: "kept"; readonly admitted: boolean }
  /** The server does not take such a scan at all. */
  | { readonly kind: "problem"; readonly message: string }
  /** The device may scan no more. */
  | { readonly kind: "revoked" };

export interface Sent {
  readonly counts: GateCountsFragment | null;
  readonly isRevoked: boolean;
}

/** Sends scans in the name of one device. */
export class Sender {
  private readonly api: Client;
  private isAway = false;

  constructor(private readonly token: string) {
    this.api = createClient({
      url: "/graphql",
      preferGetMethod: false,
      exchanges: [fetchExchange],
      fetchOptions: { headers: { authorization: `Bearer ${token}` } },
    });
  }

  /** Written down first, so that nothing that happens from now on loses it. */
  async scan(code: string, direction: ScanDirection): Promise<Answer> {
    const known = direction === "ENTRY" && (await isKnownInside(code));
    const attempt: Attempt = {
      ...{ key: makeKey(), token: this.token, code, direction, scannedAt: new Date().toISOString() },
      ...{ admitted: !known, state: "pending", conflict: null, problem: null },
    };
    await keep(attempt);
    const { key } = attempt;
    const { data, error } = await this.api
      .mutation(
        RecordScanDocument,
        { input: { key, code, direction } },
        {
          fetch: patient(this.isAway ? SHORT_PATIENCE_MILLISECONDS : PATIENCE_MILLISECONDS),
        },
      )
      .toPromise();
    this.isAway = error?.networkError !== undefined;
    if (isRevoked(error)) return { kind: "revoked" };
    if (!data) return { kind: "kept", admitted: attempt.admitted };
    const { scan, occupancy, userErrors } = data.recordScan;
    if (scan === null) {
      const message = userErrors[0]?.message ?? "The server gave no verdict.";
      await keep({ ...attempt, state: "failed", problem: message });
      return { kind: "problem", message };
    }
    await keep({ ...attempt, admitted: scan.outcome === "ACCEPTED", state: "answered" });
    return { kind: "verdict", verdict: scan, counts: occupancy };
  }

  /** Sends what is kept, a part of it at a time, until all is answered or the network is away. */
  async sendKept(): Promise<Sent> {
    let counts: GateCountsFragment | null = null;
    for (;;) {
      // A younger one may be under way by itself.
      const before = new Date(Date.now() - PATIENCE_MILLISECONDS).toISOString();
      const attempts = await pending(this.token, before, MOST_UPLOADED);
      if (attempts.length === 0) return { counts, isRevoked: false };
      const scans = attempts.map(({ key, code, direction, scannedAt, admitted }) => ({
        ...{ key, code, direction, scannedAt, admitted },
      }));
      const input = { scans, sentAt: new Date().toISOString() };
      const { data, error } = await this.api
        .mutation(UploadScansDocument, { input }, { fetch: patient(UPLOAD_PATIENCE_MILLISECONDS) })
        .toPromise();
      if (!data) return { counts, isRevoked: isRevoked(error) };
      this.isAway = false;
      const { results, occupancy } = data.uploadScans;
      counts = occupancy;
      await Promise.all(attempts.map((attempt, index) => keep(answered(attempt, results[index]))));
    }
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

const patient =
  (milliseconds: number): typeof fetch =>
  (input, init) =>
    fetch(input, { ...init, signal: AbortSignal.timeout(milliseconds) });
