import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../src/embedded-postgres.js";
import { readOrMakeSecret } from "../src/secret.js";
import { StartError } from "../src/start-error.js";

const logger = pino({ level: "silent" });
const NOBODY = 65_534;
let parent: string;
let dataDir: string;
let running: EmbeddedPostgres[];

beforeEach(async () => {
  parent = await makeParent();
  dataDir = join(parent, "data");
  running = [];
});

afterEach(async () => {
  await Promise.all(running.map((postgres) => postgres.stop()));
  await removeParent(parent);
});

describe("the embedded PostgreSQL", () => {
  it("lets one of two simultaneous starts through", async () => {
    const starts = await Promise.allSettled([start(), start()]);
    expect(starts.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it("runs for an ordinary user", async () => {
    const ids = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
    await chmod(parent, 0o777);
    const { child, url } = await serveElsewhere(ids);
    expect(await query(url, "select 1 as one")).toEqual([{ one: 1 }]);
    child.stdin.end();
    await expect.poll(() => postmasterFile(), { timeout: 10_000 }).toBeNull();
  });

  it("names the folder that its user cannot use, and the mend", async () => {
    await chmod(parent, process.getuid?.() === 0 ? 0o700 : 0o500);
    await expect(start()).rejects.toThrow(StartError);
    await expect(start()).rejects.toThrow(parent);
    await expect(start()).rejects.toThrow("DATA_DIR");
  });

  it("starts over where a first start was interrupted", async () => {
    await mkdir(join(dataDir, "postgres.new", "base"), { recursive: true });
    const { url } = await start();
    expect(await query(url, "select 1 as one")).toEqual([{ one: 1 }]);
  });
});

/** To make a cluster takes seconds of a core: here all starts but the first are on one that is there. */
describe("the embedded PostgreSQL, started again and again", () => {
  let kept: string;
  beforeAll(async () => {
    kept = await makeParent();
  });
  beforeEach(() => {
    dataDir = join(kept, "data");
  });
  afterAll(() => removeParent(kept));

  it("keeps its data between starts", async () => {
    const first = await start();
    await query(first.url, "create table kept (name text)");
    await query(first.url, "insert into kept values ('kept')");
    await first.stop();
    const second = await start();
    expect(await query(second.url, "select name from kept")).toEqual([{ name: "kept" }]);
  });

  it("commits durably, in UTF-8 and UTC, on this machine alone", async () => {
    const { url } = await start();
    const settings = await query(
      url,
      `select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes',
        'listen_addresses', 'unix_socket_directories', 'server_encoding', 'TimeZone')`,
    );
    expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toEqual({
      fsync: "on",
      synchronous_commit: "on",
      full_page_writes: "on",
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
      server_encoding: "UTF8",
      TimeZone: "UTC",
    });
  });

  it("has the next files of its log from the beginning, so that no scan waits while one is made", async () => {
    const { url } = await start();
    const files = () =>
      query(
        url,
        `select name from pg_ls_waldir() where name ~ '^[0-9A-F]{24}$' and name > pg_walfile_name(pg_current_wal_lsn())`,
      );
    const ahead = await files();
    expect(ahead.length).toBeGreaterThanOrEqual(4);
    await query(url, "create table filler as select repeat(md5(n::text), 10) from generate_series(1, 100000) n");
    const left = await files();
    expect(left.length).toBeLessThan(ahead.length);
    expect(ahead).toEqual(expect.arrayContaining(left));
  });

  it("asks for its password, which only the owner can read", async () => {
    const address = new URL((await start()).url);
    address.password = "wrong";
    await expect(query(address.href, "select 1")).rejects.toThrow("password authentication failed");
    expect((await stat(join(dataDir, "postgres-password"))).mode & 0o777).toBe(0o600);
  });

  it("refuses a second server on its folder and names the first one's process", async () => {
    await start();
    const second = start();
    await expect(second).rejects.toThrow(StartError);
    await expect(second).rejects.toThrow(`process ${process.pid}`);
    await expect(second).rejects.toThrow("DATA_DIR");
  });

  it("starts again after its server was killed", async () => {
    const { child, url } = await serveElsewhere();
    await query(url, "create table survivor (id int)");
    child.kill("SIGKILL");
    await once(child, "exit");
    const { url: next } = await start();
    expect(await query(next, "select count(*)::int as count from survivor")).toEqual([{ count: 0 }]);
    await expect(query(url, "select 1")).rejects.toThrow();
  });

  it("ends with a server that ends without stopping it", async () => {
    const { child, url } = await serveElsewhere();
    child.stdin.end();
    await once(child, "exit");
    await expect.poll(() => postmasterFile(), { timeout: 10_000 }).toBeNull();
    await expect(query(url, "select 1")).rejects.toThrow();
  });
});

describe("a secret", () => {
  it("is made once, even by many at once, and kept", async () => {
    const made = await Promise.all(Array.from({ length: 20 }, () => readOrMakeSecret(dataDir)));
    expect(new Set(made).size).toBe(1);
    expect(await readOrMakeSecret(dataDir)).toBe(made[0]);
    expect(made[0]).toMatch(/^[0-9a-f]{64}$/);
  });

  it("is readable by its owner only", async () => {
    await readOrMakeSecret(dataDir);
    expect((await stat(join(dataDir, "auth-secret"))).mode & 0o777).toBe(0o600);
  });

  it("differs by its name", async () => {
    expect(await readOrMakeSecret(dataDir, "one")).not.toBe(await readOrMakeSecret(dataDir, "other"));
  });
});

async function makeParent(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "gatehouse-embedded-"));
  await chmod(made, 0o755);
  return made;
}

async function removeParent(made: string): Promise<void> {
  await chmod(made, 0o755);
  await rm(made, { recursive: true, force: true });
}

async function start(): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres(dataDir, logger);
  running.push(postgres);
  return postgres;
}

async function serveElsewhere(ids: { uid?: number; gid?: number } = {}) {
  const script = fileURLToPath(new URL("setup/serve-postgres.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", script, dataDir], {
    ...ids,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [url] = await once(child.stdout, "data");
  return { child, url: String(url).trim() };
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

function postmasterFile(): Promise<string | null> {
  return readFile(join(dataDir, "postgres", "postmaster.pid"), "utf8").catch(() => null);
}
