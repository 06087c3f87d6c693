import { readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";

export interface Making {
  /** What is made. */
  readonly folder: string;
  /** Files and folders. */
  readonly sources: readonly string[];
  readonly make: (draft: string) => Promise<unknown>;
}

/** Makes the folder anew, unless it is there and younger than all of its sources. */
export async function makeIfStale({ folder, sources, make }: Making): Promise<void> {
  const [changed, made] = await Promise.all([Promise.all(sources.map(timesOf)), timeOf(folder)]);
  if (made !== null && Math.max(...changed.flat()) < made) return;
  const begun = new Date();
  // Put in place when it is whole: what is left of a making that has failed, or is under way, would be taken for the whole.
  const draft = `${folder}-${process.pid}`;
  try {
    await make(draft);
    // What is changed meanwhile is younger.
    await utimes(draft, begun, begun);
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** When it was last changed; null where there is nothing. */
async function timeOf(path: string): Promise<number | null> {
  const found = await stat(path).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  });
  return found?.mtimeMs ?? null;
}

/** When the file, or each in the folder, was last changed. */
async function timesOf(path: string): Promise<number[]> {
  const found = await stat(path);
  if (found.isFile()) return [found.mtimeMs];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(files.map(async (file) => (await stat(file)).mtimeMs));
}
