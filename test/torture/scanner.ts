import { setTimeout as sleep } from "node:timers/promises";
import { v4 as uuidv4 } from "uuid";
import { recordScan, type ScanData } from "../setup/world.js";
import { Caller, Refused } from "./caller.js";
import type { Random } from "./random.js";

/** A device at a gate that scans the tickets it has, and sends each scan again until it has an answer. */
export class Scanner {
  /** What was acknowledged, by the key. */
  readonly acknowledged = new Map<string, ScanData>();
  /** Milliseconds of each answer that came at the first attempt. */
  readonly latencies: number[] = [];
  readonly caller: Caller;
  private readonly inside = new Set<string>();

  constructor(
    urls: readonly string[],
    token: string,
    private readonly codes: readonly string[],
    private readonly random: Random,
  ) {
    this.caller = new Caller(urls, token, random);
  }

  async scanUntil(isOver: () => boolean, pauseMilliseconds: number): Promise<void> {
    while (!isOver()) {
      await this.scan();
      await sleep(pauseMilliseconds * this.random.between(0.5, 1.5));
    }
  }

  async scan(): Promise<void> {
    const code = this.random.pick(this.codes);
    const direction = this.inside.has(code) ? "EXIT" : "ENTRY";
    const scan = await this.send({ key: uuidv4(), code, direction });
    this.acknowledged.set(scan.key, scan);
    if (scan.outcome === "ACCEPTED" && direction === "ENTRY") this.inside.add(code);
    else this.inside.delete(code);
  }

  private send(input: Record<string, unknown>): Promise<ScanData> {
    return this.caller.insist(async (client, attempt) => {
      const begun = performance.now();
      const { scan, userErrors } = await recordScan(client, input);
      if (scan === null) throw new Refused(JSON.stringify(userErrors));
      if (attempt === 0) this.latencies.push(performance.now() - begun);
      return scan;
    });
  }
}
