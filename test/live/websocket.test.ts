import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { Client, connect, serve, WATCH } from "./door.js";
import { DEVICE, until, user, VENUE } from "./world.js";

const withCode = (code: string) => [expect.objectContaining({ extensions: expect.objectContaining({ code }) })];

it("pushes each state with a context of its own until the client completes", async () => {
  const { venue, live, url } = await serve();
  const client = await connect(url, { authorization: "device" });
  client.subscribe("one", WATCH, { venue: VENUE });
  await until(() => client.of("one").length === 1);
  await sleep(120);
  live.announce({ kind: "occupancy", venueId: VENUE, version: venue.change() });
  await until(() => client.of("one").length === 2);
  expect(client.of("one").map(({ payload }) => payload)).toEqual([
    { data: { counts: { version: 1, context: 2 } } },
    { data: { counts: { version: 2, context: 3 } } },
  ]);
  client.send({ id: "one", type: "complete" });
  await until(() => live.held.subscriptions === 0);
  expect(live.held).toEqual({ subscriptions: 0, feeds: 0, readers: 0 });
  client.socket.close();
});

it("runs queries too, and masks what breaks", async () => {
  const { url } = await serve();
  const client = await connect(url);
  client.subscribe("who", "{ who }");
  client.subscribe("broken", "{ broken }");
  await until(() => client.of("who").length === 2 && client.of("broken").length === 2);
  expect(client.of("who")[0]?.payload).toEqual({ data: { who: "anonymous" } });
  expect(client.of("broken")[0]?.payload).toEqual({
    data: { broken: null },
    errors: [{ message: "masked", extensions: { code: "INTERNAL_SERVER_ERROR" } }],
  });
});

it("answers a wrong operation with an error, and leaves the others alone", async () => {
  const { venue, live, url } = await serve();
  const client = await connect(url, { authorization: "device" });
  client.subscribe("good", WATCH, { venue: VENUE });
  client.subscribe("syntax", "subscription {");
  client.subscribe("unknown", "{ nothing }");
  client.subscribe("variables", WATCH, { venue: { not: "an id" } });
  client.subscribe("missing", WATCH);
  client.subscribe("unnamed", "query A { who } query B { who }");
  client.subscribe("forbidden", WATCH, { venue: "another" });
  await until(() => client.received.filter(({ type }) => type === "error").length === 6);
  const expected = {
    syntax: "GRAPHQL_PARSE_FAILED",
    unknown: "GRAPHQL_VALIDATION_FAILED",
    variables: "BAD_USER_INPUT",
    missing: "BAD_USER_INPUT",
    unnamed: "BAD_USER_INPUT",
    forbidden: "FORBIDDEN",
  };
  for (const [id, code] of Object.entries(expected)) {
    expect(client.of(id), id).toEqual([{ id, type: "error", payload: withCode(code) }]);
  }
  await sleep(120);
  live.announce({ kind: "occupancy", venueId: VENUE, version: venue.change() });
  await until(() => client.of("good").length === 2);
});

it("ends the operation with FORBIDDEN when its right ends, and leaves the socket", async () => {
  const { venue, live, url } = await serve();
  const client = await connect(url, { Authorization: "device" });
  client.subscribe("one", WATCH, { venue: VENUE });
  await until(() => client.of("one").length === 1);
  venue.verdict = "forbidden";
  live.announce({ kind: "rights", credentialId: null });
  await until(() => client.of("one").length === 2, 500);
  expect(client.of("one")[1]).toEqual({ id: "one", type: "error", payload: withCode("FORBIDDEN") });
  client.subscribe("two", "{ who }");
  await until(() => client.of("two").length === 2);
});

it("closes with 4403 when the credential ends, is bad, is used no longer validly, or expires", async () => {
  const { venue, live, tokens, url } = await serve();
  const bad = await connect(url, { authorization: "bad" });
  expect(await bad.closed()).toBe(4403);
  expect(await (await connect(url, { authorization: 7 })).closed()).toBe(4403);

  const revoked = await connect(url, { authorization: "device" });
  revoked.subscribe("one", WATCH, { venue: VENUE });
  await until(() => revoked.of("one").length === 1);
  venue.verdict = "invalid credential";
  live.announce({ kind: "rights", credentialId: DEVICE.deviceId });
  expect(await revoked.closed(500)).toBe(4403);

  const idle = await connect(url, { authorization: "device" });
  tokens.delete("device");
  idle.subscribe("one", "{ who }");
  expect(await idle.closed(500)).toBe(4403);

  tokens.set("short", user(new Date(Date.now() + 300)));
  const expiring = await connect(url, { authorization: "short" });
  expect(await expiring.closed(600)).toBe(4403);
  expect(live.held.subscriptions).toBe(0);
});

it("lets go of everything when the socket is cut, also of what reused an id while it began", async () => {
  const { live, attached, url } = await serve();
  const client = await connect(url, { authorization: "device" });
  client.subscribe("one", WATCH, { venue: VENUE });
  client.send({ id: "one", type: "complete" });
  client.subscribe("one", WATCH, { venue: VENUE });
  client.subscribe("two", WATCH, { venue: VENUE });
  await until(() => client.of("two").length === 1);
  client.subscribe("three", WATCH, { venue: VENUE });
  client.socket.terminate();
  await until(() => attached.size === 0);
  await sleep(50);
  expect(live.held).toEqual({ subscriptions: 0, feeds: 0, readers: 0 });
});

it("keeps to the protocol's close codes", async () => {
  const { url } = await serve();
  const oldProtocol = new Client(url, ["graphql-ws"]);
  expect(await oldProtocol.closed()).not.toBeNull();
  const early = new Client(url);
  await once(early.socket, "open");
  early.subscribe("one", "{ who }");
  expect(await early.closed()).toBe(4401);
  const twice = await connect(url);
  twice.send({ type: "connection_init" });
  expect(await twice.closed()).toBe(4429);
  const same = await connect(url, { authorization: "device" });
  same.subscribe("one", WATCH, { venue: VENUE });
  same.subscribe("one", WATCH, { venue: VENUE });
  expect(await same.closed()).toBe(4409);
  for (const garbage of ["{", "[]", '{"type":"unheard-of"}', '{"type":"connection_ack"}', '{"type":"subscribe"}']) {
    const client = await connect(url);
    client.send(garbage);
    expect(await client.closed(), garbage).toBe(4400);
  }
  const large = await connect(url);
  large.subscribe("one", `{ who } # ${"x".repeat(1024 * 1024)}`);
  expect(await large.closed()).toBe(1009);
  const silent = new Client(url);
  expect(await silent.closed(4000)).toBe(4408);
});

it("refuses upgrades elsewhere", async () => {
  const { url } = await serve();
  const elsewhere = new WebSocket(`${url}/other`, "graphql-transport-ws");
  const [error] = await once(elsewhere, "error");
  expect(String(error)).toContain("404");
});

it("on closing asks clients to come back, and cuts off who does not answer", async () => {
  const { url, attached, live } = await serve();
  const client = await connect(url, { authorization: "device" });
  const stuck = await connect(url, { authorization: "device" });
  stuck.subscribe("one", WATCH, { venue: VENUE });
  await until(() => stuck.of("one").length === 1);
  stuck.socket.pause();
  const begun = performance.now();
  await attached.close();
  expect(performance.now() - begun).toBeLessThan(2500);
  expect(await client.closed()).toBe(1012);
  expect(live.held.subscriptions).toBe(0);
});
