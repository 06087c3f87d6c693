/** What every generator is to do; each is told besides what its own lanes need. */
export interface Order {
  /** What has come of the orders for one target goes on from one to the next. */
  readonly target: string;
  /** Of the API, or of the database. */
  readonly url: string;
  readonly connections: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

export interface Measurement {
  readonly perSecond: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
}
