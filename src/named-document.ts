import type { FastifyRequest } from "fastify";
import type { DocumentRequest, TrustedDocuments } from "./trusted-documents.js";

/** What Apollo is told of a request: the text of a document that was named by its hash stands in it. */
export interface SpelledOut {
  readonly body: unknown;
  /** Blank or with its question mark. */
  readonly search: string;
}

/** Apollo is never told of hashes: it would keep whatever document a client gives one for. Throws a Fault. */
export function spellOut(request: FastifyRequest, documents: TrustedDocuments): SpelledOut {
  const { method, body, url } = request;
  if (method === "POST") return { body: spellOutBody(body, documents), search: "" };
  const asked = request.query as Readonly<Record<string, unknown>>;
  if (isPlain(asked, documents)) {
    return { body, search: url.includes("?") ? url.slice(url.indexOf("?")) : "" };
  }
  const { documentId: _id, extensions, ...rest } = asked;
  const query = documents.textOf({ ...asked, extensions: parse(extensions) });
  return { body, search: `?${new URLSearchParams({ ...(rest as Record<string, string>), query: query ?? "" })}` };
}

function spellOutBody(body: unknown, documents: TrustedDocuments): unknown {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return body;
  const asked: DocumentRequest = body;
  if (isPlain(asked, documents)) return body;
  return { ...asked, query: documents.textOf(asked) ?? "", extensions: withoutHash(asked.extensions) };
}

/** Whether it has its own text, which may run. */
const isPlain = ({ query, documentId, extensions }: DocumentRequest, { only }: TrustedDocuments): boolean =>
  !only && documentId === undefined && extensions === undefined && query !== undefined;

function withoutHash(extensions: unknown): unknown {
  if (typeof extensions !== "object" || extensions === null) return extensions ?? null;
  return { ...extensions, persistedQuery: undefined };
}

function parse(text: unknown): unknown {
  try {
    return typeof text === "string" ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}
