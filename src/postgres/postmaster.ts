import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Written by PostgreSQL's first process, the postmaster, with its process id in the first line. */
export function postmasterFile(folder: string): string {
  return join(folder, "postmaster.pid");
}

export async function postmasterPid(folder: string): Promise<number | null> {
  return pidIn(await readFile(postmasterFile(folder), "utf8").catch(() => ""));
}

function pidIn(text: string): number | null {
  return Number.parseInt(text, 10) || null;
}

/** Told by the command line, since the system gives the number of a process that has ended to another one. */
export async function isPostmaster(pid: number, folder: string): Promise<boolean> {
  const command =
    process.platform === "linux"
      ? await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")
      : await run("ps", ["-o", "command=", "-p", String(pid)]).then(
          ({ stdout }) => stdout,
          () => "",
        );
  return command.includes(folder) && command.includes("postgres");
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/**
 * For a process that ends without stopping its database, by an uncaught error for instance: the signal asks the database
 * to end by itself. Answers a function that takes this back.
 */
export function interruptAtExit(folder: string): () => void {
  const interrupt = () => {
    const pid = pidIn(readFileSync(postmasterFile(folder), "utf8"));
    if (pid !== null) process.kill(pid, "SIGINT");
  };
  process.once("exit", interrupt);
  return () => process.removeListener("exit", interrupt);
}
