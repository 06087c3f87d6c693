import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { compiled } from "../setup/compiled.js";

const ROOT = join(import.meta.dirname, "../..");
/** A start takes a second of a processor: on one that many share, that may be a minute. */
const START_MILLISECONDS = 90_000;
const LOOK_MILLISECONDS = 25;
/** What Node keeps of the modules, which spares a start a fourth of its time. */
const COMPILED = join(tmpdir(), "gatehouse-torture-compiled");

/** One node as a process of its own, which can be killed. It keeps its address when it is started again. */
export class ServerProcess implements AsyncDisposable {
  private child: ChildProcess | null = null;
  /** What it wrote to its log: warnings and worse. */
  log = "";

  constructor(
    readonly port: number,
    private readonly environment: Readonly<Record<string, string>>,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get isRunning(): boolean {
    return this.child !== null && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Resolves when it is ready. */
  async start(): Promise<this> {
    const own = { PORT: String(this.port), LOG_LEVEL: "warn", NODE_COMPILE_CACHE: COMPILED };
    const env = { ...process.env, ...this.environment, ...own };
    const child = spawn(process.execPath, [compiled("src/main.ts")], { cwd: ROOT, env, stdio: "pipe" });
    this.child = child;
    for (const output of [child.stdout, child.stderr]) {
      output?.setEncoding("utf8").on("data", (text: string) => {
        this.log += text;
      });
    }
    await this.untilReady();
    return this;
  }

  async untilReady(milliseconds = START_MILLISECONDS): Promise<void> {
    const deadline = Date.now() + milliseconds;
    while (!(await this.isReady())) {
      if (!this.isRunning) throw new Error(`the server has ended:\n${this.log}`);
      if (Date.now() > deadline) throw new Error(`the server was not ready in ${milliseconds} ms:\n${this.log}`);
      await sleep(LOOK_MILLISECONDS);
    }
  }

  isReady(): Promise<boolean> {
    const signal = AbortSignal.timeout(1_000);
    return fetch(`${this.url}/readyz`, { signal }).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  signal(name: NodeJS.Signals): void {
    this.child?.kill(name);
  }

  /** Its exit code, or the signal that ended it. */
  async end(name: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    const { child } = this;
    if (child === null || !this.isRunning) return child?.exitCode ?? child?.signalCode ?? null;
    const ended = once(child, "exit");
    child.kill(name);
    const [code, signal] = await ended;
    return code ?? signal;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGKILL");
  }
}
