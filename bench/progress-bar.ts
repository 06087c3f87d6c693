const WIDTH = 30;
const REDRAW_MILLISECONDS = 200;
const LINE_MILLISECONDS = 10_000;

/**
 * How far something is, on standard error: one line that is drawn again and again, or, where it goes to a file, a line every ten
 * seconds; and what it came to at the end.
 */
export class ProgressBar implements Disposable {
  private readonly begun = performance.now();
  private readonly isLive = process.stderr.isTTY === true;
  private readonly timer: NodeJS.Timeout;
  private done = 0;

  constructor(
    private readonly total: number,
    /** Such as `scans`. */
    private readonly unit: string,
  ) {
    this.timer = setInterval(() => this.draw(), this.isLive ? REDRAW_MILLISECONDS : LINE_MILLISECONDS);
  }

  add(count: number): void {
    this.done += count;
  }

  /** Such as `1,000 scans in 0:12, 83/s`. */
  get summary(): string {
    return `${whole(this.done)} ${this.unit} in ${clock(this.seconds)}, ${whole(this.perSecond)}/s`;
  }

  [Symbol.dispose](): void {
    clearInterval(this.timer);
    this.draw();
    if (this.isLive) process.stderr.write("\n");
  }

  /** From the beginning. */
  private get perSecond(): number {
    return this.done / this.seconds;
  }

  private get seconds(): number {
    return (performance.now() - this.begun) / 1000;
  }

  private draw(): void {
    const share = this.total === 0 ? 1 : Math.min(1, this.done / this.total);
    const full = Math.round(share * WIDTH);
    const bar = `[${"#".repeat(full)}${".".repeat(WIDTH - full)}] ${(share * 100).toFixed(1).padStart(5)} %`;
    const left = this.done === 0 ? "" : `, ${clock((this.total - this.done) / this.perSecond)} to go`;
    const counts = `${whole(this.done)} of ${whole(this.total)} ${this.unit}, ${whole(this.perSecond)}/s`;
    const line = `${bar}  ${counts}, ${clock(this.seconds)}${left}`;
    process.stderr.write(this.isLive ? `\r\x1b[K${line}` : `${line}\n`);
  }
}

export const whole = (value: number): string => Math.round(value).toLocaleString("en");

/** Such as 12:04, or 1:12:04. */
function clock(seconds: number): string {
  const rest = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60];
  const parts = hours > 0 ? [hours, minutes, rest % 60] : [minutes, rest % 60];
  return parts.map((part, place) => (place === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}

const begun = performance.now();

/** Tells what is done now, with the time since the start. */
export function progress(text: string): void {
  process.stderr.write(`${clock((performance.now() - begun) / 1000)}  ${text}\n`);
}
