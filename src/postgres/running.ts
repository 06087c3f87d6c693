import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readOrMakeSecret } from "../secret.js";
import { StartError } from "../start-error.js";
import { isPostmaster, postmasterFile, postmasterPid } from "./postmaster.js";

/** PostgreSQL's own file says in this line on which port it listens. */
const PORT_LINE = 3;

/**
 * The address of the database that a server has started in the data folder and is running now; null when none is. Throws a
 * StartError when the folder has no database at all.
 */
export async function runningPostgres(dataDir: string): Promise<string | null> {
  const folder = join(dataDir, "postgres");
  if (!existsSync(folder)) {
    throw new StartError(`There is no database in ${dataDir}. Set DATA_DIR or DATABASE_URL to where it is.`);
  }
  const pid = await postmasterPid(folder);
  if (pid === null || !(await isPostmaster(pid, folder))) return null;
  const lines = (await readFile(postmasterFile(folder), "utf8")).split("\n");
  const password = await readOrMakeSecret(dataDir, "postgres-password");
  return `postgresql://postgres:${password}@127.0.0.1:${Number(lines[PORT_LINE])}/gatehouse`;
}
