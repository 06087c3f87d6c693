import type { ServerResponse } from "node:http";
import { Stopped } from "./body.js";

/**
 * What may wait for a client that reads only after it has sent everything, as simple ones do: 80,000 bad lines. Past it the
 * import waits for the client.
 */
const MOST_WAITING_BYTES = 8 * 1024 * 1024;

/** The last is for proxies that would gather lines into larger pieces. */
const HEADERS = { "content-type": "application/x-ndjson; charset=utf-8", "x-accel-buffering": "no" };

/** An answer of JSON lines, told while the work goes on. */
export class Answer {
  constructor(
    private readonly response: ServerResponse,
    private readonly patience: number,
    headers: Readonly<Record<string, string>>,
  ) {
    response.writeHead(200, { ...HEADERS, ...headers });
  }

  /** Resolves when there is room for more. Throws Stopped when the client does not read. */
  async tell(...lines: readonly object[]): Promise<void> {
    if (this.response.destroyed || lines.length === 0) return;
    this.response.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    if (this.response.writableLength > MOST_WAITING_BYTES) await this.drained();
  }

  end(last: object): void {
    if (!this.response.destroyed) this.response.end(`${JSON.stringify(last)}\n`);
  }

  private async drained(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(new Stopped("The answer is not read.")), this.patience);
    this.response.on("drain", resolve).on("close", resolve);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.response.off("drain", resolve).off("close", resolve);
    }
  }
}
