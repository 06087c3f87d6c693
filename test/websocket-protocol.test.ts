import { once } from "node:events";
import { request } from "node:http";
import { connect as connectSocket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "graphql-ws";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { Client, connect } from "./live/door.js";
import { until } from "./live/world.js";
import { Client as HttpClient } from "./setup/client.js";
import { enter } from "./setup/doors.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { type Venue, World } from "./setup/world.js";

let gatehouse: TestGatehouse;
let venue: Venue;
let params: { authorization: string };
beforeAll(async () => {
  gatehouse = await startGatehouse();
  venue = await new World(gatehouse.url).venue();
  params = paramsOf(venue.owner.client);
});
afterAll(async () => {
  await expectCountsRight(gatehouse);
  await gatehouse.close();
});

const paramsOf = ({ token }: { token?: string | undefined }) => ({ authorization: `Bearer ${token}` });
const socketUrl = ({ url }: TestGatehouse): string => url.replace(/^http/, "ws");
const open = (connectionParams: Record<string, unknown> = params): Promise<Client> =>
  connect(socketUrl(gatehouse), connectionParams);
const watching = (id = venue.id): string => `subscription { state: occupancyChanged(venueId: "${id}") { version } }`;
const watchingGate = (): string =>
  `subscription { state: gateOccupancyChanged(gateId: "${venue.gate()}") { version } }`;

async function openUninitialised(protocols?: string[]): Promise<Client> {
  const client = new Client(socketUrl(gatehouse), protocols);
  await once(client.socket, "open");
  return client;
}

/** The code of the close frame to a client that takes whatever the server makes of its subprotocol, as browsers do not. */
async function closeCodeFor(subprotocol: string): Promise<number> {
  const headers = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": Buffer.alloc(16).toString("base64"),
    "sec-websocket-protocol": subprotocol,
  };
  const asking = request(`${gatehouse.url}/graphql`, { headers }).end();
  const [, socket, head] = await once(asking, "upgrade");
  const frame: Buffer = head.length > 0 ? head : (await once(socket, "data"))[0];
  socket.destroy();
  return frame.readUInt16BE(2);
}

describe("a socket is closed", () => {
  it("with 4400 for a message that is none", async () => {
    const garbage = ["", "{", "null", "[]", "{}", '{"type":"nothing"}', '{"type":"connection_ack"}'];
    const malformed = ['{"type":"subscribe"}', '{"type":"subscribe","id":"1","payload":{}}', '{"type":"complete"}'];
    for (const message of [...garbage, ...malformed]) {
      const client = await open();
      client.send(message);
      expect(await client.closed(), message).toBe(4400);
    }
  });

  it("with 4401 for an operation before the acknowledgement", async () => {
    const client = await openUninitialised();
    client.subscribe("one", "{ __typename }");
    expect(await client.closed()).toBe(4401);
  });

  it("with 4403 for a token that is not good, in whatever form", async () => {
    for (const authorization of ["nonsense", "Bearer nonsense", "Bearer ", params.authorization.slice(7), 7, {}]) {
      const client = await open({ authorization });
      expect(await client.closed(), String(authorization)).toBe(4403);
      expect(client.received).toEqual([]);
    }
  });

  it("with 4406 without the subprotocol", async () => {
    const without = new WebSocket(`${socketUrl(gatehouse)}/graphql`);
    expect((await once(without, "close"))[0]).toBe(4406);
    expect(await closeCodeFor("graphql-ws")).toBe(4406);
  });

  it("with 4408 where it is not initialised in time", async () => {
    const client = await openUninitialised();
    client.send({ type: "ping" });
    await until(() => client.received.some(({ type }) => type === "pong"));
    expect(await client.closed(6_000)).toBe(4408);
  });

  it("with 4409 for an operation under the id of one that goes on, and not of one that has ended", async () => {
    const client = await open();
    client.subscribe("one", watching());
    await until(() => client.of("one").length === 1);
    client.send({ id: "one", type: "complete" });
    await sleep(50);
    client.subscribe("one", watching());
    await until(() => client.of("one").length === 2);
    expect(client.of("one").map(({ type }) => type)).toEqual(["next", "next"]);
    client.subscribe("one", watching());
    expect(await client.closed()).toBe(4409);
  });

  it("and not for variables of any depth that a subscription does not name", async () => {
    const client = await open();
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    const payload = `{"query":${JSON.stringify(watching())},"variables":{"other":${deep}}}`;
    client.send(`{"id":"one","type":"subscribe","payload":${payload}}`);
    await until(() => client.of("one").length === 1);
    expect([client.of("one")[0]?.type, client.closeCode]).toEqual(["next", null]);
    client.socket.close();
  });

  it("with 4429 for a second initialisation", async () => {
    const client = await open();
    client.send({ type: "connection_init", payload: params });
    expect(await client.closed()).toBe(4429);
  });
});

describe("an operation", () => {
  const WRONG: Readonly<Record<string, string>> = {
    GRAPHQL_PARSE_FAILED: "subscription {",
    GRAPHQL_VALIDATION_FAILED: "subscription { nothing }",
    BAD_USER_INPUT: `query ($id: ID!) { venue(id: $id) { id } }`,
    FORBIDDEN: watching("ven_00000000000000000000000000"),
  };

  it("that is wrong is answered by an error of the contract's form, and disturbs no other", async () => {
    const device = await venue.device();
    const client = await open(paramsOf(device.client));
    client.subscribe("good", watching());
    await until(() => client.of("good").length === 1);
    for (const [code, query] of Object.entries(WRONG)) client.subscribe(code, query);
    await until(() => Object.keys(WRONG).every((id) => client.of(id).length > 0));
    for (const code of Object.keys(WRONG)) {
      const error = { message: expect.any(String), extensions: { code, requestId: expect.any(String) } };
      expect(client.of(code)).toEqual([{ id: code, type: "error", payload: [expect.objectContaining(error)] }]);
    }
    await enter(device.client, "nobody's");
    await until(() => client.of("good").length === 2);
    client.subscribe("query", "{ __typename }");
    await until(() => client.of("query").length === 2);
    client.socket.close();
  });

  it("is told the same over the socket as over HTTP", async () => {
    const queries = [
      "{",
      "{ nothing }",
      `{ venue(id: "nonsense") { id } }`,
      `{ event(id: "${venue.id}") { id } }`,
      `mutation { revokeDevice(input: { deviceId: "${venue.id}" }) { device { id } } }`,
      `mutation { createVenue(input: { name: "x", address: "x", capacity: 1.5 }) { venue { id } } }`,
    ];
    const told = (errors: unknown) =>
      (errors as { message: string; extensions: { code: string } }[]).map(({ message, extensions: { code } }) => [
        code,
        message,
      ]);
    const client = await open();
    for (const [index, query] of queries.entries()) {
      const id = String(index);
      client.subscribe(id, query);
      await until(() => client.of(id).length > 0);
      const payload = client.of(id)[0]?.payload;
      const errors = Array.isArray(payload) ? payload : (payload as { errors: unknown }).errors;
      const { body } = await venue.owner.client.request(query);
      expect(told(errors), query).toEqual(told(body.errors));
    }
    client.socket.close();
  });

  it("that subscribes is told over HTTP where to go", async () => {
    const { status, body } = await venue.owner.client.request(watching());
    expect(status).toBe(400);
    expect(body.errors).toMatchObject([
      { message: expect.stringContaining("WebSocket"), extensions: { code: "BAD_USER_INPUT" } },
    ]);
  });

  it("that logs out is answered, and then its socket closed", async () => {
    const { client: person } = await venue.staff();
    const client = await open(paramsOf(person));
    client.subscribe("watching", watching());
    await until(() => client.of("watching").length === 1);
    client.subscribe("leaving", "mutation { logout { ok } }");
    expect(await client.closed(2_000)).toBe(4403);
    expect(client.of("leaving")[0]?.payload).toMatchObject({ data: { logout: { ok: true } } });
  });

  it("cannot read the schema in production through either door", async () => {
    await using production = await startGatehouse({ production: true, databaseUrl: gatehouse.databaseUrl });
    const client = await connect(socketUrl(production), params);
    const inTheOpen = await venue.owner.client.request("{ venu { id } }");
    expect(inTheOpen.body.errors?.[0]?.message).toContain("Did you mean");
    for (const [id, query] of Object.entries({ schema: "{ __schema { __typename } }", near: "{ venu { id } }" })) {
      client.subscribe(id, query);
      await until(() => client.of(id).length > 0);
      const { body } = await new HttpClient(production.url).request(query);
      for (const errors of [client.of(id)[0]?.payload, body.errors]) {
        expect(errors).toMatchObject([{ extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }]);
        expect(JSON.stringify(errors)).not.toContain("Did you mean");
      }
    }
    client.socket.close();
  });
});

describe("a server that closes", () => {
  let closing: TestGatehouse;
  beforeEach(async () => {
    closing = await startGatehouse({ databaseUrl: gatehouse.databaseUrl });
    return () => closing.close();
  });

  it("sends its clients to the next, where they go on", async () => {
    const states: { version: number }[] = [];
    let connections = 0;
    const client = createClient({
      url: `${socketUrl(closing)}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: params,
      retryAttempts: 50,
      // Codes that are final are so nevertheless.
      shouldRetry: () => true,
      retryWait: () => sleep(100),
      on: { connected: () => (connections += 1) },
    });
    const failed = Promise.withResolvers<never>();
    client.subscribe<{ state: { version: number } }>(
      { query: watching() },
      { next: ({ data }) => data && states.push(data.state), error: failed.reject, complete: () => {} },
    );
    failed.promise.catch(() => {});
    await until(() => states.length === 1);
    const port = Number(new URL(closing.url).port);
    await closing.close();
    await using _next = await startGatehouse({ databaseUrl: gatehouse.databaseUrl, port });
    await Promise.race([until(() => states.length === 2, 5_000), failed.promise]);
    expect(connections).toBe(2);
    await client.dispose();
  });

  it("waits for nobody who does not answer, and tells the others why", async () => {
    const { hostname, port } = new URL(closing.url);
    const silent = connectSocket(Number(port), hostname).on("error", () => {});
    const halfAsked = connectSocket(Number(port), hostname).on("error", () => {});
    halfAsked.write("GET /graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgr");
    const [watcher, stuck, uninitialised] = await Promise.all([
      connect(socketUrl(closing), params),
      connect(socketUrl(closing), params),
      new Client(socketUrl(closing)),
    ]);
    for (const client of [watcher, stuck]) {
      client.subscribe("one", watching());
      await until(() => client.of("one").length === 1);
    }
    stuck.socket.pause();
    const begun = performance.now();
    await closing.close();
    expect(performance.now() - begun).toBeLessThan(15_000);
    for (const client of [watcher, uninitialised]) expect(await client.closed()).toBe(1012);
    stuck.socket.terminate();
    for (const socket of [silent, halfAsked]) socket.destroy();
  });
});

describe("a server whose sockets are gone, in whatever way,", () => {
  /** The statements by which subscriptions live, and when each was last begun. */
  async function lastRead(): Promise<Map<string, number>> {
    const rows = await gatehouse.sql<{ name: string; at: number }>(
      `select substring(query from '^/\\* ([a-z.]+) \\*/') as name, max(extract(epoch from query_start))::float8 as at
       from pg_stat_activity where datname = current_database() and query like '/*%' group by 1`,
    );
    return new Map(rows.map(({ name, at }) => [name, at]));
  }

  async function hasRead(name: string, since: number): Promise<boolean> {
    const at = (await lastRead()).get(name);
    return at !== undefined && at > since;
  }

  it("reads no more counts and checks no more rights", async () => {
    const clients = await Promise.all(Array.from({ length: 12 }, () => open()));
    for (const client of clients) {
      client.subscribe("venue", watching());
      client.subscribe("gate", watchingGate());
    }
    await until(() => clients.every((client) => client.received.length === 3));
    const [{ now: begun } = { now: 0 }] = await gatehouse.sql<{ now: number }>(
      "select extract(epoch from clock_timestamp())::float8 as now",
    );
    for (const name of ["occupancy.read", "counts.readers"]) {
      await expect.poll(() => hasRead(name, begun), { timeout: 3_000 }).toBe(true);
    }
    for (const [index, client] of clients.entries()) {
      // One that begins as the socket goes.
      client.subscribe("late", watching());
      const ways = [() => client.socket.close(), () => client.socket.terminate(), () => client.send("garbage")];
      ways[index % ways.length]?.();
    }
    await Promise.all(clients.map((client) => client.closed()));
    await sleep(500);
    const before = await lastRead();
    await sleep(2_300);
    expect(await lastRead()).toEqual(before);
  });
});
