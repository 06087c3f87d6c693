import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Config } from "../src/config.js";
import { type Answer, Client } from "./setup/client.js";
import { openDoors } from "./setup/doors.js";
import { freePort } from "./setup/ports.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { recordScan, World } from "./setup/world.js";
import { RedisProcess } from "./torture/redis-process.js";

const PASSWORD = "correct horse battery";
const TINY: Partial<Config> = {
  rateLimits: true,
  trustedProxies: ["loopback"],
  loginsPerAccount: 4,
  loginsPerAddress: 8,
  registrationsPerAddress: 5,
  costPerUser: 300,
  costPerAddress: 200,
};
/** Redis is told of what something cost after it was begun. */
const TOLD_MILLISECONDS = 100;

let stack: AsyncDisposableStack;
beforeEach(() => {
  stack = new AsyncDisposableStack();
});
afterEach(() => stack.disposeAsync());

const start = async (overrides: Partial<Config> = {}): Promise<TestGatehouse> =>
  stack.use(await startGatehouse({ ...TINY, ...overrides }));

/** From another address each time, unless it is named. */
function ask(
  { url }: { readonly url: string },
  query: string,
  {
    token,
    address = `2001:db8:${randomUUID().slice(0, 4)}:${randomUUID().slice(0, 4)}::1`,
    variables = {},
  }: Asking = {},
): Promise<Answer<Record<string, unknown>>> {
  return new Client(url, token).post(JSON.stringify({ query, variables }), { "x-forwarded-for": address });
}

interface Asking {
  readonly token?: string | undefined;
  readonly address?: string;
  readonly variables?: Record<string, unknown>;
}

const login = (email: string, alias = "login") =>
  `${alias}: login(input: { email: "${email}", password: "wrong ${PASSWORD}" }) { userErrors { code } }`;
const register = (alias = "register") =>
  `${alias}: register(input: { name: "A", email: "${randomUUID()}@example.com", password: "${PASSWORD}" }) { accessToken }`;

const codeOf = ({ body }: Answer<unknown>): string | undefined => body.errors?.[0]?.extensions?.code;

function expectLimited(answer: Answer<unknown>): void {
  expect([answer.status, codeOf(answer)]).toEqual([429, "RATE_LIMITED"]);
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(answer.body.errors?.[0]?.extensions).toMatchObject({ retryAfterSeconds: expect.any(Number) });
}

describe("attempts to sign in", () => {
  it("to one account are limited wherever they come from, right or wrong, and those to others are not", async () => {
    const gatehouse = await start();
    const email = `${randomUUID()}@example.com`;
    for (let count = 0; count < 4; count += 1) {
      const spelled = count % 2 === 0 ? email : email.toUpperCase();
      expect(codeOf(await ask(gatehouse, `mutation { ${login(spelled)} }`))).toBeUndefined();
    }
    expectLimited(await ask(gatehouse, `mutation { ${login(email)} }`));
    expect(codeOf(await ask(gatehouse, `mutation { ${login("other@example.com")} }`))).toBeUndefined();
  });

  it("from one address are limited whatever the account", async () => {
    const gatehouse = await start();
    const address = "192.0.2.1";
    for (let count = 0; count < 8; count += 1) {
      expect(
        codeOf(await ask(gatehouse, `mutation { ${login(`${count}@example.com`)} }`, { address })),
      ).toBeUndefined();
    }
    expectLimited(await ask(gatehouse, `mutation { ${login("new@example.com")} }`, { address }));
  });

  it("count each by itself where a request has several, over either door", async () => {
    const gatehouse = await start();
    const email = `${randomUUID()}@example.com`;
    const many = `mutation { ${Array.from({ length: 6 }, (_, index) => login(email, `a${index}`)).join(" ")} }`;
    const answer = await ask(gatehouse, many);
    expectLimited(answer);
    expect(answer.body.errors?.map(({ path }) => path?.[0])).toEqual(["a4"]);
    const failure = await new Client(gatehouse.url).subscribe(`mutation { ${login(email)} }`).failure();
    expect(failure?.errors[0]?.extensions).toMatchObject({
      code: "RATE_LIMITED",
      retryAfterSeconds: expect.any(Number),
    });
  });
});

it("registrations from one address are limited, each alias counted", async () => {
  const gatehouse = await start();
  const address = "192.0.2.2";
  await ask(gatehouse, `mutation { ${register("a")} ${register("b")} ${register("c")} }`, { address });
  await ask(gatehouse, `mutation { ${register("a")} ${register("b")} }`, { address });
  expectLimited(await ask(gatehouse, `mutation { ${register()} }`, { address }));
  expect(codeOf(await ask(gatehouse, `mutation { ${register()} }`, { address: "192.0.2.3" }))).toBeUndefined();
});

describe("what is asked for in a minute", () => {
  const PAGE = "{ events(first: 50) { nodes { id } } }";

  it("is limited by its cost: of those who are not signed in by their address, of a user wherever they are", async () => {
    const gatehouse = await start();
    const address = "192.0.2.4";
    for (let count = 0; count < 3; count += 1) expect((await ask(gatehouse, PAGE, { address })).status).toBe(200);
    await ask(gatehouse, PAGE, { address });
    expectLimited(await ask(gatehouse, "{ __typename }", { address }));
    expect((await ask(gatehouse, PAGE, { address: "192.0.2.5" })).status).toBe(200);
    const { token } = (await new World(gatehouse.url).person()).client;
    for (let count = 0; count < 5; count += 1) expect((await ask(gatehouse, PAGE, { token })).status).toBe(200);
    await ask(gatehouse, PAGE, { token });
    expectLimited(await ask(gatehouse, PAGE, { token }));
    const failure = await new Client(gatehouse.url, token).subscribe(PAGE).failure();
    expect(failure?.errors[0]?.extensions).toMatchObject({ code: "RATE_LIMITED" });
  });

  it("leaves scanners at full speed alone", async () => {
    const gatehouse = await startGatehouse({ rateLimits: true });
    stack.use(gatehouse);
    const { client } = await openDoors(new World(gatehouse.url));
    const lanes = Array.from({ length: 16 }, async () => {
      for (let count = 0; count < 8; count += 1) await recordScan(client, { code: "T1", direction: "EXIT" });
    });
    await Promise.all(lanes);
  });

  it("has no limit where limits are off", async () => {
    const gatehouse = await start({ rateLimits: false });
    for (let count = 0; count < 12; count += 1) {
      expect(
        codeOf(await ask(gatehouse, `mutation { ${login("a@example.com")} }`, { address: "192.0.2.6" })),
      ).toBeUndefined();
    }
    for (let count = 0; count < 8; count += 1) {
      expect((await ask(gatehouse, PAGE, { address: "192.0.2.6" })).status).toBe(200);
    }
  });
});

describe("with Redis", () => {
  /** How many of so many attempts come through, in turn at the nodes. */
  async function through(nodes: readonly TestGatehouse[], email: string, attempts: number): Promise<number> {
    let count = 0;
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const node = nodes[attempt % nodes.length] as TestGatehouse;
      if (codeOf(await ask(node, `mutation { ${login(email)} }`)) === undefined) count += 1;
    }
    return count;
  }

  it("nodes count together, and within twice the limit while it is away or hangs", async () => {
    const redis = stack.use(await new RedisProcess(await freePort()).start());
    const near = await start({ redisUrl: redis.url });
    const nodes = [near, await start({ redisUrl: redis.url, databaseUrl: near.databaseUrl })];
    await sleep(300);
    const [one, two, three] = [randomUUID(), randomUUID(), randomUUID()].map((name) => `${name}@example.com`) as [
      string,
      string,
      string,
    ];
    expect(await through(nodes, one, 8)).toBe(4);
    redis.signal("SIGSTOP");
    const hanging = await through(nodes, one, 10);
    expect(hanging).toBeGreaterThan(0);
    expect(4 + hanging).toBeLessThanOrEqual(8);
    redis.signal("SIGCONT");
    await sleep(TOLD_MILLISECONDS);
    await redis.kill();
    const away = await through(nodes, two, 10);
    expect(away).toBeGreaterThan(0);
    expect(away).toBeLessThanOrEqual(8);
    await redis.start();
    await expect.poll(() => near.sql("select 1")).toBeDefined();
    await sleep(1_200);
    expect(await through(nodes, three, 8)).toBe(4);
  });
});
