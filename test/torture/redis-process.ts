import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { Redis } from "ioredis";

/** A Redis of its own that can be killed, stopped for a while and started again under its address. */
export class RedisProcess implements AsyncDisposable {
  private child: ChildProcess | null = null;

  constructor(readonly port: number) {}

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<this> {
    const options = { port: String(this.port), bind: "127.0.0.1", save: "", appendonly: "no" };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    const child = spawn("redis-server", args, { stdio: ["ignore", "pipe", "inherit"] });
    this.child = child;
    for await (const line of createInterface(child.stdout)) if (line.includes("Ready to accept connections")) break;
    child.stdout.resume();
    return this;
  }

  /** SIGSTOP keeps its connections open, and answers nothing. */
  signal(name: "SIGSTOP" | "SIGCONT"): void {
    this.child?.kill(name);
  }

  async kill(): Promise<void> {
    const { child } = this;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }

  async flush(): Promise<void> {
    const redis = new Redis(this.url);
    await redis.flushall();
    redis.disconnect();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
