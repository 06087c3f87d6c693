import { describe, expect, it } from "vitest";
import { findCycle, type Import, type Module, readModules } from "./setup/modules.js";

interface Rule {
  /** Layers, each a folder of `src` or a file at its top. A layer may always import itself. */
  readonly mayImport: readonly string[] | "everything";
  /** Layers of which only types may be imported. */
  readonly typesOf?: readonly string[];
  /** Layers of which only enums may be imported. */
  readonly enumsOf?: readonly string[];
  /** Packages, `*` for any ending. Node's own modules begin with `node:`. */
  readonly neverPackages?: readonly string[];
}

const GRAPHQL = ["graphql", "graphql-*", "type-graphql", "@apollo/*", "@as-integrations/*"];
const WEB = ["fastify", "@fastify/*", "ws", "node:http*", "node:net"];
const REDIS = ["ioredis", "graphql-redis-subscriptions"];
const SQL = ["pg", "kysely", "@mikro-orm/*"];

const RULES: Readonly<Record<string, Rule>> = {
  entities: { mayImport: [], neverPackages: [...GRAPHQL, ...WEB, ...REDIS, "pg", "node:*"] },
  domain: { mayImport: ["entities", "errors"], neverPackages: [...GRAPHQL, ...WEB, ...REDIS] },
  guard: { mayImport: ["errors"], neverPackages: ["type-graphql", "@apollo/*", ...SQL, ...WEB, ...REDIS, "node:*"] },
  live: { mayImport: ["errors", "domain"], neverPackages: ["type-graphql", "@apollo/*", "fastify", "@fastify/*"] },
  schema: { mayImport: [], enumsOf: ["entities"], neverPackages: [...SQL, ...WEB, ...REDIS, "node:fs*"] },
  resolvers: {
    mayImport: ["schema", "domain", "live", "errors"],
    typesOf: ["context", "entities", "loaders"],
    enumsOf: ["entities"],
    neverPackages: [...SQL, ...WEB, ...REDIS],
  },
  export: {
    mayImport: ["resolvers", "schema", "domain", "errors", "context", "server"],
    typesOf: ["entities", "log"],
    neverPackages: [...GRAPHQL, ...SQL, ...REDIS],
  },
  import: {
    mayImport: ["schema", "domain", "entities", "errors", "context", "server"],
    typesOf: ["log"],
    neverPackages: [...GRAPHQL, ...SQL, ...REDIS],
  },
  mail: { mayImport: [], typesOf: ["domain"], neverPackages: [...GRAPHQL, ...WEB, ...SQL, ...REDIS] },
  jobs: { mayImport: ["domain", "entities", "errors", "mail"], neverPackages: [...GRAPHQL, ...WEB, ...REDIS] },
  metrics: {
    mayImport: ["errors", "live"],
    typesOf: ["database", "domain", "server"],
    neverPackages: [...REDIS, ...SQL, "type-graphql"],
  },
  playground: { mayImport: [], neverPackages: [...SQL, ...REDIS] },
  web: { mayImport: [], neverPackages: [...GRAPHQL, ...SQL, ...REDIS] },
  cli: { mayImport: "everything" },

  "start-error": { mayImport: [] },
  errors: { mayImport: [], neverPackages: [...SQL, ...WEB, ...REDIS] },
  config: { mayImport: ["start-error"] },
  log: { mayImport: ["config"] },
  "data-folder": { mayImport: ["start-error"] },
  secret: { mayImport: ["data-folder", "start-error"] },
  postgres: { mayImport: ["data-folder", "start-error"] },
  "embedded-postgres": { mayImport: ["postgres", "data-folder", "secret"] },
  database: { mayImport: ["config", "domain", "mikro-orm.config"] },
  auth: { mayImport: ["config", "database", "domain", "entities", "errors", "secret"] },
  loaders: { mayImport: ["domain", "entities", "errors"], typesOf: ["context"] },
  address: { mayImport: [], neverPackages: [...GRAPHQL, ...SQL, ...REDIS] },
  "rate-limits": { mayImport: ["domain", "errors", "live"], neverPackages: [...GRAPHQL, ...SQL, ...WEB] },
  context: {
    mayImport: ["auth", "loaders", "config", "database", "domain", "entities", "errors", "live", "log"],
    typesOf: ["address", "rate-limits"],
  },
  // And with it every file at the top of `src` that has no row of its own.
  server: { mayImport: "everything" },
  tracing: { mayImport: [], neverPackages: [...GRAPHQL, ...SQL, ...REDIS, ...WEB] },
  main: { mayImport: ["config", "log", "server", "start-error", "tracing"] },
};

/** Layers that only these may import. */
const IMPORTERS: Readonly<Record<string, readonly string[]>> = {
  cli: [],
  main: [],
  playground: ["server"],
  web: ["server"],
};

const LONGEST_FILE = 300;
const modules = readModules("src");
const enums = new Map(modules.map(({ file, enums }) => [file, enums]));

describe("the layers", () => {
  it("all have a row in the table", () => {
    const layers = new Set(modules.map(({ file }) => layerOf(file)));
    expect([...layers].filter((layer) => !(layer in RULES))).toEqual([]);
  });

  it("import only what the table allows", () => {
    expect(
      violations(({ file: importer }, found) => found.file !== null && !mayImport(layerOf(importer), found)),
    ).toEqual([]);
  });

  it("keep away from the packages of other layers", () => {
    expect(violations(({ file }, { specifier }) => isForbidden(layerOf(file), specifier))).toEqual([]);
  });

  it("have no cycle of imports", () => {
    expect(findCycle(modules)).toBeNull();
  });
});

describe("the sources", () => {
  it("read the environment in src/config.ts alone", () => {
    const readers = modules.filter(({ readsEnvironment }) => readsEnvironment);
    expect(readers.map(({ file }) => file)).toEqual(["src/config.ts"]);
  });

  it(`have no file of more than ${LONGEST_FILE} lines`, () => {
    const long = modules.filter(({ lines }) => lines > LONGEST_FILE);
    expect(long.map(({ file, lines }) => `${file}: ${lines}`)).toEqual([]);
  });
});

function layerOf(file: string): string {
  const [first = "", inFolder] = file.replace(/^src\//, "").split("/");
  if (inFolder !== undefined) return first;
  const name = first.replace(/\.ts$/, "");
  return name in RULES || !file.startsWith("src/") ? name : "server";
}

function mayImport(importer: string, { file, values, types }: Import): boolean {
  const layer = layerOf(file ?? "");
  const rule = RULES[importer];
  if (rule === undefined || layer === importer) return true;
  if (layer in IMPORTERS) return IMPORTERS[layer]?.includes(importer) ?? false;
  if (rule.mayImport === "everything" || rule.mayImport.includes(layer)) return true;
  const isEnum = (name: string) => (rule.enumsOf?.includes(layer) && enums.get(file ?? "")?.includes(name)) ?? false;
  const typesAllowed = rule.typesOf?.includes(layer) || types.every(isEnum);
  return typesAllowed && values.every(isEnum) && values.length + types.length > 0;
}

function isForbidden(importer: string, specifier: string): boolean {
  return (RULES[importer]?.neverPackages ?? []).some((pattern) =>
    pattern.endsWith("*")
      ? specifier.startsWith(pattern.slice(0, -1))
      : specifier === pattern || specifier.startsWith(`${pattern}/`),
  );
}

function violations(isWrong: (importer: Module, found: Import) => boolean): string[] {
  return modules.flatMap((importer) =>
    importer.imports
      .filter((found) => isWrong(importer, found))
      .map(
        ({ specifier, values, types }) =>
          `${importer.file} imports ${[...values, ...types].join(", ")} from ${specifier}`,
      ),
  );
}
