import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { type EcmaScriptModule, parseSync, type StaticImportEntry } from "oxc-parser";

export interface Import {
  readonly specifier: string;
  /** The path of the file from the root of the project; null for a package. */
  readonly file: string | null;
  /** What is named in the braces; `*` for all, `default` for the default. */
  readonly values: readonly string[];
  /** Likewise, of what is imported as a type. */
  readonly types: readonly string[];
}

export interface Module {
  /** From the root of the project, with slashes. */
  readonly file: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  readonly enums: readonly string[];
  readonly readsEnvironment: boolean;
}

const root = resolve(import.meta.dirname, "../..");

/** Every TypeScript file below the folder, parsed. */
export function readModules(folder: string): Module[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => readModule(join(entry.parentPath, entry.name)));
}

function readModule(path: string): Module {
  const text = readFileSync(path, "utf8");
  const { program, module, errors } = parseSync(path, text);
  if (errors[0] !== undefined) throw new Error(`${path}: ${errors[0].message}`);
  const nodes = [...nodesIn(program)];
  const imports = [...importsOf(module), ...reexportsOf(module), ...nodes.flatMap(dynamicImportIn)];
  return {
    file: fromRoot(path),
    lines: text.split("\n").length - 1,
    imports: imports.map((found) => ({ ...found, file: fileOf(found.specifier, path) })),
    enums: nodes.flatMap(({ type, id }) => (type === "TSEnumDeclaration" ? (id?.name ?? []) : [])),
    readsEnvironment: nodes.some(isEnvironment) || imports.some(({ specifier }) => /^(node:)?process$/.test(specifier)),
  };
}

type Found = Omit<Import, "file">;

function importsOf({ staticImports }: EcmaScriptModule): Found[] {
  return staticImports.map(({ moduleRequest, entries }) => ({
    specifier: moduleRequest.value,
    values: entries.filter(({ isType }) => !isType).map(({ importName }) => nameOf(importName)),
    types: entries.filter(({ isType }) => isType).map(({ importName }) => nameOf(importName)),
  }));
}

function nameOf({ name, kind }: StaticImportEntry["importName"]): string {
  return name ?? (kind === "Default" ? "default" : "*");
}

function reexportsOf({ staticExports }: EcmaScriptModule): Found[] {
  const entries = staticExports.flatMap(({ entries }) => entries);
  return entries.flatMap(({ moduleRequest, importName, isType }) => {
    if (moduleRequest === null) return [];
    const names = [importName.name ?? "*"];
    return { specifier: moduleRequest.value, values: isType ? [] : names, types: isType ? names : [] };
  });
}

/** What is looked at in a node of the syntax tree; which of these it has depends on its type. */
interface SyntaxNode {
  readonly type: string;
  readonly name?: string;
  readonly value?: unknown;
  readonly id?: SyntaxNode;
  readonly init?: SyntaxNode;
  readonly object?: SyntaxNode;
  readonly property?: SyntaxNode;
  readonly source?: SyntaxNode;
}

function* nodesIn(value: unknown): Generator<SyntaxNode> {
  if (typeof value !== "object" || value === null) return;
  if ("type" in value && typeof value.type === "string") yield value as SyntaxNode;
  for (const child of Object.values(value)) yield* nodesIn(child);
}

function dynamicImportIn({ type, source }: SyntaxNode): Found[] {
  if (type !== "ImportExpression" || typeof source?.value !== "string") return [];
  return [{ specifier: source.value, values: ["*"], types: [] }];
}

/** `process.env` in all its spellings, and any other way to take `process` apart. */
function isEnvironment({ type, object, property, init }: SyntaxNode): boolean {
  if (type === "VariableDeclarator") return init?.name === "process" || init?.property?.name === "process";
  const ofProcess = object?.name === "process" || object?.property?.name === "process";
  return type === "MemberExpression" && ofProcess && (property?.name ?? property?.value) === "env";
}

function fileOf(specifier: string, importer: string): string | null {
  if (!specifier.startsWith(".")) return null;
  return fromRoot(resolve(dirname(importer), specifier.replace(/\.js$/, ".ts")));
}

function fromRoot(path: string): string {
  return relative(root, path).split(sep).join("/");
}

/** The files of one cycle of imports, in order, or null. */
export function findCycle(modules: readonly Module[]): string[] | null {
  const targets = new Map(modules.map(({ file, imports }) => [file, imports.flatMap(({ file }) => file ?? [])]));
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return null;
    for (const target of targets.get(file) ?? []) {
      const cycle = visit(target, [...path, file]);
      if (cycle !== null) return cycle;
    }
    done.add(file);
    return null;
  };
  return firstOf(targets.keys(), (file) => visit(file, []));
}

function firstOf<Item, Found>(items: Iterable<Item>, find: (item: Item) => Found | null): Found | null {
  for (const item of items) {
    const found = find(item);
    if (found !== null) return found;
  }
  return null;
}
