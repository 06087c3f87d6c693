export type LaneKind = "scan" | "upload" | "function" | "batch";

/** What the generator is to do. */
export interface Order {
  readonly kind: LaneKind;
  /** Of the API, or of the database. */
  readonly url: string;
  /** The people whose scans these are go on from one order to the next. */
  readonly crowd: string;
  /** The tokens of the venue's devices. */
  readonly tokens: readonly string[];
  readonly connections: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

export interface Measurement {
  readonly scansPerSecond: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
}
