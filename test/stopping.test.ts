import { spawn } from "node:child_process";
import { once } from "node:events";
import pg from "pg";
import { expect, it } from "vitest";
import { compiled } from "./setup/compiled.js";
import { startGatehouse } from "./setup/server.js";

const USUALLY_KILLED_AFTER = 15_000;

it("a server stops in time, and says so, though what it waits for never comes", async () => {
  await using gatehouse = await startGatehouse({ jobs: false });
  const child = spawn(process.execPath, [compiled("src/main.ts")], {
    env: {
      ...process.env,
      PORT: "0",
      DATABASE_URL: gatehouse.databaseUrl,
      AUTH_SECRET: gatehouse.config.authSecrets.join(","),
      DATA_DIR: gatehouse.config.dataDir,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (data) => {
    said += data;
  });
  const exited = once(child, "exit");
  await once(child.stdout, "data");
  const other = new pg.Client({ connectionString: gatehouse.databaseUrl });
  await other.connect();
  // Those who give back and take jobs wait for it, and the stop for them.
  await other.query("begin; lock table graphile_worker._private_jobs in access exclusive mode");
  await expect
    .poll(async () => (await gatehouse.sql("select from pg_locks where not granted")).length, { timeout: 10_000 })
    .toBeGreaterThan(0);
  const begun = performance.now();
  child.kill("SIGTERM");
  expect(await exited).toEqual([1, null]);
  expect(performance.now() - begun).toBeLessThan(USUALLY_KILLED_AFTER);
  expect(said).toContain("Not everything has ended in 14 seconds");
  await other.end();
});
