import type { Scan, ScanDirection } from "../entities/scan.js";
import type { Refusal } from "../errors.js";

/** Who sends scans. Keys belong to `id` and the gate; `credentialId` is what must still be valid when they are decided. */
export interface Scanner {
  readonly id: string;
  readonly deviceId: string | null;
  /** The device's id, or the user's session. */
  readonly credentialId: string;
}

/** One scan as it reached the server. */
export interface Attempt {
  readonly key: string;
  /** Trimmed. */
  readonly code: string;
  readonly direction: ScanDirection;
  readonly eventId: string | null;
  /** Null for an online scan, which happens when it is decided. */
  readonly offline: OfflineFacts | null;
  /** What is wrong with it besides its key; a replay comes first even then. */
  readonly problem: Refusal | null;
  /** Leads to it in the input. */
  readonly path: readonly string[];
}

export interface OfflineFacts {
  /** Corrected for a scanner's clock that is off. */
  readonly scannedAt: Date;
  readonly reportedAt: Date;
  readonly admitted: boolean;
}

/** What one caller sends in one call, for one gate. */
export interface Submission {
  readonly venueId: string;
  readonly gateId: string;
  readonly scanner: Scanner;
  readonly attempts: readonly Attempt[];
}

export interface AttemptResult {
  readonly scan: Scan | null;
  /** Answered from an earlier attempt with this key. */
  readonly replayed: boolean;
  readonly problem: Refusal | null;
}
