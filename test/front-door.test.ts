import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Door, httpDoor, type Reply, socketDoor, streamDoor } from "./setup/both-doors.js";
import { Client } from "./setup/client.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";

const DOORS = [
  ["HTTP", httpDoor],
  ["a WebSocket", socketDoor],
  ["an event stream", streamDoor],
] as const;
const PAGE = "https://tickets.example";
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

let gatehouse: TestGatehouse;
let production: TestGatehouse;
beforeAll(async () => {
  gatehouse = await startGatehouse({ corsOrigins: [PAGE] });
  production = await startGatehouse({ production: true, databaseUrl: gatehouse.databaseUrl });
});
afterAll(async () => {
  await production.close();
  await gatehouse.close();
});

const codesOf = ({ errors = [] }: Reply): unknown[] => errors.map(({ extensions }) => extensions?.["code"]);
const ask = (path: string, init: RequestInit = {}): Promise<Response> => fetch(`${gatehouse.url}${path}`, init);

/** The status and the code of a refusal, which is always JSON of the same form. */
async function refusalOf(response: Response): Promise<[status: number, code: unknown]> {
  expect(response.headers.get("content-type")).toMatch(/^application\/(graphql-response\+)?json/);
  const { errors, data } = (await response.json()) as Reply;
  expect(data ?? null).toBeNull();
  expect(errors?.[0]?.extensions?.["requestId"]).toBe(response.headers.get("x-request-id"));
  return [response.status, errors?.[0]?.extensions?.["code"]];
}

describe.each(DOORS)("over %s", (_name, open) => {
  let door: Door;
  let hidden: Door;
  beforeAll(() => {
    door = open(gatehouse.url);
    hidden = open(production.url);
  });
  afterAll(async () => {
    await door[Symbol.asyncDispose]();
    await hidden[Symbol.asyncDispose]();
  });

  it.each([
    ["{ __schema { queryType { name } } }"],
    ['{ __type(name: "User") { fields { name } } }'],
    ["{ ...A } fragment A on Query { __schema { types { name } } }"],
  ])("answers %s in development, and not in production", async (query) => {
    expect((await door.ask(undefined, query)).errors).toBeUndefined();
    const refused = await hidden.ask(undefined, query);
    expect(codesOf(refused)).toContain("GRAPHQL_VALIDATION_FAILED");
    expect(refused.errors?.[0]?.message).toMatch(/^GraphQL introspection has been disabled/);
  });

  it.each([
    ["a field", "{ venuse { totalCount } }", {}],
    ["an argument", "{ venues(frist: 1) { totalCount } }", {}],
    ["a type", "query ($input: RecordScanInputs) { __typename }", {}],
    ["an enum's value", "{ events(orderBy: STARTS_AT_ASK) { totalCount } }", {}],
    ["a variable's value", "query ($by: EventOrder) { events(orderBy: $by) { totalCount } }", { by: "STARTS_AT_ASK" }],
    [
      "a variable's field",
      "query ($f: EventFilter) { events(filter: $f) { totalCount } }",
      { f: { statuss: "DRAFT" } },
    ],
  ])("suggests %s in development, and not in production", async (_what, query, variables) => {
    const messages = async (asked: Door) => JSON.stringify((await asked.ask(undefined, query, variables)).errors);
    expect(await messages(door)).toContain("Did you mean");
    expect(await messages(hidden)).not.toContain("Did you mean");
  });

  it("gives every error the id of its request", async () => {
    for (const query of [
      "{",
      "{ nothing }",
      "query A { __typename } query B { __typename }",
      '{ venue(id: "x") { id } }',
    ]) {
      const { errors = [] } = await door.ask(undefined, query);
      expect(errors.map(({ extensions }) => extensions?.["requestId"])).toEqual([expect.stringMatching(UUID)]);
    }
  });

  it("says which variable is wrong, and where in it", async () => {
    const query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    const [error] = (await door.ask(undefined, query, { ids: ["a", { b: 1 }] })).errors ?? [];
    expect(error?.message).toMatch(/^Variable "\$ids" got invalid value .* at "ids\[1\]"/);
    expect(error?.extensions?.["code"]).toBe("BAD_USER_INPUT");
  });

  it("tells nothing of the program or of its SQL when something breaks", async () => {
    await gatehouse.sql("alter table venues rename to venues_away");
    try {
      for (const asked of [door, hidden]) {
        const reply = await asked.ask(undefined, "{ venues { nodes { id } } }");
        expect(codesOf(reply)).toEqual(["INTERNAL_SERVER_ERROR"]);
        expect(JSON.stringify(reply)).not.toMatch(/select|venues_away|relation|\.js|\.ts|stack|node_modules/i);
      }
    } finally {
      await gatehouse.sql("alter table venues_away rename to venues");
    }
  });
});

describe("a request is refused", () => {
  const json = { "content-type": "application/json" };
  const query = "{ __typename }";
  const post = (body: string, headers: Record<string, string> = json) =>
    ask("/graphql", { method: "POST", body, headers });
  const search = (parameters: Record<string, string>) => `/graphql?${new URLSearchParams(parameters)}`;
  const REFUSED: Readonly<Record<string, readonly [number, string, () => Promise<Response>]>> = {
    "as a batch": [400, "BAD_USER_INPUT", () => post(JSON.stringify([{ query }, { query }]))],
    "as a batch for a stream": [
      400,
      "BAD_USER_INPUT",
      () => post(JSON.stringify([{ query }]), { ...json, accept: "text/event-stream" }),
    ],
    "as a mutation over GET": [
      405,
      "BAD_USER_INPUT",
      () => ask(search({ query: "mutation { logout { ok } }" }), { headers: { "apollo-require-preflight": "1" } }),
    ],
    "as a query over GET that a form could send": [400, "BAD_USER_INPUT", () => ask(search({ query }))],
    "as a form": [
      415,
      "BAD_USER_INPUT",
      () => post(`query=${query}`, { "content-type": "application/x-www-form-urlencoded" }),
    ],
    "as a form with files": [
      415,
      "BAD_USER_INPUT",
      () => post("--x--", { "content-type": "multipart/form-data; boundary=x" }),
    ],
    "as plain text, which a form could send": [
      400,
      "BAD_USER_INPUT",
      () => post(JSON.stringify({ query }), { "content-type": "text/plain" }),
    ],
    "as plain text for a stream": [
      400,
      "BAD_USER_INPUT",
      () => post(JSON.stringify({ query }), { "content-type": "text/plain", accept: "text/event-stream" }),
    ],
    "when its body is no JSON": [400, "BAD_USER_INPUT", () => post("{")],
    "when its body is blank": [400, "BAD_USER_INPUT", () => post("")],
    "when its body is no object": [400, "BAD_USER_INPUT", () => post('"query"')],
    "when its body would change what objects are": [
      400,
      "BAD_USER_INPUT",
      () => post(`{"query":"${query}","__proto__":{"a":1}}`),
    ],
    "when it has no query": [400, "BAD_USER_INPUT", () => post("{}")],
    "when its variables are no object": [400, "BAD_USER_INPUT", () => post(JSON.stringify({ query, variables: "x" }))],
    "when it is too large": [
      413,
      "BAD_USER_INPUT",
      () => post(JSON.stringify({ query, variables: { text: "x".repeat(2 * 1024 * 1024) } })),
    ],
    "when nothing is there": [404, "BAD_USER_INPUT", () => ask("/nothing")],
    "by another method": [405, "BAD_USER_INPUT", () => ask("/graphql", { method: "PUT" })],
  };

  it.each(Object.entries(REFUSED))("%s", async (_name, [status, code, send]) => {
    expect(await refusalOf(await send())).toEqual([status, code]);
  });

  it("over a WebSocket as a batch, by closing it", async () => {
    const { connect } = await import("./live/door.js");
    const socket = await connect(gatehouse.url.replace(/^http/, "ws"));
    socket.send({ id: "one", type: "subscribe", payload: [{ query }] });
    expect(await socket.closed()).toBe(4400);
  });
});

describe("for browsers", () => {
  it("an answer says that it is no page, and of what it may make use", async () => {
    for (const path of ["/graphql", "/nothing"]) {
      const { headers } = await ask(path, {
        method: "POST",
        body: "{}",
        headers: { "content-type": "application/json" },
      });
      expect(Object.fromEntries(headers)).toMatchObject({
        "content-security-policy": "default-src 'none';frame-ancestors 'none'",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cross-origin-resource-policy": "same-origin",
        "strict-transport-security": expect.stringMatching(/^max-age=\d{8}/),
        "cache-control": "no-store",
      });
      expect(headers.get("x-powered-by")).toBeNull();
    }
  });

  it("a stream of events has the same headers", async () => {
    const { url } = gatehouse;
    const headers = { "content-type": "application/json", accept: "text/event-stream" };
    const response = await fetch(`${url}/graphql`, { method: "POST", body: '{"query":"{ __typename }"}', headers });
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(response.headers.get("x-request-id")).toMatch(UUID);
    await response.text();
  });

  it("the playground's page has rules of its own, and is not there in production", async () => {
    const headers = { accept: "text/html" };
    const page = await ask("/graphql", { headers });
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(page.headers.get("content-security-policy")).toContain("script-src 'self'");
    const none = await fetch(`${production.url}/graphql`, { headers });
    expect(none.headers.get("content-type")).not.toContain("html");
    expect(await none.text()).not.toContain("<");
    expect((await fetch(`${production.url}/playground/examples.json`)).status).toBe(404);
  });

  it("pages of listed origins may read the answers, and no others", async () => {
    const preflight = (origin: string) =>
      ask("/graphql", {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "authorization" },
      });
    const allowed = (await preflight(PAGE)).headers;
    expect(allowed.get("access-control-allow-origin")).toBe(PAGE);
    expect(allowed.get("access-control-allow-headers")).toContain("authorization");
    expect(allowed.get("access-control-allow-credentials")).toBeNull();
    expect(allowed.get("vary")).toContain("Origin");
    for (const origin of ["https://evil.example", `${PAGE}.evil.example`, "http://tickets.example", "null"]) {
      expect((await preflight(origin)).headers.get("access-control-allow-origin"), origin).toBeNull();
    }
    const closed = await fetch(`${production.url}/graphql`, { method: "POST", headers: { origin: PAGE } });
    expect(closed.headers.get("access-control-allow-origin")).toBeNull();
  });
});

it("keeps no document because a client gave a hash with it", async () => {
  const client = new Client(gatehouse.url);
  const sha256Hash = "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38";
  const extensions = { persistedQuery: { version: 1, sha256Hash } };
  const first = await client.post(JSON.stringify({ query: "{ __typename }", extensions }));
  expect([first.status, first.body.data]).toEqual([200, { __typename: "Query" }]);
  const again = await client.post(JSON.stringify({ extensions }));
  expect([again.status, codesOf(again.body as Reply)]).toEqual([400, ["BAD_USER_INPUT"]]);
});
