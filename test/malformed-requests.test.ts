import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import fastify from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bodyInTime } from "../src/body-time.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";

let gatehouse: TestGatehouse;
beforeAll(async () => {
  gatehouse = await startGatehouse({ metricsToken: "for-figures-only" });
});
afterAll(() => gatehouse.close());

async function open({ url }: { readonly url: string } = gatehouse): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

interface Told {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: { readonly errors: readonly [{ readonly extensions: { readonly code: string; requestId: string } }] };
}

function read(answer: string): Told {
  const [head = "", body = ""] = answer.split("\r\n\r\n");
  const [first = "", ...lines] = head.split("\r\n");
  const headers = lines.map((line) => line.split(/: ?/, 2) as [string, string]);
  return {
    status: Number(first.split(" ")[1]),
    headers: new Map(headers.map(([name, value]) => [name.toLowerCase(), value])),
    body: JSON.parse(body),
  };
}

/** What is answered to these bytes, to the end of the connection. */
async function send(lines: readonly string[]): Promise<Told> {
  const socket = await open();
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  return read(await text(socket));
}

const get = (target: string, ...headers: readonly string[]) =>
  send([`GET ${target} HTTP/1.1`, "Host: localhost", "Connection: close", ...headers]);
const upgrade = (target: string, ...headers: readonly string[]) =>
  send([
    ...[`GET ${target} HTTP/1.1`, "Host: localhost", "Connection: Upgrade", "Upgrade: websocket"],
    ...["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==", ...headers],
  ]);

const REFUSED: Readonly<Record<string, readonly [number, string, () => Promise<Told>]>> = {
  "an address that cannot be read": [400, "BAD_USER_INPUT", () => get("/%zz")],
  "an address that cannot be read, with a question": [400, "BAD_USER_INPUT", () => get("/%ff%zz?query={__typename}")],
  "what is no HTTP": [400, "BAD_USER_INPUT", () => send(["what is this?"])],
  "two lengths of one body, as smugglers send": [
    400,
    "BAD_USER_INPUT",
    () => send(["POST /graphql HTTP/1.1", "Host: localhost", "Content-Length: 5", "Transfer-Encoding: chunked"]),
  ],
  "headers that are too large": [431, "BAD_USER_INPUT", () => get("/graphql", `X-Large: ${"x".repeat(20_000)}`)],
  "a WebSocket at another path": [404, "BAD_USER_INPUT", () => upgrade("/elsewhere")],
  "a WebSocket at an address that cannot be read": [400, "BAD_USER_INPUT", () => upgrade("http://[")],
  "a WebSocket from a foreign page": [403, "FORBIDDEN", () => upgrade("/graphql", "Origin: https://evil.example")],
  "figures without the token": [401, "UNAUTHENTICATED", () => get("/metrics")],
};

describe("the answer is an error like all others to", () => {
  it.each(Object.entries(REFUSED))("%s", async (_what, [status, code, ask]) => {
    const told = await ask();
    const [error] = told.body.errors;
    expect([told.status, error.extensions.code]).toEqual([status, code]);
    expect(told.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(error.extensions.requestId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(told.headers.get("x-request-id")).toBe(error.extensions.requestId);
    expect(JSON.stringify(told.body)).not.toMatch(/FST_ERR|HPE_|node_modules|stack/);
  });
});

it("says which methods there are", async () => {
  for (const method of ["PUT", "PATCH", "DELETE", "OPTIONS"]) {
    const { status, headers } = await fetch(`${gatehouse.url}/graphql`, { method });
    expect([status, headers.get("allow")]).toEqual([405, "GET, POST"]);
  }
});

it("asks who comes over an open connection while it stops to try again, and answers what is under way", async () => {
  await using stopping = await startGatehouse({ databaseUrl: gatehouse.databaseUrl });
  const body = JSON.stringify({ query: "{ __typename }" });
  const head = ["POST /graphql HTTP/1.1", "Host: localhost", "Content-Type: application/json"];
  const [first, second] = [0, 1].map(() => `${head.join("\r\n")}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  const socket = await open(stopping);
  socket.write(String(first).slice(0, -5));
  await sleep(100);
  const closing = stopping.close();
  await sleep(100);
  socket.write(`${String(first).slice(-5)}${second}`);
  const answers = (await text(socket)).split(/(?=HTTP\/1\.1 )/).map(read);
  expect(answers.map(({ status }) => status)).toEqual([200, 503]);
  expect(answers[1]?.headers.get("retry-after")).toBe("1");
  expect(answers[1]?.body.errors[0].extensions.code).toBe("OVERLOADED");
  await closing;
});

it("ends a request whose body does not come to its end, and lets one that comes slowly do so", async () => {
  const app = fastify();
  app.route({
    method: ["GET", "POST"],
    url: "/",
    preParsing: bodyInTime(300),
    handler: async ({ body, headers }) => {
      if ("slowly" in headers || body === undefined) await sleep(400);
      return body ?? {};
    },
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const begin = async (pieces: readonly string[]) => {
    const socket = await open({ url });
    socket.write(`POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n`);
    for (const piece of pieces) {
      socket.write(piece);
      await sleep(60);
    }
    return socket;
  };
  const slow = await begin(['{"a"', ":1", " }"]);
  expect(String((await once(slow, "data"))[0])).toContain('{"a":1}');
  slow.destroy();
  expect(await text(await begin(['{"a"']))).toMatch(/^HTTP\/1\.1 408 [\s\S]*connection: close/);
  // What has no body, or one that nobody reads, and takes longer.
  for (const init of [{ method: "GET" }, { method: "POST", body: "x", headers: { "content-type": "text/none" } }]) {
    await fetch(url, init).then((response) => response.text());
  }
  await fetch(url, { method: "POST", body: "{}", headers: { "content-type": "application/json", slowly: "1" } });
  await sleep(400);
  await app.close();
});
