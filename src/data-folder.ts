import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { chmod, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StartError } from "./start-error.js";

export type UserIds = { readonly uid: number; readonly gid: number };

/** Others may pass through, since PostgreSQL runs as a user of its own when the server is root; they see no names. */
const PASS_THROUGH = 0o711;

export async function makeDataFolder(dataDir: string): Promise<void> {
  try {
    const made = await mkdir(dataDir, { recursive: true, mode: PASS_THROUGH });
    if (made !== undefined) await chmod(dataDir, PASS_THROUGH);
  } catch (error) {
    throw new StartError(
      `Cannot make the folder ${dataDir}: ${messageOf(error)}. Set DATA_DIR to one that can be made.`,
    );
  }
}

/**
 * Keeps every other server out of the folder until `release`, or until this process dies, however it dies. SQLite is here
 * only to hold the system's file lock, which Node cannot take by itself: unlike a file with a process id in it, the lock
 * is never stale, not even in a container, where every start has the same process id.
 */
export function lockDataFolder(dataDir: string): { release(): void } {
  const pidFile = join(dataDir, "server.pid");
  const lock = new DatabaseSync(join(dataDir, "server.lock"));
  try {
    lock.exec("pragma journal_mode = memory; begin exclusive");
  } catch (error) {
    lock.close();
    throw new StartError(
      isBusy(error) ? heldBy(dataDir, pidFile) : `Cannot lock the folder ${dataDir}: ${messageOf(error)}`,
    );
  }
  writeFileSync(pidFile, `${process.pid}\n`);
  return { release: () => lock.close() };
}

function isBusy(error: unknown): boolean {
  const SQLITE_BUSY = 5;
  return error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY;
}

function heldBy(dataDir: string, pidFile: string): string {
  return (
    `The folder ${dataDir} is in use by another server, process ${readPid(pidFile) ?? "unknown"}. ` +
    "Stop that one, or set DATA_DIR to another folder."
  );
}

function readPid(pidFile: string): string | null {
  try {
    return readFileSync(pidFile, "utf8").trim() || null;
  } catch {
    return null;
  }
}

/** Tries every folder on the way as the user, which knows of access lists and mounts what the mode bits do not tell. */
export function checkReachable(folder: string, user: UserIds & { readonly name: string }): void {
  const blocked = pathTo(folder).find((step) => !canEnter(step, user));
  if (blocked === undefined) return;
  throw new StartError(
    `PostgreSQL runs as the user ${user.name}, which cannot enter ${blocked} and so not reach ${folder}. ` +
      `Run \`chmod o+x ${blocked}\`, or use a place that every user can reach (for the data: DATA_DIR).`,
  );
}

function pathTo(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [...pathTo(parent), folder];
}

function canEnter(folder: string, { uid, gid }: UserIds): boolean {
  const options = { uid, gid, cwd: "/", stdio: "ignore" } as const;
  const { status, error } = spawnSync("/bin/sh", ["-c", 'test -x "$0"', folder], options);
  if (error !== undefined) throw error;
  return status === 0;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
