import { readFile } from "node:fs/promises";
import { isPostmaster, postmasterFile, postmasterPid } from "./postmaster.js";

/** PostgreSQL's own file says in this line on which port it listens. */
const PORT_LINE = 3;

/** The port of the PostgreSQL that runs in the folder now; null when none does. */
export async function runningPort(folder: string): Promise<number | null> {
  const pid = await postmasterPid(folder);
  if (pid === null || !(await isPostmaster(pid, folder))) return null;
  const lines = (await readFile(postmasterFile(folder), "utf8")).split("\n");
  return Number(lines[PORT_LINE]);
}
