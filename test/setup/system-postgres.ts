import { execFile } from "node:child_process";
import { chown, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { postgresUser } from "../../src/postgres/user.js";
import { freePort } from "./ports.js";

const run = promisify(execFile);
const DEBIAN = "/usr/lib/postgresql";

/** The folder of a whole PostgreSQL of the system, with its `pg_dump`, which the embedded one comes without; null: there is none. */
export async function systemPrograms(): Promise<string | null> {
  const versions = await readdir(DEBIAN).catch((): string[] => []);
  const folders = versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(DEBIAN, version, "bin"));
  const { stdout } = await run("pg_config", ["--bindir"]).catch(() => ({ stdout: "" }));
  for (const folder of [...folders, stdout.trim()]) {
    const programs = await readdir(folder || "/nowhere").catch((): string[] => []);
    if (["initdb", "pg_ctl", "pg_dump", "pg_restore"].every((name) => programs.includes(name))) return folder;
  }
  return null;
}

export interface SystemPostgres extends AsyncDisposable {
  /** Of the database `postgres`, as its superuser. */
  readonly url: string;
}

/** One of its own, in a new folder, which is removed with it. */
export async function startSystemPostgres(programs: string): Promise<SystemPostgres> {
  const { ids } = await postgresUser();
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-system-postgres-"));
  if (ids !== null) await chown(folder, ids.uid, ids.gid);
  const start = (program: string, args: readonly string[]) =>
    run(join(programs, program), ["--pgdata", folder, ...args], { ...ids, cwd: "/" });
  await start("initdb", ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]);
  const port = await freePort();
  const options = `-c port=${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off`;
  await start("pg_ctl", ["start", "--wait", "--silent", `--log=${join(folder, "log")}`, `--options=${options}`]);
  return {
    url: `postgresql://postgres@127.0.0.1:${port}/postgres`,
    [Symbol.asyncDispose]: async () => {
      await start("pg_ctl", ["stop", "--mode=fast", "--wait", "--silent"]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
