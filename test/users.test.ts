import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { decodeId } from "../src/schema/ids.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { made, mutate, type Person, World } from "./setup/world.js";

/** How many passwords are checked, in all, at this moment, and at the most at once. */
const checks = vi.hoisted(() => ({ all: 0, now: 0, most: 0 }));
vi.mock("@node-rs/argon2", async (original) => {
  const argon2 = await original<typeof import("@node-rs/argon2")>();
  const verify: typeof argon2.verify = async (...given) => {
    checks.all += 1;
    checks.now += 1;
    checks.most = Math.max(checks.most, checks.now);
    return argon2.verify(...given).finally(() => {
      checks.now -= 1;
    });
  };
  return { ...argon2, verify };
});

const USERS = `query ($first: Int, $after: String, $last: Int, $before: String, $text: String) {
  users(first: $first, after: $after, last: $last, before: $before, text: $text) {
    totalCount nodes { id name email } edges { cursor }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;

interface UsersData {
  readonly users: {
    readonly totalCount: number;
    readonly nodes: readonly { readonly id: string; readonly name: string; readonly email: string | null }[];
    readonly edges: readonly { readonly cursor: string }[];
    readonly pageInfo: {
      readonly hasNextPage: boolean;
      readonly hasPreviousPage: boolean;
      readonly startCursor: string | null;
      readonly endCursor: string | null;
    };
  };
}

const NAMES = ["Ada Porter", "Zoë Ünder_score", "Eve 100% Sure", "Adam \\ Porterhouse", "Nobody Else"];

let gatehouse: TestGatehouse;
let world: World;
let admin: Person;
const people: Person[] = [];
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
  admin = await world.person("Root");
  await gatehouse.sql("update users set role = 'ADMIN' where id = $1", [decodeId("usr", admin.id)]);
  for (const name of NAMES) people.push(await world.person(name));
});
afterAll(() => gatehouse.close());

const list = async (variables: Record<string, unknown> = {}) =>
  (await admin.client.ok<UsersData>(USERS, { first: 20, ...variables })).users;
const namesOf = async (text: string) => (await list({ text })).nodes.map(({ name }) => name);

describe("user", () => {
  it("is found by anybody, with the address for the user and admins alone", async () => {
    const [ada] = people as [Person];
    const query = "query ($id: ID!) { user(id: $id) { id name email role } }";
    const user = { id: ada.id, name: "Ada Porter", email: null, role: "MEMBER" };
    const { client: stranger } = people[1] as Person;
    for (const client of [world.anonymous, stranger]) expect(await client.ok(query, { id: ada.id })).toEqual({ user });
    for (const { client } of [ada, admin]) {
      expect(await client.ok(query, { id: ada.id })).toEqual({ user: { ...user, email: ada.email } });
    }
  });

  it("is null for an id of nobody, and bad input for another kind's", async () => {
    const query = "query ($id: ID!) { user(id: $id) { id } }";
    expect(await world.anonymous.ok(query, { id: "usr_01h455vb4pex5vsknk084sn02q" })).toEqual({ user: null });
    for (const id of ["ven_01h455vb4pex5vsknk084sn02q", "usr_", "", "7"]) {
      expect(await world.anonymous.codes(query, { id })).toEqual(["BAD_USER_INPUT"]);
    }
  });
});

describe("users", () => {
  it("are listed for admins alone", async () => {
    const { client: device } = await (await world.venue({}, people[0])).device();
    expect(await world.anonymous.codes(USERS)).toEqual(["UNAUTHENTICATED"]);
    expect(await (people[0] as Person).client.codes(USERS)).toEqual(["FORBIDDEN"]);
    expect(await device.codes(USERS)).toEqual(["FORBIDDEN"]);
    const { nodes, totalCount } = await list();
    expect(nodes).toEqual(
      [admin, ...people].map(({ id, email }, index) => ({ id, email, name: ["Root", ...NAMES][index] })),
    );
    expect(totalCount).toBe(1 + NAMES.length);
  });

  it("are paged both ways without a gap or a repeat, while others register", async () => {
    const wanted = (await list()).nodes.map(({ id }) => id);
    const forth: string[] = [];
    let after: string | null = null;
    for (let hasMore = true; hasMore; ) {
      const page: UsersData["users"] = await list({ first: 2, after, text: "example.com" });
      expect(page.pageInfo.hasPreviousPage).toBe(forth.length > 0);
      forth.push(...page.nodes.map(({ id }) => id));
      after = page.pageInfo.endCursor;
      hasMore = page.pageInfo.hasNextPage;
      if (forth.length === 2) people.push(await world.person("Late"));
    }
    expect(forth).toEqual([...wanted, people.at(-1)?.id]);
    const back: string[] = [];
    let before: string | null = null;
    do {
      const page: UsersData["users"] = (await admin.client.ok<UsersData>(USERS, { last: 3, before })).users;
      back.unshift(...page.nodes.map(({ id }) => id));
      before = page.pageInfo.hasPreviousPage ? page.pageInfo.startCursor : null;
    } while (before !== null);
    expect(back).toEqual(forth);
  });

  it.each([
    ["porter", ["Ada Porter", "Adam \\ Porterhouse"]],
    ["  PORTER   ada ", ["Ada Porter", "Adam \\ Porterhouse"]],
    ["porter ada\t", ["Ada Porter", "Adam \\ Porterhouse"]],
    ["adaporter", []],
    ["ZOË ün", ["Zoë Ünder_score"]],
    ["%", ["Eve 100% Sure"]],
    ["_", ["Zoë Ünder_score"]],
    ["\\", ["Adam \\ Porterhouse"]],
    ["nobody@", []],
    ["a\0b", []],
    ["x' or true --", []],
  ])("are found by %j in their names", async (text, names) => {
    expect(await namesOf(text)).toEqual(names);
  });

  it("are found by parts of their addresses, in any case", async () => {
    const { email } = people[0] as Person;
    expect(await namesOf(email.slice(3, 20).toUpperCase())).toEqual(["Ada Porter"]);
    expect(await namesOf(`porter ${email}`)).toEqual(["Ada Porter"]);
  });

  it("are all listed for a blank text", async () => {
    expect(await list({ text: " \t" })).toEqual(await list());
  });

  it("are counted as they are found", async () => {
    expect(await list({ text: "porter", first: 1 })).toMatchObject({ totalCount: 2, pageInfo: { hasNextPage: true } });
  });

  it("leave out who has been erased", async () => {
    const { client, password } = await world.person("Gone");
    await made(client, "deleteAccount", "DeleteAccountInput", "ok", { password });
    expect(await namesOf("deleted")).toEqual([]);
    expect((await list()).nodes.map(({ name }) => name)).not.toContain("Deleted user");
  });

  it.each([
    ["a text of 201 characters", { text: "x".repeat(201) }],
    ["a page of 0", { first: 0 }],
    ["a page of 101", { first: 101 }],
    ["first with last", { first: 1, last: 1 }],
    ["a forged cursor", { first: 1, after: "forged" }],
    [
      "another list's cursor",
      { first: 1, after: Buffer.from('["2026-01-01T00:00:00.000000Z","x"]').toString("base64url") },
    ],
  ])("refuse %s", async (_what, variables) => {
    expect(await admin.client.codes(USERS, variables)).toEqual(["BAD_USER_INPUT"]);
  });
});

describe("the check of a password", () => {
  beforeEach(() => Object.assign(checks, { all: 0, most: 0 }));

  const login = (email: string, password: string) =>
    mutate<{ accessToken: string | null }>(world.anonymous, "login", "LoginInput", "accessToken", { email, password });

  it("is as much work for an address that nobody has as for a wrong password", async () => {
    for (const email of [admin.email, "nobody@example.com", "no address"]) {
      const { all } = checks;
      expect(await login(email, "wrong, whoever it is")).toMatchObject({ userErrors: [{ code: "BAD_CREDENTIALS" }] });
      expect(checks.all).toBe(all + 1);
    }
  });

  it("takes as long for an address that nobody has as for a wrong password", async () => {
    const took: Record<"wrong" | "unknown", number[]> = { wrong: [], unknown: [] };
    const time = async (kind: keyof typeof took, email: string) => {
      const begun = performance.now();
      await login(email, "wrong, whoever it is");
      took[kind].push(performance.now() - begun);
    };
    for (let round = 0; round < 15; round += 1) {
      await time("wrong", admin.email);
      await time("unknown", "nobody@example.com");
    }
    // A check is nearly all of the time: without it, the ratio would be ten or more.
    const ratio = median(took.wrong) / median(took.unknown);
    expect(Math.max(ratio, 1 / ratio)).toBeLessThan(2);
  });

  it("is made for two at once of 200 who sign in together, all of whom are let in, in little memory", async () => {
    const tries = Array.from({ length: 200 }, (_, index) => people[index % people.length] as Person);
    const before = process.memoryUsage.rss();
    let most = before;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage.rss());
    }, 5);
    const answers = await Promise.all(tries.map(({ email, password }) => login(email, password)));
    clearInterval(watch);
    expect(answers.filter(({ accessToken }) => accessToken === null)).toEqual([]);
    expect(checks.all).toBe(200);
    // Each takes 19 MiB: the number at once is the memory that sign-ins can take.
    expect(checks.most).toBeLessThanOrEqual(2);
    // What 200 requests take, the test's own included. All checks at once would take 3,800 MiB more.
    expect((most - before) / 2 ** 20).toBeLessThan(400);
  });
});

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
