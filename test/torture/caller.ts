import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "../setup/client.js";
import type { Random } from "./random.js";

const RETRY_MILLISECONDS = 50;
/** Longer than any fault lasts, and a start on a machine that many share. */
const PATIENCE_MILLISECONDS = 120_000;
/** Nobody is told how the server is made, whatever has happened to it. */
const INSIDES = /select |insert |update |relation|sqlstate|postgres|node_modules|\.ts:|\.js:|ECONN|terminated/i;

/** Somebody who asks any of the servers, and asks again until there is an answer. */
export class Caller {
  /** How often each code came in place of an answer; "no answer" where nobody was there, or went away. */
  readonly faults = new Map<string, number>();
  /** What should not have been told. */
  readonly complaints: string[] = [];

  constructor(
    private readonly urls: readonly string[],
    private readonly token: string | undefined,
    private readonly random: Random,
  ) {}

  /** `attempt` counts from 0. Throws what `send` throws of a `Refused`, and where nobody ever answers. */
  async insist<Answer>(send: (client: Client, attempt: number) => Promise<Answer>): Promise<Answer> {
    const deadline = Date.now() + PATIENCE_MILLISECONDS;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await send(new Client(this.random.pick(this.urls), this.token), attempt);
      } catch (error) {
        if (error instanceof Refused || Date.now() > deadline) throw error;
        this.note(String(error));
        await sleep(RETRY_MILLISECONDS);
      }
    }
  }

  private note(message: string): void {
    const code = /"code":"([A-Z_]+)"/.exec(message)?.[1];
    const name = code ?? "no answer";
    this.faults.set(name, (this.faults.get(name) ?? 0) + 1);
    if (code !== undefined && INSIDES.test(message)) this.complaints.push(message);
  }
}

/** A no that was not to be expected, and that no repetition changes. */
export class Refused extends Error {
  override readonly name = "Refused";
}
