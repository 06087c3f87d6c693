import { randomBytes } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeDataFolder } from "./data-folder.js";
import { StartError } from "./start-error.js";

const OWNER_ONLY = 0o600;
const LEAST_CHARACTERS = 32;

/** The secret kept in the data folder under this name, 64 hexadecimal digits, made on first use. */
export async function readOrMakeSecret(dataDir: string, name = "auth-secret"): Promise<string> {
  const path = join(dataDir, name);
  return (await readSecret(path)) ?? (await makeSecret(dataDir, path));
}

async function readSecret(path: string): Promise<string | null> {
  const secret = await readFile(path, "utf8").then(
    (text) => text.trim(),
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return null;
      throw new StartError(`Cannot read the secret in ${path}: ${error.message}`);
    },
  );
  if (secret === null || secret.length >= LEAST_CHARACTERS) return secret;
  throw new StartError(
    `${path} holds less than ${LEAST_CHARACTERS} characters. Restore it from a backup, or remove it.`,
  );
}

/** A hard link appears whole or not at all, and only once: of two starts at the same time, both use the first one's. */
async function makeSecret(dataDir: string, path: string): Promise<string> {
  await makeDataFolder(dataDir);
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  await writeFile(draft, `${randomBytes(32).toString("hex")}\n`, { mode: OWNER_ONLY, flag: "wx", flush: true });
  try {
    await link(draft, path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return (await readSecret(path)) ?? makeSecret(dataDir, path);
}
