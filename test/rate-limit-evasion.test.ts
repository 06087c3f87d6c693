import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Door, httpDoor, type Reply, socketDoor, streamDoor } from "./setup/both-doors.js";
import { Client } from "./setup/client.js";
import { startRedisProxy } from "./setup/redis-proxy.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { World } from "./setup/world.js";

const codesOf = ({ errors = [] }: Reply): unknown[] => errors.map(({ extensions }) => extensions?.["code"]);

/** Before a stream begins it is refused by the status, at which its client throws. */
const answered = ({ response }: { readonly response: Response }): Promise<Reply> => {
  expect(response.status).toBe(429);
  return response.json() as Promise<Reply>;
};

describe.each([
  ["HTTP", httpDoor],
  ["a WebSocket", socketDoor],
  ["an event stream", streamDoor],
] as const)("over %s", (_name, open) => {
  let gatehouse: TestGatehouse;
  let door: Door;
  beforeAll(async () => {
    gatehouse = await startGatehouse({ rateLimits: true, costPerAddress: 400, costPerUser: 400 });
    door = open(gatehouse.url);
  });
  afterAll(async () => {
    await door[Symbol.asyncDispose]();
    await gatehouse.close();
  });

  /** After how many of these documents, each another one, what is asked for is refused. */
  async function refusedAfter(make: (index: number) => string): Promise<{ count: number; refusal: Reply }> {
    const { token } = (await new World(gatehouse.url).person()).client;
    for (let count = 0; count < 40; count += 1) {
      const refusal = await door.ask(token, make(count)).catch(answered);
      if (codesOf(refusal)[0] === "RATE_LIMITED") return { count, refusal };
    }
    throw new Error("nothing was refused");
  }

  it.each([
    ["that are none", (index: number) => `{ #${"x".repeat(600)} ${index}`],
    ["that do not fit the schema", (index: number) => `{ nothing${index} ${" ".repeat(600)} }`],
    ["that ask for too much", (index: number) => `{ a${index}: __typename ${"__typename ".repeat(60)} }`],
    ["that are all different", (index: number) => `{ a${index}: __typename ${" ".repeat(600)} }`],
  ])("documents %s count for who sends them, by their length", async (_which, make) => {
    const { count, refusal } = await refusedAfter(make);
    expect(count).toBeGreaterThan(1);
    expect(count).toBeLessThanOrEqual(5);
    expect(refusal.errors?.[0]?.extensions?.["retryAfterSeconds"]).toBeGreaterThan(0);
    expect(refusal.data ?? null).toBeNull();
  });
});

it("a document counts by its length once, while the server knows it", async () => {
  await using gatehouse = await startGatehouse({ rateLimits: true, costPerUser: 400 });
  const { client } = await new World(gatehouse.url).person();
  for (let count = 0; count < 60; count += 1) {
    expect((await client.request(`{ __typename ${" ".repeat(600)} }`)).status).toBe(200);
  }
});

it("tells by the status, and when to try again, what is refused before it is read", async () => {
  await using gatehouse = await startGatehouse({ rateLimits: true, costPerUser: 100 });
  const { client } = await new World(gatehouse.url).person();
  await client.request(`{ nothing ${" ".repeat(900)} }`);
  const { status, headers, body } = await client.request("{ __typename }");
  expect([status, body.errors?.[0]?.extensions?.code]).toEqual([429, "RATE_LIMITED"]);
  expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
});

it("the password of an account can be guessed no faster by deleting it than by signing in", async () => {
  await using gatehouse = await startGatehouse({ rateLimits: true, loginsPerAccount: 4 });
  const { client, password } = await new World(gatehouse.url).person();
  const guess = (alias: string, guessed: string) =>
    `${alias}: deleteAccount(input: { password: "${guessed}" }) { ok userErrors { code } }`;
  const guesses = Array.from({ length: 6 }, (_, index) => guess(`a${index}`, `wrong ${randomUUID()}`));
  const { body } = await client.request(`mutation { ${guesses.join(" ")} }`);
  expect(body.errors?.map(({ path, extensions }) => [path?.[0], extensions?.code])).toEqual([["a4", "RATE_LIMITED"]]);
  const right = await client.request(`mutation { ${guess("a", password)} }`);
  expect([right.status, right.body.errors?.[0]?.extensions?.code]).toEqual([429, "RATE_LIMITED"]);
});

it("many operations at once come to less than twice the limit while Redis hangs", async () => {
  await using redis = await startRedisProxy(inject("redisUrl"));
  await using gatehouse = await startGatehouse({ rateLimits: true, redisUrl: redis.url, costPerUser: 300 });
  const { client } = await new World(gatehouse.url).person();
  const page = () => client.request("{ events(first: 50) { nodes { id } } }");
  expect((await page()).status).toBe(200);
  await sleep(100);
  redis.stall();
  const statuses = (await Promise.all(Array.from({ length: 40 }, page))).map(({ status }) => status);
  const cost = 51;
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(0);
  expect((1 + statuses.filter((status) => status === 200).length) * cost).toBeLessThanOrEqual(2 * 300);
  expect(new Set(statuses)).toEqual(new Set([200, 429]));
  expect((await new Client(gatehouse.url).request("{ __typename }")).status).toBe(200);
  redis.mend();
});
