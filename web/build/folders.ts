import { resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");

export const WEB_FOLDER = resolve(ROOT, "web");
/** Where the server looks for them, whether it runs from its sources or from `dist`. */
export const PAGES_FOLDER = resolve(ROOT, "dist/pages");
export const SCHEMA_FILE = resolve(ROOT, "schema.graphql");
export const OPERATIONS_FILE = resolve(WEB_FOLDER, "generated/operations.ts");
/** The texts of the pages' operations by their hashes, as TRUSTED_DOCUMENTS takes them. */
export const MANIFEST_FILE = resolve(WEB_FOLDER, "generated/trusted-pages.json");
/** Each a folder of `web/` and a path of the server. */
export const PAGES = ["board", "scan", "owner"] as const;
