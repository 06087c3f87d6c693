import { readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";

export interface Making {
  /** What is made. */
  readonly folder: string;
  /** Files and folders. */
  readonly sources: readonly string[];
  readonly make: (draft: string) => Promise<unknown>;
}

/** Makes the folder anew, unless all that is in it is younger than all of its sources. */
export async function makeIfStale({ folder, sources, make }: Making): Promise<void> {
  const [asked, made] = await Promise.all([Promise.all(sources.map(timesOf)), timesOf(folder)]);
  if (made.length > 0 && Math.max(...asked.flat()) < Math.min(...made)) return;
  // Put in place when it is whole: what is left of a making that has failed, or is under way, would be taken for the whole.
  const draft = `${folder}-${process.pid}`;
  try {
    await make(draft);
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** When the file, or each in the folder, was last changed; none where there is nothing. */
async function timesOf(path: string): Promise<number[]> {
  const found = await stat(path).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  });
  if (found === null) return [];
  if (found.isFile()) return [found.mtimeMs];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(files.map(async (file) => (await stat(file)).mtimeMs));
}
