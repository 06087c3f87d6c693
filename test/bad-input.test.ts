import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEVICE_TOKEN_PREFIX, makeToken } from "../src/domain/token.js";
import { type Answer, Client } from "./setup/client.js";
import { openDoors } from "./setup/doors.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { World } from "./setup/world.js";

const CODES = [
  ...["GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT", "UNAUTHENTICATED", "FORBIDDEN"],
  ...["RATE_LIMITED", "QUERY_TOO_COMPLEX", "OVERLOADED", "INTERNAL_SERVER_ERROR"],
];
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const NOBODY = "mutation ($input: RecordScanInput!) { recordScan(input: $input) { scan { id } } }";

let gatehouse: TestGatehouse;
let world: World;
let doors: Awaited<ReturnType<typeof openDoors>>;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
  doors = await openDoors(world);
});
afterAll(() => gatehouse.close());

/** Expects errors of the contract's form, and gives their codes. */
function codesOf({ headers, body }: Answer<unknown>): string[] {
  const requestId = headers.get("x-request-id");
  expect(requestId).toMatch(UUID);
  expect(headers.get("content-type")).toMatch(/^application\/(graphql-response\+)?json/);
  const errors = body.errors ?? [];
  expect(errors.length).toBeGreaterThan(0);
  return errors.map(({ message, extensions, ...rest }) => {
    expect(message.length).toBeGreaterThan(0);
    expect(Object.keys(rest).every((key) => ["locations", "path"].includes(key))).toBe(true);
    expect(Object.keys(extensions ?? {}).sort()).toEqual(["code", "requestId"]);
    expect(extensions?.["requestId"]).toBe(requestId);
    expect(CODES).toContain(extensions?.code);
    return String(extensions?.code);
  });
}

const outcome = (answer: Answer<unknown>): [number, string[]] => [answer.status, codesOf(answer)];

describe("a request that is none", () => {
  it.each([
    ["malformed JSON", '{"query": '],
    ["no body", ""],
    ["null", "null"],
    ["a number", "5"],
    ["a text", '"{ me { id } }"'],
    ["an empty list", "[]"],
    ["a batch", '[{"query":"{ me { id } }"}]'],
    ["an empty object", "{}"],
    ["an empty query", '{"query":""}'],
    ["a query that is a number", '{"query":5}'],
    ["variables that are a text", '{"query":"{ me { id } }","variables":"{}x"}'],
    ["variables that are a list", '{"query":"{ me { id } }","variables":[1]}'],
    ["an operation name that is a number", '{"query":"{ me { id } }","operationName":5}'],
    ["an operation of another name", '{"query":"query A { me { id } }","operationName":"B"}'],
    ["two operations and no name", '{"query":"query A { me { id } } query B { me { id } }"}'],
  ])("is a bad one, with status 400: %s", async (_what, text) => {
    const answer = await doors.client.post(text);
    expect(outcome(answer)).toEqual([400, ["BAD_USER_INPUT"]]);
    expect(answer.body.data).toBeUndefined();
  });

  it.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml", "nonsense"])(
    "is refused as a client error in %s, where a foreign page could send it",
    async (type) => {
      const answer = await doors.client.post('{"query":"{ me { id } }"}', { "content-type": type });
      expect([400, 415]).toContain(answer.status);
      expect(codesOf(answer)).toEqual(["BAD_USER_INPUT"]);
    },
  );

  it("is refused as a client error where it is larger than any good one", async () => {
    const answer = await doors.client.request("{ me { id } }", { padding: "x".repeat(3_000_000) });
    expect(outcome(answer)).toEqual([413, ["BAD_USER_INPUT"]]);
  });

  it("changes nothing over GET", async () => {
    const query = encodeURIComponent("mutation { logout { ok } }");
    const steward = await doors.venue.staff();
    const headers = { authorization: `Bearer ${steward.client.token}`, "content-type": "application/json" };
    const response = await fetch(`${gatehouse.url}/graphql?query=${query}`, { headers });
    const body = (await response.json()) as Answer<unknown>["body"];
    expect(response.status).toBe(405);
    expect(codesOf({ status: response.status, headers: response.headers, body })).toEqual(["BAD_USER_INPUT"]);
    expect(await steward.client.ok("{ me { id } }")).toEqual({ me: { id: steward.id } });
  });
});

describe("a token that is none", () => {
  it.each([
    ["a word", "Bearer nonsense"],
    ["nothing", "Bearer "],
    ["another scheme", "Basic dXNlcjpwYXNzd29yZA=="],
    ["an unsigned one", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."],
    ["a device's that does not exist", `Bearer ${makeToken(DEVICE_TOKEN_PREFIX)}`],
  ])("is UNAUTHENTICATED, with status 401, even for what anybody may ask: %s", async (_what, authorization) => {
    const answer = await world.anonymous.post('{"query":"{ me { id } }"}', { authorization });
    expect(outcome(answer)).toEqual([401, ["UNAUTHENTICATED"]]);
  });

  it("is one that somebody has changed", async () => {
    const token = doors.venue.owner.client.token ?? "";
    const [header, claims = "", signature] = token.split(".");
    const changed = Buffer.from(claims, "base64url")
      .toString()
      .replace(/"exp":\d+/, '"exp":9999999999');
    const forged = [header, Buffer.from(changed).toString("base64url"), signature].join(".");
    expect(outcome(await doors.client.as(forged).request("{ me { id } }"))).toEqual([401, ["UNAUTHENTICATED"]]);
  });
});

const INPUT = { key: "k", code: "T1", direction: "ENTRY" };

/** A document that is wrong, with its variables, and the code of the error. */
const DOCUMENTS: [string, string, Record<string, unknown>, string][] = [
  ["a syntax error", "{ me { id ", {}, "GRAPHQL_PARSE_FAILED"],
  ["a NUL", "{ me { id\0 } }", {}, "GRAPHQL_PARSE_FAILED"],
  ["an unknown field", "{ me { shoeSize } }", {}, "GRAPHQL_VALIDATION_FAILED"],
  ["an unknown operation", "mutation { openAllGates }", {}, "GRAPHQL_VALIDATION_FAILED"],
  ["an unknown argument", '{ venue(id: "x", now: true) { id } }', {}, "GRAPHQL_VALIDATION_FAILED"],
  ["no subselection", "{ me }", {}, "GRAPHQL_VALIDATION_FAILED"],
  ["a literal of a wrong type", "{ venue(id: true) { id } }", {}, "GRAPHQL_VALIDATION_FAILED"],
  ["a variable of an unknown type", "query ($id: Nonsense) { venue(id: $id) { id } }", {}, "GRAPHQL_VALIDATION_FAILED"],
  ["a missing variable", NOBODY, {}, "BAD_USER_INPUT"],
  ["an unknown field of the input", NOBODY, { input: { ...INPUT, force: true } }, "BAD_USER_INPUT"],
  ["a missing field of the input", NOBODY, { input: { key: "k", code: "T1" } }, "BAD_USER_INPUT"],
  ["null for a text", NOBODY, { input: { ...INPUT, code: null } }, "BAD_USER_INPUT"],
  ["a number for a text", NOBODY, { input: { ...INPUT, code: 5 } }, "BAD_USER_INPUT"],
  ["a list for a text", NOBODY, { input: { ...INPUT, key: ["k"] } }, "BAD_USER_INPUT"],
  ["an unknown direction", NOBODY, { input: { ...INPUT, direction: "SIDEWAYS" } }, "BAD_USER_INPUT"],
  ["a list of inputs", NOBODY, { input: [INPUT, INPUT] }, "BAD_USER_INPUT"],
];

describe("a document that is wrong", () => {
  it.each(DOCUMENTS)("is told over HTTP, with status 400: %s", async (_what, query, variables, code) => {
    const answer = await doors.client.request(query, variables);
    const [status, codes] = outcome(answer);
    expect([status, [...new Set(codes)]]).toEqual([400, [code]]);
    expect(answer.body.data).toBeUndefined();
  });

  it.each(DOCUMENTS)("is told over the WebSocket: %s", async (_what, query, variables, code) => {
    await using operation = doors.client.subscribe(query, variables);
    const failure = await operation.failure();
    expect(failure?.closeCode).toBeNull();
    const extensions = (failure?.errors ?? []).map((error) => error.extensions);
    expect(new Set(extensions.map((extension) => extension?.["code"]))).toEqual(new Set([code]));
    for (const extension of extensions) expect(extension?.["requestId"]).toMatch(UUID);
  });

  it("has done nothing, by either door", async () => {
    expect(await gatehouse.sql("select * from scans")).toEqual([]);
  });
});

describe("an error within an operation", () => {
  it("is told with status 200, and the rest is answered", async () => {
    const query = `query ($id: ID!) { bad: venue(id: "nonsense") { id } good: venue(id: $id) { id } }`;
    const answer = await doors.client.request<Record<string, unknown>>(query, { id: doors.venue.id });
    expect(outcome(answer)).toEqual([200, ["BAD_USER_INPUT"]]);
    expect(answer.body.data).toEqual({ bad: null, good: { id: doors.venue.id } });
    expect(answer.body.errors?.[0]?.path).toEqual(["bad"]);
  });

  it.each([
    ["UNAUTHENTICATED", async () => new Client(gatehouse.url)],
    ["FORBIDDEN", async () => (await world.person()).client],
  ])("is %s with status 200 by HTTP, and the same over the WebSocket", async (code, client) => {
    const asker = await client();
    const input = { ...INPUT, gateId: doors.venue.gate() };
    const answer = await asker.request(NOBODY, { input });
    expect(outcome(answer)).toEqual([200, [code]]);
    expect(answer.body.data).toBeNull();
    await using operation = asker.subscribe(NOBODY, { input });
    expect((await operation.failure())?.errors.map(({ extensions }) => extensions?.["code"])).toEqual([code]);
  });

  it("is none where the answer is an expected no: status 200 and `userErrors`", async () => {
    const query = NOBODY.replace("scan { id }", "scan { id } userErrors { code path }");
    const { status, body, headers } = await doors.client.request(query, { input: { ...INPUT, code: "" } });
    const no = { scan: null, userErrors: [{ code: "INVALID", path: ["code"] }] };
    expect({ status, data: body.data, errors: body.errors }).toEqual({
      status: 200,
      data: { recordScan: no },
      errors: undefined,
    });
    expect(headers.get("x-request-id")).toMatch(UUID);
  });
});
