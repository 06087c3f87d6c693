import { readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { build } from "vite";
import { PAGES_FOLDER, WEB_FOLDER } from "./folders.js";

const CONFIG_FILE = join(WEB_FOLDER, "build/vite.config.ts");

/** Builds the pages, unless those that are there are younger than all of their sources. */
export async function buildStalePages(): Promise<void> {
  const [sources, pages] = await Promise.all([timesOf(WEB_FOLDER), timesOf(PAGES_FOLDER)]);
  if (pages.length > 0 && Math.max(...sources) < Math.min(...pages)) return;
  // Put in place when it is whole: what a build leaves that has failed, or is under way, would be taken for the pages.
  const made = `${PAGES_FOLDER}-${process.pid}`;
  try {
    await build({ configFile: CONFIG_FILE, logLevel: "warn", build: { outDir: made } });
    await rm(PAGES_FOLDER, { recursive: true, force: true });
    await rename(made, PAGES_FOLDER);
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

/** When each file in the folder was last changed; none where there is no such folder. */
async function timesOf(folder: string): Promise<number[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(files.map(async (file) => (await stat(file)).mtimeMs));
}
