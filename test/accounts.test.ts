import { createHash, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client } from "./setup/client.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { mutate, World } from "./setup/world.js";

const SESSION = "user { id name email role createdAt } accessToken refreshToken expiresAt";
const WRONG = "neither right nor short";

interface Session {
  readonly user: { readonly id: string; readonly email: string | null } | null;
  readonly accessToken: string | null;
  readonly refreshToken: string | null;
  readonly expiresAt: string | null;
}

let gatehouse: TestGatehouse;
let world: World;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
});
afterAll(() => expectCountsRight(gatehouse).finally(() => gatehouse.close()));

const register = (input: Record<string, unknown>) =>
  mutate<Session>(world.anonymous, "register", "RegisterInput", SESSION, {
    name: "Ada",
    email: freshEmail(),
    password: "correct horse battery",
    ...input,
  });
const login = (email: string, password: string) =>
  mutate<Session>(world.anonymous, "login", "LoginInput", SESSION, { email, password });
const refresh = (refreshToken: string | null) =>
  mutate<Session>(world.anonymous, "refreshSession", "RefreshSessionInput", SESSION, { refreshToken });

const freshEmail = (): string => `${randomUUID()}@example.com`;
const me = "{ me { id name email } }";

/** A server's own view of a token: 200 or 401. */
const statusOf = async (token: string): Promise<number> => (await new Client(gatehouse.url, token).request(me)).status;

/** Waits at most as long as the contract allows for a right to end. */
async function statusWithin2Seconds(token: string, wanted: number): Promise<number> {
  const deadline = Date.now() + 2_000;
  for (;;) {
    const status = await statusOf(token);
    if (status === wanted || Date.now() > deadline) return status;
    await sleep(50);
  }
}

describe("register", () => {
  it("makes a member and signs them in, with the address in lower case and without blanks", async () => {
    const email = `Ada.${randomUUID()}@Example.COM`;
    const before = Date.now();
    const { user, accessToken, expiresAt, userErrors } = await register({ name: "  Ada  ", email: ` ${email} ` });
    expect(userErrors).toEqual([]);
    expect(user).toMatchObject({ name: "Ada", email: email.toLowerCase(), role: "MEMBER" });
    expect(Date.parse(expiresAt ?? "")).toBeGreaterThan(before + 890_000);
    expect(Date.parse(expiresAt ?? "")).toBeLessThanOrEqual(Date.now() + 900_000);
    expect(await world.anonymous.as(accessToken ?? "").ok(me)).toEqual({
      me: { id: user?.id, name: "Ada", email: email.toLowerCase() },
    });
  });

  it("refuses an address that is taken, in other case and with blanks too", async () => {
    const { email } = await world.person();
    for (const taken of [email, email.toUpperCase(), `  ${email}\t`]) {
      expect(await register({ email: taken })).toEqual({
        user: null,
        accessToken: null,
        refreshToken: null,
        expiresAt: null,
        userErrors: [{ code: "EMAIL_TAKEN", message: expect.any(String), path: ["email"] }],
      });
    }
  });

  it("gives an address to one of those who ask for it at once", async () => {
    const email = freshEmail();
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => register({ email })));
    expect(outcomes.filter(({ user }) => user !== null)).toHaveLength(1);
    expect(outcomes.flatMap(({ userErrors }) => userErrors.map(({ code }) => code))).toEqual(
      Array(3).fill("EMAIL_TAKEN"),
    );
  });

  it.each([
    ["a blank name", { name: " \t " }, "name"],
    ["a name of 201 characters", { name: "n".repeat(201) }, "name"],
    ["a name with a control character", { name: "A\u0000da" }, "name"],
    ["an address without an @", { email: "ada.example.com" }, "email"],
    ["a blank address", { email: "  " }, "email"],
    ["an address with a blank inside", { email: "a da@example.com" }, "email"],
    ["a password of 9 characters", { password: "123456789" }, "password"],
    ["a password of 257 characters", { password: "p".repeat(257) }, "password"],
  ])("refuses %s", async (_what, input, field) => {
    const { user, accessToken, userErrors } = await register(input);
    expect({ user, accessToken }).toEqual({ user: null, accessToken: null });
    expect(userErrors).toMatchObject([{ code: "INVALID", path: [field] }]);
  });

  it.each([
    ["a name of one character", { name: "A" }],
    ["a name of 200 characters outside the basic plane", { name: "🎟".repeat(200) }],
    ["a password of 10 characters", { password: "1234567890" }],
    ["a password of 256 characters", { password: "🔑".repeat(256) }],
  ])("takes %s", async (_what, input) => {
    expect(await register(input)).toMatchObject({ user: expect.anything(), userErrors: [] });
  });
});

describe("login", () => {
  it("opens a session of its own, whatever the address's case", async () => {
    const { id, email, password, client } = await world.person();
    const { user, accessToken } = await login(` ${email.toUpperCase()} `, password);
    expect(user).toMatchObject({ id, email });
    await client.ok("mutation { logout { ok } }");
    expect(await statusOf(accessToken ?? "")).toBe(200);
  });

  it("answers a wrong password and an address that nobody has alike", async () => {
    const { email, password } = await world.person();
    const wrongPassword = await login(email, WRONG);
    expect(wrongPassword).toMatchObject({
      user: null,
      accessToken: null,
      refreshToken: null,
      expiresAt: null,
      userErrors: [{ code: "BAD_CREDENTIALS" }],
    });
    expect(await login(freshEmail(), WRONG)).toEqual(wrongPassword);
    expect(await login("no address at all", WRONG)).toEqual(wrongPassword);
    expect(await login(email, ` ${password}`)).toEqual(wrongPassword);
    expect(await login(email, password.toUpperCase())).toEqual(wrongPassword);
    expect(await login(email, "")).toEqual(wrongPassword);
  });

  it("takes a password however its accents are composed", async () => {
    const email = freshEmail();
    await register({ email, password: "caf\u00e9 au lait" });
    expect(await login(email, "cafe\u0301 au lait")).toMatchObject({ user: { email }, userErrors: [] });
  });
});

describe("refreshSession", () => {
  it("trades a refresh token for a new pair, and leaves the access token before alive", async () => {
    const person = await world.person();
    const next = await refresh(person.refreshToken);
    expect(next).toMatchObject({ user: { id: person.id, email: person.email }, userErrors: [] });
    expect(next.refreshToken).not.toBe(person.refreshToken);
    expect(await statusOf(next.accessToken ?? "")).toBe(200);
    expect(await statusOf(person.client.token ?? "")).toBe(200);
    expect(await refresh(next.refreshToken)).toMatchObject({ user: { id: person.id }, userErrors: [] });
  });

  it("ends the whole session when a used token comes again", async () => {
    const person = await world.person();
    const next = await refresh(person.refreshToken);
    expect(await refresh(person.refreshToken)).toMatchObject({
      user: null,
      accessToken: null,
      refreshToken: null,
      userErrors: [{ code: "BAD_CREDENTIALS" }],
    });
    expect(await statusWithin2Seconds(next.accessToken ?? "", 401)).toBe(401);
    expect(await statusWithin2Seconds(person.client.token ?? "", 401)).toBe(401);
    expect(await refresh(next.refreshToken)).toMatchObject({ userErrors: [{ code: "BAD_CREDENTIALS" }] });
  });

  it("leaves the user's other sessions alone", async () => {
    const person = await world.person();
    const other = await login(person.email, person.password);
    await refresh(person.refreshToken);
    await refresh(person.refreshToken);
    expect(await statusWithin2Seconds(person.client.token ?? "", 401)).toBe(401);
    expect(await statusOf(other.accessToken ?? "")).toBe(200);
    expect(await refresh(other.refreshToken)).toMatchObject({ userErrors: [] });
  });

  it("lets one of two win who trade the same token at once", async () => {
    const { refreshToken } = await world.person();
    const outcomes = await Promise.all([refresh(refreshToken), refresh(refreshToken)]);
    expect(outcomes.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(1);
    expect(outcomes.flatMap(({ userErrors }) => userErrors.map(({ code }) => code))).toEqual(["BAD_CREDENTIALS"]);
  });

  it("refuses what is no refresh token, or has run out", async () => {
    const person = await world.person();
    const mistyped = `${person.refreshToken.slice(0, -1)}${person.refreshToken.endsWith("0") ? "1" : "0"}`;
    for (const token of ["", "ghr_", mistyped, person.client.token ?? "", `${person.refreshToken}x`]) {
      expect(await refresh(token)).toMatchObject({ user: null, userErrors: [{ code: "BAD_CREDENTIALS" }] });
    }
    await gatehouse.sql("update refresh_tokens set expires_at = now() - interval '1 second' where digest = $1", [
      createHash("sha256").update(person.refreshToken).digest(),
    ]);
    expect(await refresh(person.refreshToken)).toMatchObject({ userErrors: [{ code: "BAD_CREDENTIALS" }] });
  });
});

describe("logout", () => {
  it("ends the caller's session at once, with its refresh token", async () => {
    const person = await world.person();
    expect(await person.client.ok("mutation { logout { ok } }")).toEqual({ logout: { ok: true } });
    expect(await statusOf(person.client.token ?? "")).toBe(401);
    expect(await refresh(person.refreshToken)).toMatchObject({ userErrors: [{ code: "BAD_CREDENTIALS" }] });
    expect(await login(person.email, person.password)).toMatchObject({ userErrors: [] });
  });

  it("is nothing for somebody who has not signed in", async () => {
    expect(await world.anonymous.codes("mutation { logout { ok } }")).toEqual(["UNAUTHENTICATED"]);
  });
});

describe("me", () => {
  it("is null for who has not signed in, and for a device", async () => {
    expect(await world.anonymous.ok(me)).toEqual({ me: null });
    const { client } = await (await world.venue()).device();
    expect(await client.ok(me)).toEqual({ me: null });
  });
});

describe("a password", () => {
  it("is kept as argon2id alone, and no type of the API has it", async () => {
    const password = `secret ${randomUUID()}`;
    const { user, refreshToken } = await register({ password });
    const [kept] = await gatehouse.sql<{ password_hash: string }>(
      "select password_hash from users where password_hash like '$argon2id$%' and email = $1",
      [user?.email],
    );
    expect(kept?.password_hash).not.toContain(password);
    expect(await everythingStored()).not.toContain(password);
    expect(await everythingStored()).not.toContain(refreshToken);
    const { __schema: schema } = await world.anonymous.ok<{
      __schema: { types: { name: string; kind: string; fields: { name: string }[] | null }[] };
    }>("{ __schema { types { name kind fields { name } } } }");
    const secrets = schema.types.flatMap(({ name, fields }) =>
      (fields ?? [])
        .map((field) => `${name}.${field.name}`)
        .filter((field) => /password|hash|digest|token$/i.test(field)),
    );
    expect(secrets.sort()).toEqual([
      "AuthPayload.accessToken",
      "AuthPayload.refreshToken",
      "EnrollDevicePayload.token",
      "Mutation.rotateDeviceToken",
    ]);
  });

  it("is not repeated in what is answered to a bad one", async () => {
    const { status, body } = await world.anonymous.request(
      `mutation { register(input: { name: "A", email: "a@example.com", password: "short-one" }) { userErrors { message } } }`,
    );
    expect(status).toBe(200);
    expect(JSON.stringify(body)).not.toContain("short-one");
  });
});

/** All rows of all tables that hold credentials, as text. */
async function everythingStored(): Promise<string> {
  const rows = await gatehouse.sql<{ row: string }>(
    `select u::text as row from users u union all select s::text from sessions s
     union all select encode(r.digest, 'escape') || r::text from refresh_tokens r`,
  );
  return rows.map(({ row }) => row).join("\n");
}
