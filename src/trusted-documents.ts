import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { GraphQLError } from "graphql";
import { ConfigError } from "./config.js";
import { badInput, Fault } from "./errors.js";

/** The parts of a request that name its document. */
export interface DocumentRequest {
  readonly query?: unknown;
  /** By the draft of GraphQL over HTTP; may begin with `sha256:`. */
  readonly documentId?: unknown;
  /** `persistedQuery.sha256Hash`, as Apollo's clients send it. */
  readonly extensions?: unknown;
}

export interface TrustedDocuments {
  /** Whether nothing else may run. */
  readonly only: boolean;
  /**
   * The text that a request names, or has itself; null when it has neither. Throws BAD_USER_INPUT for an unknown hash, and
   * FORBIDDEN for a text that may not run.
   */
  textOf(request: DocumentRequest): string | null;
}

/** `check` tells what is wrong with a text, by the rules that hold for every document. */
export interface TrustedDocumentsOptions {
  /** The manifests' paths. */
  readonly trustedDocuments: readonly string[];
  readonly trustedDocumentsOnly: boolean;
  readonly check: (text: string) => readonly GraphQLError[];
}

/** Throws the ConfigError of TRUSTED_DOCUMENTS for a manifest that cannot be used. */
export async function readTrustedDocuments(options: TrustedDocumentsOptions): Promise<TrustedDocuments> {
  const { trustedDocuments: paths, trustedDocumentsOnly: only, check } = options;
  const manifests = await Promise.all(paths.map(async (path) => readManifest(path, await readJson(path))));
  const byId = new Map(manifests.flat());
  for (const [id, text] of byId) checkDocument(id, text, check);
  const texts = new Set(byId.values());
  return {
    only,
    textOf: (request) => {
      const { query } = request;
      const text = typeof query === "string" && query.trim() !== "" ? query : null;
      if (text === null) return findById(byId, idOf(request));
      if (!only || texts.has(text)) return text;
      throw new Fault("FORBIDDEN", "Only documents that the server knows run here: send the hash of one.");
    },
  };
}

function idOf({ documentId, extensions }: DocumentRequest): string | null {
  const { persistedQuery } = Object(extensions) as { persistedQuery?: unknown };
  const { sha256Hash } = Object(persistedQuery) as { sha256Hash?: unknown };
  const id = sha256Hash ?? documentId;
  return typeof id === "string" ? plain(id) : null;
}

function findById(byId: ReadonlyMap<string, string>, id: string | null): string | null {
  const text = id === null ? null : byId.get(id);
  if (text !== undefined) return text;
  throw badInput("No document is known by this hash: send its text as `query`, or add it to the server's manifest.");
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    throw unusable(`"${path}" cannot be read as one: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Relay's and the code generator's object of texts by hash, or Apollo's list of operations. */
function readManifest(path: string, manifest: unknown): [id: string, text: string][] {
  const { operations } = Object(manifest) as { operations?: unknown };
  const entries: [unknown, unknown][] = Array.isArray(operations)
    ? operations.map((operation) => [Object(operation).id, Object(operation).body])
    : Object.entries(Object(manifest));
  if (entries.length === 0 || Array.isArray(manifest)) throw unusable(`"${path}" has no documents.`);
  return entries.map(([id, text]) => {
    if (typeof id === "string" && id !== "" && typeof text === "string") return [plain(id), text];
    throw unusable(`in "${path}" ${JSON.stringify(id)} is no hash with the text of a document.`);
  });
}

function checkDocument(id: string, text: string, check: TrustedDocumentsOptions["check"]): void {
  if (/^[0-9a-f]{64}$/.test(id) && createHash("sha256").update(text).digest("hex") !== id) {
    throw unusable(`the document under ${id} has another hash; make the manifest anew.`);
  }
  const [error] = check(text);
  if (error !== undefined) throw unusable(`the document under ${id} cannot run: ${error.message}`);
}

const plain = (id: string): string =>
  id.replace(/^sha256:/i, "").replace(/^[0-9a-f]{64}$/i, (hash) => hash.toLowerCase());

const unusable = (problem: string): ConfigError =>
  new ConfigError(
    "TRUSTED_DOCUMENTS",
    `must name JSON files of texts by their SHA-256, such as { "<hash>": "query { ... }" }, or manifests of Apollo's: ${problem}`,
  );
