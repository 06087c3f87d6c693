import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { codegen } from "@graphql-codegen/core";
import * as typedDocumentNode from "@graphql-codegen/typed-document-node";
import * as operations from "@graphql-codegen/typescript-operations";
import { stringifyDocument } from "@urql/core";
import { buildSchema, type DocumentNode, parse, printSchema, validateSchema } from "graphql";
import { MANIFEST_FILE, OPERATIONS_FILE, SCHEMA_FILE, WEB_FOLDER } from "./folders.js";

const HEADER = "// Made by `npm run operations` from schema.graphql and web/**/*.graphql.\n";

/** Writes the types and the texts of the pages' operations; with `--check` only says whether they are as they would be written. */
await write(OPERATIONS_FILE, await emit());
await write(MANIFEST_FILE, manifestOf(await import(pathToFileURL(OPERATIONS_FILE).href)));

async function write(file: string, text: string): Promise<void> {
  if (!process.argv.includes("--check")) return await writeFile(file, text);
  if ((await readFile(file, "utf8")) === text) return;
  console.error(`${file} is not what schema.graphql and web/**/*.graphql say: npm run operations`);
  process.exitCode = 1;
}

/** As the pages' client writes them out. */
function manifestOf(operations: Readonly<Record<string, unknown>>): string {
  const documents = Object.keys(operations).filter((name) => name.endsWith("Document"));
  const texts = documents.sort().map((name) => stringifyDocument(operations[name] as DocumentNode));
  const entries = texts.map((text) => [createHash("sha256").update(text).digest("hex"), text]);
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
}

async function emit(): Promise<string> {
  const schema = buildSchema(await readFile(SCHEMA_FILE, "utf8"));
  const [problem] = validateSchema(schema);
  if (problem) throw problem;
  const code = await codegen({
    filename: OPERATIONS_FILE,
    schema: parse(printSchema(schema)),
    schemaAst: schema,
    documents: await readDocuments(),
    config: {
      scalars: { DateTime: "string", ID: "string" },
      strictScalars: true,
      useTypeImports: true,
      enumsAsTypes: true,
      immutableTypes: true,
      skipTypename: true,
      documentMode: "documentNode",
      optimizeDocumentNode: true,
    },
    plugins: [{ operations: {} }, { typedDocumentNode: {} }],
    pluginMap: { operations, typedDocumentNode },
  });
  return HEADER + code;
}

async function readDocuments(): Promise<{ location: string; document: DocumentNode }[]> {
  const entries = await readdir(WEB_FOLDER, { recursive: true, withFileTypes: true });
  const files = entries
    .filter(({ name }) => name.endsWith(".graphql"))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return Promise.all(
    files.map(async (file) => ({
      location: relative(WEB_FOLDER, file),
      document: parse(await readFile(file, "utf8"), { noLocation: true }),
    })),
  );
}
