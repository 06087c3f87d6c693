import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, inject, it } from "vitest";
import { Client } from "./setup/client.js";
import { type ReceivedSpan, startCollector } from "./setup/otlp.js";
import { dropDatabase, makeDatabase } from "./setup/postgres.js";
import { recordScan, World } from "./setup/world.js";

const ROOT = join(import.meta.dirname, "..");
/** Tells at the end what was loaded, however. */
const PRELOAD = `
  import { registerHooks } from "node:module";
  const loaded = new Set();
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      loaded.add(found.url);
      return found;
    },
  });
  process.on("exit", () => console.error([...loaded].join("\\n")));`;

interface Program {
  readonly url: string;
  /** Each line of the log. */
  readonly lines: readonly Record<string, unknown>[];
  /** Resolves with what was written to standard error. */
  stop(): Promise<string>;
}

/** The program itself, since what is traced must be loaded after the tracing. */
async function startProgram(environment: Readonly<Record<string, string>>): Promise<Program> {
  const preload = `data:text/javascript,${encodeURIComponent(PRELOAD)}`;
  const child = spawn(process.execPath, ["--import", "tsx", "--import", preload, "src/main.ts"], {
    cwd: ROOT,
    env: { ...process.env, PORT: "0", AUTH_SECRET: "for-tests-only-for-tests-only-for-tests-only", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: Record<string, unknown>[] = [];
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const ready = Promise.withResolvers<string>();
  createInterface(child.stdout).on("line", (line) => {
    lines.push(JSON.parse(line));
    const { msg, url } = lines.at(-1) ?? {};
    if (msg === "Gatehouse is ready") ready.resolve(String(url).replace("/graphql", ""));
  });
  const ended = once(child, "close");
  ended.then(() => ready.reject(new Error(errors)));
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    return errors;
  };
  return { url: await ready.promise, lines, stop };
}

describe.concurrent("a program with a collector", () => {
  it("traces a scan from HTTP through GraphQL and SQL to Redis, and its log has the ids", async () => {
    await using collector = await startCollector();
    const databaseUrl = await makeDatabase(inject("postgresUrl"));
    const program = await startProgram({
      ...{ DATABASE_URL: databaseUrl, REDIS_URL: inject("redisUrl"), LOG_LEVEL: "debug", RATE_LIMITS: "off" },
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    });
    const venue = await new World(program.url).venue({ gates: ["A"] });
    await (await venue.event()).tickets(["T1"]);
    await recordScan((await venue.device("A")).client, { code: "T1" });
    const { headers } = await new Client(program.url).request("{ venues { totalCount } }");
    const loaded = await program.stop();
    await dropDatabase(inject("postgresUrl"), databaseUrl);
    expect(packagesIn(loaded)).toContain("@opentelemetry/sdk-trace");

    const scan = traceOf(
      collector.spans,
      ({ scope, name }) => scope === "instrumentation-ioredis" && name === "publish",
    );
    expect(scan.filter(({ name }) => /^pg.query:gate.*gate.commit/.test(name))).toHaveLength(1);
    const scopes = new Set(scan.map(({ scope }) => scope.replace("instrumentation-", "")));
    expect([...scopes].sort()).toEqual(["graphql", "http", "ioredis", "pg"]);
    const [first, ...others] = scan.filter(({ parentId }) => parentId === "");
    expect(first).toMatchObject({ scope: "instrumentation-http" });
    expect(others).toEqual([]);

    const line = program.lines.find(({ requestId }) => requestId === headers.get("x-request-id"));
    expect(line).toMatchObject({ method: "POST", route: "/graphql", status: 200, milliseconds: expect.any(Number) });
    expect(collector.spans.map(({ traceId }) => traceId)).toContain(line?.["traceId"]);
  });
});

describe.concurrent("a program without a collector", () => {
  it("loads nothing of what traces", async () => {
    const databaseUrl = await makeDatabase(inject("postgresUrl"));
    const program = await startProgram({ DATABASE_URL: databaseUrl });
    const loaded = await program.stop();
    await dropDatabase(inject("postgresUrl"), databaseUrl);
    // Prometheus' library has it loaded, and the log asks it for the trace's id, of which there is none.
    expect(packagesIn(loaded)).toEqual(["@opentelemetry/api"]);
    expect(program.lines.some((line) => "traceId" in line)).toBe(false);
  });
});

/** The whole trace of the last span of that kind. */
function traceOf(spans: readonly ReceivedSpan[], isWanted: (span: ReceivedSpan) => boolean): readonly ReceivedSpan[] {
  const found = spans.findLast(isWanted);
  return spans.filter(({ traceId }) => traceId === found?.traceId);
}

const packagesIn = (loaded: string): unknown[] => [
  ...new Set([...loaded.matchAll(/node_modules\/(@opentelemetry\/[\w-]+)/g)].map(([, name]) => name)),
];
