/** A venue's counts as subscribers ask for them. */
export interface Occupancy {
  readonly inside: number;
  readonly theoretical: number;
  readonly version: number;
  readonly gates: readonly {
    readonly inside: number;
    readonly entries: number;
    readonly gate: { readonly name: string };
  }[];
}

/** As Gatehouse: a burst of changes is told as its last state, at most ten times a second. Unmerged, rivals would drown in it. */
const SPACING_MILLISECONDS = 100;

/** One state in memory. */
export class SharedState {
  private news = Promise.withResolvers<void>();
  private timer: NodeJS.Timeout | undefined;
  private isTold = true;

  constructor(private state: Occupancy) {}

  get occupancy(): Occupancy {
    return this.state;
  }

  /** Resolves when there is a newer state than the present one. */
  get changed(): Promise<void> {
    return this.news.promise;
  }

  /** Somebody comes or goes. Nobody is told before the caller has gone on. */
  change(): void {
    const { inside, version } = this.state;
    this.state = { ...this.state, inside: inside + (version % 2 === 0 ? 1 : -1), version: version + 1 };
    this.isTold = false;
    if (this.timer === undefined) this.timer = setTimeout(() => this.tell(), 0);
  }

  private tell(): void {
    this.timer = undefined;
    if (this.isTold) return;
    this.isTold = true;
    const { news } = this;
    this.news = Promise.withResolvers<void>();
    this.timer = setTimeout(() => this.tell(), SPACING_MILLISECONDS);
    news.resolve();
  }
}
