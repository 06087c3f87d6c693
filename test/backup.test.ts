import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, inject, it } from "vitest";
import { readConfig } from "../src/config.js";
import { openDatabase } from "../src/database.js";
import { verifyCounts } from "../src/domain/verify-counts.js";
import { createServer } from "../src/server.js";
import { Client } from "./setup/client.js";
import { addressOf, dropDatabase, execute } from "./setup/postgres.js";
import { runProgram } from "./setup/program.js";
import { startSystemPostgres, systemPrograms } from "./setup/system-postgres.js";
import { recordScan, World } from "./setup/world.js";

const run = promisify(execFile);
const programs = await systemPrograms();
const AUTH_SECRET = "for-tests-only-for-tests-only-for-tests-only";
const SCAN = { key: "before", code: "T1" };

describe("the folder of the embedded database", () => {
  it("copied while the server rests is the whole of it, on another machine too", async () => {
    const folder = await mkdtemp(join(tmpdir(), "gatehouse-backup-"));
    await chmod(folder, 0o711);
    try {
      const [original, copy] = [join(folder, "original"), join(folder, "copy")];
      const before = await serving({ DATA_DIR: original }, scanOnce);
      // As `cp --archive` does: the owner of each file too, for which npm has nothing.
      await run("cp", ["--archive", original, copy]);
      await rm(original, { recursive: true });
      await serving({ DATA_DIR: copy }, async (url) => {
        await expectContinued(url, before);
        const checked = await runProgram("verify-counts", { environment: { DATA_DIR: copy } });
        expect(checked).toMatchObject({ code: 0, output: expect.stringContaining("Every count agrees") });
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

// The embedded PostgreSQL comes without pg_dump, so that a whole one of the system is needed: apt-get install postgresql
describe.skipIf(programs === null)("a dump", () => {
  it("taken from a server at work is restored on an empty one, of a later version too", async () => {
    const folder = await mkdtemp(join(tmpdir(), "gatehouse-dump-"));
    const file = join(folder, "gatehouse.dump");
    await using system = await startSystemPostgres(programs ?? "");
    const restored = addressOf(inject("postgresUrl"), `gatehouse_test_restored_${process.pid}`);
    try {
      const environment = { DATABASE_URL: system.url, AUTH_SECRET };
      const before = await serving(environment, async (url) => {
        const scanned = await scanOnce(url);
        await run(join(programs ?? "", "pg_dump"), ["--format=custom", `--file=${file}`, system.url]);
        return scanned;
      });
      const name = new URL(restored).pathname.slice(1);
      await execute(inject("postgresUrl"), `create database ${name} template template0`);
      await run(join(programs ?? "", "pg_restore"), ["--exit-on-error", "--no-owner", `--dbname=${restored}`, file]);
      expect(await differences(restored)).toEqual([]);
      await serving({ DATABASE_URL: restored, AUTH_SECRET }, (url) => expectContinued(url, before));
      expect(await differences(restored)).toEqual([]);
    } finally {
      await dropDatabase(inject("postgresUrl"), restored);
      await rm(folder, { recursive: true, force: true });
    }
  });
});

interface Before {
  readonly deviceToken: string;
  readonly scan: unknown;
}

async function serving<Answer>(
  environment: Readonly<Record<string, string>>,
  work: (url: string) => Promise<Answer>,
): Promise<Answer> {
  const server = await createServer(readConfig({ PORT: "0", LOG_LEVEL: "silent", RATE_LIMITS: "off", ...environment }));
  await server.start();
  try {
    return await work(server.url);
  } finally {
    await server.close();
  }
}

async function scanOnce(url: string): Promise<Before> {
  const venue = await new World(url).venue({ gates: ["A"] });
  await (await venue.event()).tickets(["T1", "T2"]);
  const { client } = await venue.device("A");
  const { scan } = await recordScan(client, SCAN);
  return { deviceToken: client.token ?? "", scan };
}

/** The scanner goes on as if nothing had happened: its token holds, its scan is known, its ticket is inside. */
async function expectContinued(url: string, { deviceToken, scan }: Before): Promise<void> {
  const client = new Client(url, deviceToken);
  expect(await recordScan(client, SCAN)).toMatchObject({ replayed: true, scan });
  expect(await recordScan(client, { code: "T1" })).toMatchObject({ scan: { reason: "ALREADY_INSIDE" } });
  expect(await recordScan(client, { code: "T2" })).toMatchObject({ scan: { outcome: "ACCEPTED" } });
}

async function differences(databaseUrl: string): Promise<readonly unknown[]> {
  const database = await openDatabase({ databaseUrl, databasePoolSize: 1, gatePoolSize: 1, salesPoolSize: 1 });
  try {
    return await verifyCounts(database.orm.em.fork());
  } finally {
    await database.close();
  }
}
