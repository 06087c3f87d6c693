import type { RefusalReason, ScanDirection, ScanOutcome } from "../../src/entities/scan.js";

/** What `scan_one` answers. */
export interface ScanOneRow {
  readonly outcome: ScanOutcome | null;
  readonly reason: RefusalReason | null;
  readonly capacity_override: boolean;
  readonly replayed: boolean;
  readonly problem: string | null;
  readonly inside: number;
  readonly capacity: number;
  /** A bigint, which pg gives as text. */
  readonly version: string;
}

/** A named statement is parsed and planned once a connection. */
export const scanOne = (digest: Buffer, key: string, code: string, direction: ScanDirection) => ({
  name: "scan-one",
  text: "select * from scan_one($1, $2, $3, $4)",
  values: [digest, key, code, direction],
});
