import { join } from "node:path";
import { build } from "vite";
import { PAGES_FOLDER, WEB_FOLDER } from "./folders.js";
import { makeIfStale } from "./stale.js";

const CONFIG_FILE = join(WEB_FOLDER, "build/vite.config.ts");

/** Builds the pages, unless those that are there are younger than all of their sources. */
export const buildStalePages = (): Promise<void> =>
  makeIfStale({
    folder: PAGES_FOLDER,
    sources: [WEB_FOLDER],
    make: (outDir) => build({ configFile: CONFIG_FILE, logLevel: "warn", build: { outDir } }),
  });
