import { execFile } from "node:child_process";
import { cp, readdir, rename, rm, stat, symlink, utimes } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const ROOT = resolve(import.meta.dirname, "../..");
/** Beside what `npm run build` makes, and gone with it. */
const FOLDER = join(ROOT, "dist/for-tests");
const SOURCES = ["src", "migrations", "mikro-orm.config.ts", "tsconfig.json", "tsconfig.build.json"];

/** Of a source such as `src/main.ts`, as it is deployed: to translate it at each start takes longer than the start itself. */
export const compiled = (source: string): string => join(FOLDER, source.replace(/ts$/, "js"));

/** Compiles the programs, unless those that are there are younger than all of their sources. */
export async function compileStalePrograms(): Promise<void> {
  const sources = await Promise.all(SOURCES.map((name) => newest(join(ROOT, name))));
  const made = await stat(FOLDER).catch(() => null);
  if (made !== null && Math.max(...sources) < made.mtimeMs) return;
  const begun = new Date();
  // Put in place when it is whole.
  const draft = `${FOLDER}-${process.pid}`;
  try {
    const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
    // Types are for `npm run check`.
    const options = ["-p", "tsconfig.build.json", "--outDir", draft, "--noCheck"];
    await promisify(execFile)(process.execPath, [compiler, ...options], { cwd: ROOT });
    await cp(join(ROOT, "src/playground/browser"), join(draft, "src/playground/browser"), { recursive: true });
    await symlink("../pages", join(draft, "pages"));
    // What is changed meanwhile is younger.
    await utimes(draft, begun, begun);
    await rm(FOLDER, { recursive: true, force: true });
    await rename(draft, FOLDER);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** When the file, or the latest within the folder, was changed. */
async function newest(path: string): Promise<number> {
  const found = await stat(path);
  const entries = found.isDirectory() ? await readdir(path) : [];
  return Math.max(found.mtimeMs, ...(await Promise.all(entries.map((name) => newest(join(path, name))))));
}
