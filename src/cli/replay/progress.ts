const WIDTH = 24;
const REDRAWS_PER_SECOND = 10;
const SECONDS_BETWEEN_PLAIN_LINES = 5;

export interface Standing {
  readonly done: number;
  /** Null where nobody knows it. */
  readonly total: number | null;
  readonly text: string;
}

/** Where a program stands, drawn as a bar on a terminal and written as a line now and then everywhere else. */
export class Progress {
  readonly #output: NodeJS.WriteStream;
  readonly #standing: () => Standing;
  #timer: NodeJS.Timeout | null = null;

  constructor(output: NodeJS.WriteStream, standing: () => Standing) {
    this.#output = output;
    this.#standing = standing;
  }

  start(): void {
    const milliseconds = this.#output.isTTY ? 1000 / REDRAWS_PER_SECOND : 1000 * SECONDS_BETWEEN_PLAIN_LINES;
    this.#timer = setInterval(() => this.#draw(), milliseconds).unref();
  }

  /** Writes a line above the bar. */
  note(text: string, output: NodeJS.WriteStream = this.#output): void {
    if (this.#output.isTTY && this.#timer !== null) this.#output.write("\r\x1b[2K");
    output.write(`${text}\n`);
    if (this.#output.isTTY && this.#timer !== null) this.#draw();
  }

  /** Draws the last state and leaves it standing. */
  stop(): void {
    if (this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
    this.#draw();
    if (this.#output.isTTY) this.#output.write("\n");
  }

  #draw(): void {
    const line = progressLine(this.#standing());
    if (!this.#output.isTTY) this.#output.write(`${line}\n`);
    // A line that wraps could not be drawn over.
    else this.#output.write(`\r\x1b[2K${line.slice(0, (this.#output.columns || 80) - 1)}`);
  }
}

export function progressLine({ done, total, text }: Standing): string {
  if (total === null) return text;
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.floor(share * WIDTH);
  const percent = `${Math.floor(share * 100)}`.padStart(3);
  return `${"█".repeat(filled)}${"░".repeat(WIDTH - filled)} ${percent} %  ${text}`;
}
