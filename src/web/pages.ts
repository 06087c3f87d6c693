import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** A file of the built pages, in memory. */
export interface PageFile {
  readonly contentType: string;
  readonly body: Buffer;
}

/** By path from the root of the server, such as `/board/index.html`. */
export type PageFiles = ReadonlyMap<string, PageFile>;

/** Beside this module's folder where it is compiled, else where the build puts them. */
const FOLDERS = ["../../pages/", "../../dist/pages/"].map((path) => fileURLToPath(new URL(path, import.meta.url)));

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

/** Some 1.4 MB, two thirds of it the scanner's decoder. Null where the pages have not been built. */
export async function readPages(folders: readonly string[] = FOLDERS): Promise<PageFiles | null> {
  for (const folder of folders) {
    const paths = await filesIn(folder);
    if (paths.length > 0) return new Map(await Promise.all(paths.map((path) => readPage(folder, path))));
  }
  return null;
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

async function readPage(folder: string, path: string): Promise<[path: string, file: PageFile]> {
  const contentType = CONTENT_TYPES[extname(path)];
  if (contentType === undefined) throw new Error(`The pages have no content type for ${path}`);
  return [`/${relative(folder, path).split(sep).join("/")}`, { contentType, body: await readFile(path) }];
}
