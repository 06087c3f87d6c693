import { execFile } from "node:child_process";
import { cp, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { makeIfStale } from "../../web/build/stale.js";

const ROOT = resolve(import.meta.dirname, "../..");
/** Beside what `npm run build` makes, and gone with it. */
const FOLDER = join(ROOT, "dist/for-tests");
const SOURCES = ["src", "migrations", "mikro-orm.config.ts", "tsconfig.json", "tsconfig.build.json"];

/** Of a source such as `src/main.ts`, as it is deployed: to translate it at each start takes longer than the start itself. */
export const compiled = (source: string): string => join(FOLDER, source.replace(/ts$/, "js"));

/** Compiles the programs, unless those that are there are younger than all of their sources. */
export const compileStalePrograms = (): Promise<void> =>
  makeIfStale({
    folder: FOLDER,
    sources: SOURCES.map((name) => join(ROOT, name)),
    make: async (draft) => {
      const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
      // Types are for `npm run check`.
      const options = ["-p", "tsconfig.build.json", "--outDir", draft, "--noCheck"];
      await promisify(execFile)(process.execPath, [compiler, ...options], { cwd: ROOT });
      await cp(join(ROOT, "src/playground/browser"), join(draft, "src/playground/browser"), { recursive: true });
      await symlink("../pages", join(draft, "pages"));
    },
  });
