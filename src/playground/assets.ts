import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Everything the page loads, read once into memory: 1.6 MB. */
export interface Assets {
  /** Changes with any byte of any asset, so that each may be cached for ever. */
  readonly version: string;
  /** By name, which may hold a slash. */
  readonly files: ReadonlyMap<string, Asset>;
}

interface Asset {
  readonly contentType: string;
  readonly body: Buffer;
}

const CONTENT_TYPES = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

const require = createRequire(import.meta.url);

export async function readAssets(): Promise<Assets> {
  const paths = new Map<string, string | URL>([...packagePaths(), ...(await graphqlWsPaths()), ...OWN]);
  const files = new Map<string, Asset>();
  const hash = createHash("sha256");
  for (const [name, path] of paths) {
    const body = await readFile(path);
    files.set(name, { contentType: contentType(name), body });
    hash.update(name).update(body);
  }
  return { version: hash.digest("hex").slice(0, 12), files };
}

// React 18 is the last with a bundle for a plain script tag. GraphiQL 4 has one too, yet installs twice as much (117 MB
// with React, against 56 MB) to the same effect; GraphiQL 5 wants a bundler, for Monaco's workers.
function packagePaths(): [name: string, path: string][] {
  const graphiql = dirname(require.resolve("graphiql/package.json"));
  return [
    ["react.js", join(dirname(require.resolve("react/package.json")), "umd/react.production.min.js")],
    ["react-dom.js", join(dirname(require.resolve("react-dom/package.json")), "umd/react-dom.production.min.js")],
    ["graphiql.js", join(graphiql, "graphiql.min.js")],
    ["graphiql.css", join(graphiql, "graphiql.min.css")],
  ];
}

/** The ES module of the WebSocket client, and the chunk beside it whose name has a hash. */
async function graphqlWsPaths(): Promise<[name: string, path: string][]> {
  const folder = join(dirname(require.resolve("graphql-ws/package.json")), "dist");
  const modules = (await readdir(folder)).filter((file) => /^(client|common-.*)\.js$/.test(file)).sort();
  return modules.map((file) => [`graphql-ws/${file}`, join(folder, file)]);
}

const OWN: readonly [name: string, path: URL][] = [
  ["start.js", new URL("./browser/start.js", import.meta.url)],
  ["examples-panel.js", new URL("./browser/examples-panel.js", import.meta.url)],
  ["fetcher.js", new URL("./browser/fetcher.js", import.meta.url)],
  ["memory.js", new URL("./browser/memory.js", import.meta.url)],
  ["playground.css", new URL("./browser/playground.css", import.meta.url)],
  ["icon.svg", new URL("./browser/icon.svg", import.meta.url)],
];

function contentType(name: string): string {
  const extension = name.slice(name.lastIndexOf(".") + 1);
  const found = Object.entries(CONTENT_TYPES).find(([known]) => known === extension);
  if (!found) throw new Error(`The playground has no content type for ${name}`);
  return found[1];
}
