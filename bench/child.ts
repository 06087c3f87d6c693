import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Answer } from "./orders.js";

const STOP_MILLISECONDS = 10_000;

/** A process that takes orders, one at a time. It ends with its parent, however that ends. */
export class Child {
  private constructor(
    private readonly name: string,
    private readonly process: ChildProcess,
  ) {}

  /** `file` is beside this one. Killed when `signal` is aborted. `nodeOptions` come on top of the parent's own. */
  static start(file: string, signal: AbortSignal, nodeOptions: readonly string[] = []): Child {
    const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
      env: { NODE_ENV: "production" },
      execArgv: [...process.execArgv, ...nodeOptions],
      // Standard output is for the table alone.
      stdio: ["ignore", 2, 2, "ipc"],
      signal,
      killSignal: "SIGKILL",
    });
    // The abort, which `ask` notices by the end of the process.
    child.on("error", () => {});
    return new Child(file, child);
  }

  /** Throws what the child threw, and when it has ended or ends meanwhile. */
  async ask<Reply>(order: object): Promise<Reply> {
    const answered = new AbortController();
    try {
      const reply = this.reply<Reply>(answered.signal);
      if (!this.process.connected) throw new Error(`${this.name} has ended`);
      this.process.send(order);
      return await reply;
    } finally {
      answered.abort();
    }
  }

  private async reply<Reply>(signal: AbortSignal): Promise<Reply> {
    const [answer] = (await Promise.race([
      once(this.process, "message", { signal }),
      once(this.process, "exit", { signal }).then(() => [{ error: `${this.name} has ended` }]),
    ])) as [Answer<Reply>];
    if ("error" in answer) throw new Error(answer.error);
    return answer.result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, "exit");
    if (this.process.connected) this.process.disconnect();
    const impatience = setTimeout(() => this.process.kill("SIGKILL"), STOP_MILLISECONDS);
    await ended;
    clearTimeout(impatience);
  }
}
