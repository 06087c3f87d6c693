export interface PulseOptions {
  readonly task: () => Promise<void>;
  readonly onError: (error: unknown) => void;
  /** Least milliseconds from the end of one run to the beginning of the next; asked at the end of each. */
  readonly spacing: () => number;
  /** Milliseconds after which the task runs though nobody asked. */
  readonly idle: number;
  /** Milliseconds after which a failed run is tried again. */
  readonly retry: number;
}

/** Runs a task soon after being asked, once for all who asked meanwhile, never twice at a time; and also unasked. */
export class Pulse {
  private asked = false;
  private running = false;
  private stopped = false;
  private earliest = 0;
  private latest = 0;
  private timer: NodeJS.Timeout | undefined;
  private immediate: NodeJS.Immediate | undefined;

  constructor(private readonly options: PulseOptions) {
    this.latest = performance.now() + options.idle;
    this.plan();
  }

  /** A run that is under way does not count: it may have begun before the reason to ask. */
  soon(): void {
    this.asked = true;
    // All who ask in one turn of the event loop are served by one run.
    this.immediate ??= setImmediate(() => {
      this.immediate = undefined;
      this.plan();
    });
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    clearImmediate(this.immediate);
  }

  private plan(): void {
    clearTimeout(this.timer);
    if (this.running || this.stopped) return;
    const delay = (this.asked ? this.earliest : this.latest) - performance.now();
    if (delay > 0) this.timer = setTimeout(() => this.plan(), Math.ceil(delay));
    else void this.run();
  }

  private async run(): Promise<void> {
    this.running = true;
    this.asked = false;
    const { task, onError, spacing, idle, retry } = this.options;
    let hasFailed = false;
    try {
      await task();
    } catch (error) {
      onError(error);
      this.asked = true;
      hasFailed = true;
    }
    this.running = false;
    const ended = performance.now();
    this.earliest = ended + (hasFailed ? retry : spacing());
    this.latest = ended + idle;
    this.plan();
  }
}
