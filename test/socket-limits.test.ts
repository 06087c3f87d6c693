import { once } from "node:events";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { createAddressOf } from "../src/address.js";
import { Client } from "./live/door.js";
import { until } from "./live/world.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { type Venue, World } from "./setup/world.js";

const LIMITS = { rateLimits: true, socketsPerUser: 3, socketsPerAddress: 6, operationsPerSocket: 20 };
const ALLOWED = "https://tickets.example";

let gatehouse: TestGatehouse;
let world: World;
let venue: Venue;
beforeAll(async () => {
  gatehouse = await startGatehouse({ ...LIMITS, trustedProxies: ["loopback"], corsOrigins: [ALLOWED] });
  world = new World(gatehouse.url);
  venue = await world.venue({ publicOccupancy: true });
});
afterAll(async () => {
  await expectCountsRight(gatehouse);
  await gatehouse.close();
});

const opened: WebSocket[] = [];
afterEach(async () => {
  for (const socket of opened.splice(0)) socket.terminate();
  await sleep(50);
});

/** Open, or the status that refused it. */
async function open(headers: Record<string, string> = {}): Promise<WebSocket | string> {
  const socket = new WebSocket(`${gatehouse.url.replace(/^http/, "ws")}/graphql`, "graphql-transport-ws", { headers });
  opened.push(socket);
  socket.on("error", () => {});
  const refused = once(socket, "unexpected-response").then(([, response]) => {
    return `${response.statusCode} ${response.headers["retry-after"] ?? ""}`.trim();
  });
  return Promise.race([once(socket, "open").then(() => socket), refused]);
}

const from = (address: string) => open({ "x-forwarded-for": address });

async function openAs(token: string | undefined, address: string): Promise<Client> {
  const client = new Client(gatehouse.url.replace(/^http/, "ws"), undefined, { "x-forwarded-for": address });
  opened.push(client.socket);
  await once(client.socket, "open");
  client.send({ type: "connection_init", payload: token === undefined ? {} : { authorization: `Bearer ${token}` } });
  await until(() => client.received.length > 0 || client.closeCode !== null);
  return client;
}

const openStream = (token: string | undefined, address: string, signal: AbortSignal) =>
  fetch(`${gatehouse.url}/graphql`, {
    method: "POST",
    headers: {
      accept: "text/event-stream",
      "content-type": "application/json",
      "x-forwarded-for": address,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query: `subscription { occupancyChanged(venueId: "${venue.id}") { inside } }` }),
    signal,
  });

describe("sockets of one address", () => {
  it("are as many as are allowed, until one of them is closed, whatever others have", async () => {
    const sockets = [];
    for (let index = 0; index < LIMITS.socketsPerAddress; index += 1) sockets.push(await from("192.0.2.1"));
    expect(sockets.every((socket) => socket instanceof WebSocket)).toBe(true);
    expect(await from("192.0.2.1")).toBe("429 10");
    expect(await from("192.0.2.2")).toBeInstanceOf(WebSocket);
    (sockets[0] as WebSocket).close();
    await once(sockets[0] as WebSocket, "close");
    await expect.poll(() => from("192.0.2.1")).toBeInstanceOf(WebSocket);
  });

  it("are counted with its streams of events", async () => {
    const ending = new AbortController();
    for (let index = 0; index < LIMITS.socketsPerAddress; index += 1) {
      expect((await openStream(undefined, "192.0.2.3", ending.signal)).status).toBe(200);
    }
    const refused = await openStream(undefined, "192.0.2.3", ending.signal);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "10"]);
    expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: "RATE_LIMITED" } }] });
    expect(await from("192.0.2.3")).toBe("429 10");
    ending.abort();
    await expect.poll(() => from("192.0.2.3")).toBeInstanceOf(WebSocket);
  });
});

it("a user has as many sockets as are allowed, wherever they come from, and is told not to try again", async () => {
  const { client } = await world.person();
  const sockets = [];
  for (let index = 0; index < LIMITS.socketsPerUser; index += 1)
    sockets.push(await openAs(client.token, `198.51.100.${index}`));
  expect((await openAs(client.token, "198.51.100.9")).closeCode).toBe(1008);
  const ending = new AbortController();
  expect((await openStream(client.token, "198.51.100.9", ending.signal)).status).toBe(429);
  expect((await openAs((await world.person()).client.token, "198.51.100.9")).closeCode).toBeNull();
  sockets[0]?.socket.close();
  await sockets[0]?.closed();
  await sleep(50);
  expect((await openAs(client.token, "198.51.100.9")).closeCode).toBeNull();
});

it("a socket has as many operations as are allowed under way; one more is refused, and the others go on", async () => {
  const client = await openAs(undefined, "203.0.113.1");
  const query = `subscription { occupancyChanged(venueId: "${venue.id}") { inside } }`;
  for (let index = 0; index < LIMITS.operationsPerSocket; index += 1) client.subscribe(`s${index}`, query);
  await until(() => client.received.filter(({ type }) => type === "next").length === LIMITS.operationsPerSocket);
  client.subscribe("more", query);
  await until(() => client.of("more").length > 0);
  expect(client.of("more")).toMatchObject([{ type: "error", payload: [{ extensions: { code: "RATE_LIMITED" } }] }]);
  client.send({ id: "s0", type: "complete" });
  client.subscribe("again", query);
  await until(() => client.of("again").some(({ type }) => type === "next"));
  expect(client.closeCode).toBeNull();
});

describe("a page of another origin", () => {
  it.each([
    ["https://evil.example", "403"],
    ["null", "403"],
    [ALLOWED, "open"],
  ])("%s: %s", async (origin, expected) => {
    const socket = await open({ origin, "x-forwarded-for": "203.0.113.2" });
    expect(socket instanceof WebSocket ? "open" : socket).toBe(expected);
  });

  it("is not the server's own", async () => {
    expect(await open({ origin: gatehouse.url, "x-forwarded-for": "203.0.113.3" })).toBeInstanceOf(WebSocket);
  });
});

describe("where a request comes from", () => {
  function request(peer: string, forwarded?: string): IncomingMessage {
    const socket = new Socket();
    Object.defineProperty(socket, "remoteAddress", { value: peer });
    const made = new IncomingMessage(socket);
    if (forwarded !== undefined) made.headers["x-forwarded-for"] = forwarded;
    return made;
  }

  it.each([
    [[], "192.0.2.7", "10.0.0.1", "192.0.2.7"],
    [["10.0.0.0/8"], "10.0.0.1", "192.0.2.7", "192.0.2.7"],
    [["10.0.0.0/8"], "10.0.0.1", "203.0.113.9, 192.0.2.7, 10.0.0.2", "192.0.2.7"],
    [["10.0.0.0/8"], "::ffff:10.0.0.1", "::ffff:192.0.2.7", "192.0.2.7"],
    [[], "2001:db8:1:2:3:4:5:6", undefined, "2001:db8:1:2::/64"],
    [[], "2001:db8::6", undefined, "2001:db8:0:0::/64"],
    [[], "::1", undefined, "0:0:0:0::/64"],
  ])("with the proxies %j: from %s for %s it is %s", (proxies, peer, forwarded, expected) => {
    expect(createAddressOf(proxies)(request(peer, forwarded))).toBe(expected);
  });
});
