import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "graphql-ws";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import type { Reply } from "./setup/both-doors.js";
import { Client } from "./setup/client.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const TRUSTED = "query Page($first: Int) { venues(first: $first) { totalCount } }";
const LARGE =
  "query Large($first: Int) { events(first: 100) { nodes { tickets(first: $first) { nodes { holder { id } } } } } }";
const MUTATION = "mutation Leave { logout { ok } }";
const OTHER = "{ __typename }";
const HASH = sha256(TRUSTED);
const MANIFEST = Object.fromEntries([TRUSTED, LARGE, MUTATION].map((text) => [sha256(text), text]));

let folder: string;
let open: TestGatehouse;
let closed: TestGatehouse;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gatehouse-manifest-"));
  const trustedDocuments = [await written("manifest.json", MANIFEST)];
  open = await startGatehouse({ trustedDocuments });
  closed = await startGatehouse({ trustedDocuments, trustedDocumentsOnly: true, databaseUrl: open.databaseUrl });
});
afterAll(async () => {
  await closed.close();
  await open.close();
  await rm(folder, { recursive: true });
});

async function written(name: string, content: unknown): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

type Payload = Readonly<Record<string, unknown>>;
type Send = (url: string, payload: Payload) => Promise<Reply>;

const post: Send = async (url, payload) => (await new Client(url).post(JSON.stringify(payload))).body as Reply;

const stream: Send = async (url, payload) => {
  const headers = { "content-type": "application/json", accept: "text/event-stream" };
  const response = await fetch(`${url}/graphql`, { method: "POST", headers, body: JSON.stringify(payload) });
  const text = await response.text();
  return JSON.parse(/^data: (.+)$/m.exec(text)?.[1] ?? text);
};

const get: Send = async (url, { extensions, variables, ...payload }) => {
  const search = new URLSearchParams(payload as Record<string, string>);
  if (extensions !== undefined) search.set("extensions", JSON.stringify(extensions));
  if (variables !== undefined) search.set("variables", JSON.stringify(variables));
  return (
    await fetch(`${url}/graphql?${search}`, { headers: { "apollo-require-preflight": "1" } })
  ).json() as Promise<Reply>;
};

/** The protocol demands a text, be it blank. */
const socket: Send = async (url, payload) => {
  const socketUrl = `${url.replace(/^http/, "ws")}/graphql`;
  const client = createClient({ url: socketUrl, webSocketImpl: WebSocket, retryAttempts: 0 });
  try {
    for await (const reply of client.iterate({ query: "", ...payload })) return reply as Reply;
    throw new Error("nothing was answered");
  } catch (errors) {
    return Array.isArray(errors) ? { errors } : Promise.reject(errors);
  } finally {
    await client.dispose();
  }
};

const codesOf = ({ errors = [] }: Reply): unknown[] => errors.map(({ extensions }) => extensions?.["code"]);
const byHash = (sha256Hash: string, more: Payload = {}): Payload => ({
  ...more,
  extensions: { persistedQuery: { version: 1, sha256Hash } },
});

describe.each([
  ["HTTP", post],
  ["GET", get],
  ["an event stream", stream],
  ["a WebSocket", socket],
])("over %s a document", (_name, send) => {
  it("runs by its hash, however that is given", async () => {
    const variables = { first: 1 };
    for (const named of [byHash(HASH), { documentId: HASH }, { documentId: `sha256:${HASH.toUpperCase()}` }]) {
      for (const { url } of [open, closed]) {
        expect((await send(url, { ...named, variables })).data).toEqual({ venues: { totalCount: 0 } });
      }
    }
  });

  it("runs by its text too", async () => {
    for (const { url } of [open, closed]) {
      expect((await send(url, { query: TRUSTED })).data).toEqual({ venues: { totalCount: 0 } });
      expect((await send(url, byHash(HASH, { query: TRUSTED }))).data).toEqual({ venues: { totalCount: 0 } });
    }
  });

  it("that is unknown is refused", async () => {
    for (const { url } of [open, closed]) {
      for (const named of [byHash(sha256(OTHER)), { documentId: "other" }, { documentId: "__proto__" }]) {
        expect(codesOf(await send(url, named))).toEqual(["BAD_USER_INPUT"]);
      }
    }
  });

  it("that is not trusted runs only where others may", async () => {
    expect((await send(open.url, { query: OTHER })).data).toEqual({ __typename: "Query" });
    for (const asked of [{ query: OTHER }, byHash(HASH, { query: OTHER }), { query: `${TRUSTED} ` }, { query: "{" }]) {
      const reply = await send(closed.url, asked);
      expect([codesOf(reply), reply.data ?? null], JSON.stringify(asked)).toEqual([["FORBIDDEN"], null]);
    }
  });

  it("keeps to the limits that hold for all", async () => {
    const reply = await send(open.url, byHash(sha256(LARGE), { variables: { first: 100 } }));
    expect(codesOf(reply)).toEqual(["QUERY_TOO_COMPLEX"]);
  });
});

it("lets no mutation be named over GET", async () => {
  expect(codesOf(await get(open.url, byHash(sha256(MUTATION))))).toEqual(["BAD_USER_INPUT"]);
});

it("refuses with a status what may not run", async () => {
  const { status } = await new Client(closed.url).post(JSON.stringify({ query: OTHER }));
  expect(status).toBe(403);
});

describe("a manifest", () => {
  it("may be one of Apollo's", async () => {
    const manifest = {
      format: "apollo-persisted-query-manifest",
      version: 1,
      operations: [{ id: HASH, name: "Page", type: "query", body: TRUSTED }],
    };
    const trustedDocuments = [await written("apollo.json", manifest)];
    await using server = await startGatehouse({ trustedDocuments, databaseUrl: open.databaseUrl });
    expect((await post(server.url, byHash(HASH))).data).toEqual({ venues: { totalCount: 0 } });
  });

  it.each([
    ["is not there", null, "ENOENT"],
    ["is no JSON", "{", "JSON"],
    ["is a list", [TRUSTED], "no documents"],
    ["is empty", {}, "no documents"],
    ["has no texts", { [HASH]: 7 }, "the text of a document"],
    ["has operations without texts", { operations: [{ id: HASH }] }, "the text of a document"],
    ["has the hash of another document", { [sha256(OTHER)]: TRUSTED }, "make the manifest anew"],
    ["has a document that is none", { [sha256("{")]: "{" }, "Syntax Error"],
    ["has a document for another API", { [sha256("{ nothing }")]: "{ nothing }" }, "nothing"],
    ["has a document that asks for too much", { one: `{ ${"__typename ".repeat(51)} }` }, "too much"],
  ])("that %s stops the start", async (_what, content, problem) => {
    const trustedDocuments = [content === null ? join(folder, "none.json") : await written("bad.json", content)];
    const starting = startGatehouse({ trustedDocuments, databaseUrl: open.databaseUrl });
    await expect(starting).rejects.toThrow(/^TRUSTED_DOCUMENTS must name JSON files/);
    await expect(starting).rejects.toThrow(problem);
  });
});
