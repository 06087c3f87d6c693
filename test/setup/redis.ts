import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { freePort } from "./ports.js";
import type { Running } from "./postgres.js";
import { installPackage, succeeds } from "./system-packages.js";

/** The one at REDIS_URL, else a `redis-server` from the PATH, which is installed first where it is missing. */
export async function startRedis(): Promise<Running> {
  const { REDIS_URL: given } = process.env;
  if (given) return { url: given, stop: async () => {} };
  if (!(await hasRedis())) await installRedis();
  return startServer(await freePort());
}

/** A cluster of one node, which is all of it. */
export async function startRedisCluster(): Promise<Running> {
  const dir = await mkdtemp(join(tmpdir(), "gatehouse-redis-"));
  const server = await startServer(await freePort(), {
    "cluster-enabled": "yes",
    "cluster-announce-ip": "127.0.0.1",
    dir,
  });
  const redis = new Redis(server.url);
  await redis.cluster("ADDSLOTSRANGE", 0, 16_383);
  while (!(await redis.cluster("INFO")).includes("cluster_state:ok")) await sleep(20);
  redis.disconnect();
  return { url: server.url, stop: () => server.stop().finally(() => rm(dir, { recursive: true, force: true })) };
}

async function hasRedis(): Promise<boolean> {
  return succeeds("redis-server", ["--version"]);
}

async function installRedis(): Promise<void> {
  const packages = { "apt-get": "redis-server", apk: "redis", dnf: "redis", brew: "redis" };
  await installPackage("Redis", packages, hasRedis);
  if (await hasRedis()) return;
  throw new Error(
    "The tests need a real Redis, and none could be found or installed. Put `redis-server` on the PATH " +
      "(for instance: sudo apt-get install redis-server, or brew install redis), or set REDIS_URL to one that runs.",
  );
}

async function startServer(port: number, more: Readonly<Record<string, string>> = {}): Promise<Running> {
  const options = { port: String(port), bind: "127.0.0.1", save: "", appendonly: "no", daemonize: "no", ...more };
  const server = spawn(
    "redis-server",
    Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const kill = () => server.kill("SIGKILL");
  process.once("exit", kill);
  for await (const line of createInterface(server.stdout)) if (line.includes("Ready to accept connections")) break;
  server.stdout.resume();
  if (server.exitCode !== null) throw new Error(`redis-server ended with ${server.exitCode}`);
  return { url: `redis://127.0.0.1:${port}`, stop: () => stopServer(server, kill) };
}

async function stopServer(server: ReturnType<typeof spawn>, kill: () => void): Promise<void> {
  process.removeListener("exit", kill);
  if (server.exitCode !== null) return;
  server.kill("SIGTERM");
  await once(server, "exit");
}
