import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { userInfo } from "node:os";
import { promisify } from "node:util";
import type { UserIds } from "../data-folder.js";
import { StartError } from "../start-error.js";

const run = promisify(execFile);
const NAME = "postgres";

export interface PostgresUser {
  readonly name: string;
  /** Null: whoever runs this process, who is not root. */
  readonly ids: UserIds | null;
}

/** PostgreSQL refuses to run as root; then it runs as the user `postgres`, which is made if the system has none. */
export async function postgresUser(): Promise<PostgresUser> {
  if (process.getuid?.() !== 0) return { name: userInfo().username, ids: null };
  return { name: NAME, ids: (await findIds()) ?? (await makeUser()) };
}

async function findIds(): Promise<UserIds | null> {
  try {
    const [uid, gid] = await Promise.all([run("id", ["-u", NAME]), run("id", ["-g", NAME])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return null;
  }
}

async function makeUser(): Promise<UserIds> {
  try {
    await run("groupadd", ["--force", "--system", NAME]);
    await run("useradd", ["--system", "--no-create-home", "--gid", NAME, "--shell", "/usr/sbin/nologin", NAME]);
  } catch {
    // Two starts at once may both try; what counts is whether the user is there afterwards.
  }
  const ids = await findIds();
  if (ids !== null) return ids;
  throw new StartError(
    `PostgreSQL does not run as root, and no user ${NAME} could be made. ` +
      "Start as an ordinary user, or set DATABASE_URL to a PostgreSQL that runs elsewhere.",
  );
}

export async function checkOwner(folder: string, user: PostgresUser): Promise<void> {
  const expected = user.ids?.uid ?? process.getuid?.();
  const { uid } = await stat(folder);
  if (expected === undefined || uid === expected) return;
  throw new StartError(
    `${folder} belongs to the user with number ${uid}, but PostgreSQL would now run as ${user.name}. ` +
      `Start as the same user as before, run \`chown -R ${user.name} ${folder}\`, or set DATA_DIR to another folder.`,
  );
}
