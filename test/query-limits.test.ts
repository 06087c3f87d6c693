import { getIntrospectionQuery, parse } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { QUERY_LIMITS } from "../src/guard/limits.js";
import { measureShape } from "../src/guard/shape.js";
import { examples } from "../src/playground/examples.js";
import { connect } from "./live/door.js";
import { until } from "./live/world.js";
import { type Door, httpDoor, type Reply, socketDoor, streamDoor } from "./setup/both-doors.js";
import { Client } from "./setup/client.js";
import { enter, openDoors } from "./setup/doors.js";
import { FITTING, fanOut, TOO_MUCH, UPLOAD } from "./setup/large-queries.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { World } from "./setup/world.js";

let gatehouse: TestGatehouse;
let client: Client;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  client = new Client(gatehouse.url);
});
afterAll(() => gatehouse.close());

const codesOf = ({ errors = [] }: Reply): unknown[] => errors.map(({ extensions }) => extensions?.["code"]);
const costOf = async (query: string, variables = {}): Promise<unknown> =>
  (await client.request(query, variables)).body.extensions?.["cost"];

describe.each([
  ["HTTP", httpDoor],
  ["a WebSocket", socketDoor],
  ["an event stream", streamDoor],
])("over %s", (_door, open) => {
  let door: Door;
  beforeAll(() => {
    door = open(gatehouse.url);
  });
  afterAll(() => door[Symbol.asyncDispose]());

  it.each(Object.entries(TOO_MUCH))("refuses %s", async (_name, [query, variables]) => {
    const reply = await door.ask(undefined, query, variables);
    expect(codesOf(reply)[0]).toBe("QUERY_TOO_COMPLEX");
    expect(reply.data ?? null).toBeNull();
    expect(reply.errors?.[0]?.extensions?.["requestId"]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each(Object.entries(FITTING))("takes %s", async (_name, [query, variables]) => {
    expect(codesOf(await door.ask(undefined, query, variables))).not.toContain("QUERY_TOO_COMPLEX");
  });

  it("takes all of the playground's examples, and its introspection", async () => {
    for (const { query, variables } of [...examples(new Date()), { query: getIntrospectionQuery(), variables: {} }]) {
      expect(codesOf(await door.ask(undefined, query, variables)), query).not.toContain("QUERY_TOO_COMPLEX");
    }
  });

  it("tells the cost with the answer", async () => {
    const { data, extensions } = await door.ask(undefined, "query ($n: Int) { venues(first: $n) { nodes { id } } }", {
      n: 4,
    });
    expect(data).toEqual({ venues: { nodes: [] } });
    expect(extensions).toEqual({ cost: { requested: 4, limit: QUERY_LIMITS.cost } });
    expect((await door.ask(undefined, "mutation { logout { ok } }")).extensions).toEqual({
      cost: { requested: 1, limit: QUERY_LIMITS.cost },
    });
  });

  it("refuses a subscription that asks for too much", async () => {
    const query = `subscription { occupancyChanged(venueId: "x") { venue { events(first: 100) { nodes {
      tickets(first: 100) { nodes { holder { id } } } } } } } }`;
    expect(codesOf(await door.ask(undefined, query))).toEqual(["QUERY_TOO_COMPLEX"]);
  });

  it("calls a syntax error what it is", async () => {
    expect(codesOf(await door.ask(undefined, "{ venue("))).toEqual(["GRAPHQL_PARSE_FAILED"]);
  });
});

describe("over HTTP", () => {
  it.each(Object.entries(TOO_MUCH))("answers %s with 400", async (_name, [query, variables]) => {
    const { status } = await client.request(query, variables);
    expect(status).toBe(400);
  });

  it("tells the cost in objects, page sizes multiplied down", async () => {
    const limit = QUERY_LIMITS.cost;
    expect(await costOf("{ __typename }")).toEqual({ requested: 0, limit });
    expect(await costOf("{ events(first: 5) { totalCount nodes { id } } }")).toEqual({ requested: 5, limit });
    expect(await costOf("{ events { nodes { id venue { id } } } }")).toEqual({ requested: 40, limit });
    const query =
      "query ($n: Int = 3, $last: Int) { events(first: $n) { edges { node { tickets(last: $last) { nodes { id } } } } } }";
    expect(await costOf(query)).toEqual({ requested: 3 + 3 * 20, limit });
    expect(await costOf(query, { n: 7, last: 2 })).toEqual({ requested: 7 + 7 * 2, limit });
    expect(await costOf(query, { n: null, last: null })).toEqual({ requested: 20 + 20 * 20, limit });
    expect(await costOf("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", { ids: ["x", "y", "z"] })).toEqual({
      requested: 3,
      limit,
    });
    expect(await costOf("mutation { logout { ok } }")).toEqual({ requested: 1, limit });
  });

  it("tells the cost of what it refuses for it too, and says what would do", async () => {
    const { body } = await client.request(...(TOO_MUCH["pages of pages"] ?? [""]));
    expect(body.extensions).toEqual({ cost: { requested: 20_100, limit: 20_000 } });
    expect(body.errors?.[0]?.message).toContain("smaller pages");
  });

  it("leaves sizes outside 1 to 100 to who reads the page", async () => {
    for (const first of [0, -1, 101, 2_147_483_647]) {
      expect(await client.codes(`{ events(first: ${first}) { nodes { id } } }`)).toEqual(["BAD_USER_INPUT"]);
    }
  });
});

it("takes 1,000 scans with all there is to know of each", async () => {
  const { client: device } = await openDoors(new World(gatehouse.url));
  const { status, body } = await device.request<{ uploadScans: { results: unknown[] } }>(...UPLOAD);
  expect([status, body.errors, body.data?.uploadScans.results.length]).toEqual([200, undefined, 1_000]);
  expect(body.extensions).toEqual({ cost: { requested: 10_002, limit: 20_000 } });
});

it("tells the cost of a subscription with its first result", async () => {
  const { venue, client: device } = await openDoors(new World(gatehouse.url));
  const socket = await connect(gatehouse.url.replace(/^http/, "ws"), {
    authorization: `Bearer ${venue.owner.client.token}`,
  });
  socket.subscribe("counts", `subscription { occupancyChanged(venueId: "${venue.id}") { inside gates { inside } } }`);
  await until(() => socket.of("counts").length === 1);
  await enter(device, "T1");
  await until(() => socket.of("counts").length === 2);
  const payloads = socket.of("counts").map(({ payload }) => payload as Reply);
  expect(payloads.map(({ extensions }) => extensions)).toEqual([
    { cost: { requested: 11, limit: QUERY_LIMITS.cost } },
    undefined,
  ]);
  expect(
    payloads.map(({ data }) => (data as { occupancyChanged: { inside: number } }).occupancyChanged.inside),
  ).toEqual([0, 1]);
  socket.socket.close();
});

it("leaves a socket and its other subscriptions alone when it refuses one operation", async () => {
  const { venue } = await openDoors(new World(gatehouse.url));
  const socket = await connect(gatehouse.url.replace(/^http/, "ws"), {
    authorization: `Bearer ${venue.owner.client.token}`,
  });
  socket.subscribe("counts", `subscription { occupancyChanged(venueId: "${venue.id}") { version } }`);
  await until(() => socket.of("counts").length === 1);
  socket.subscribe("large", fanOut(9, "id"));
  await until(() => socket.of("large").length === 1);
  expect(socket.of("large").map(({ type }) => type)).toEqual(["error"]);
  socket.subscribe("small", "{ __typename }");
  await until(() => socket.of("small").length === 2);
  expect(socket.of("counts").map(({ type }) => type)).toEqual(["next"]);
  socket.socket.close();
});

it("measures what no time would suffice to expand", () => {
  expect(measureShape(parse(fanOut(150, "a: id"))).aliases).toBeGreaterThan(1e149);
});
