import { createHmac, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client } from "./setup/client.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { made, type Person, World } from "./setup/world.js";

const SECRET = "for-tests-only-for-tests-only-for-tests-only";

let gatehouse: TestGatehouse;
let world: World;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
});
afterAll(() => gatehouse.close());

const me = "{ me { id name email } }";

const statusOf = async (token: string, url = gatehouse.url): Promise<number> =>
  (await new Client(url, token).request(me)).status;

/** The token again with other claims, another header or another key, signed as well as its forger can. */
function forge(
  token: string,
  changes: { header?: Record<string, unknown>; claims?: Record<string, unknown>; secret?: string },
): string {
  const { header = {}, claims = {}, secret = SECRET } = changes;
  const protectedHeader = { ...decodeProtectedHeader(token), ...header };
  const body = `${encoded(protectedHeader)}.${encoded({ ...decodeJwt(token), ...claims })}`;
  const digest = protectedHeader.alg === "HS512" ? "sha512" : "sha256";
  return `${body}.${createHmac(digest, secret).update(body).digest("base64url")}`;
}

const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");

const now = () => Math.floor(Date.now() / 1_000);

describe("an access token", () => {
  let person: Person;
  let token: string;
  beforeAll(async () => {
    person = await world.person();
    token = person.client.token ?? "";
  });

  const FORGERIES: readonly (readonly [string, () => string])[] = [
    ["signed with another secret", () => forge(token, { secret: "another-secret-another-secret-another" })],
    ["naming another key", () => forge(token, { header: { kid: "another" } })],
    ["without a key's name", () => forge(token, { header: { kid: undefined } })],
    ["signed by another algorithm", () => forge(token, { header: { alg: "HS512" } })],
    ["without a signature (alg none)", () => `${unsigned({ alg: "none" })}.`],
    [
      "without a signature, under the rest of the real header",
      () => `${unsigned({ ...decodeProtectedHeader(token), alg: "none" })}.`,
    ],
    ["without a signature, under the real header", () => `${unsigned(decodeProtectedHeader(token))}.`],
    ["that has expired", () => forge(token, { claims: { exp: now() - 1 } })],
    ["that never expires", () => forge(token, { claims: { exp: undefined } })],
    ["of another issuer", () => forge(token, { claims: { iss: "elsewhere" } })],
    ["for another audience", () => forge(token, { claims: { aud: "another-api" } })],
    ["of another type", () => forge(token, { header: { typ: "JWT" } })],
    ["without a session", () => forge(token, { claims: { sid: undefined } })],
    ["of a session that is no id", () => forge(token, { claims: { sid: "' or true --" } })],
    ["of a session that there is not", () => forge(token, { claims: { sid: randomUUID() } })],
    ["of another user than its session's", () => forge(token, { claims: { sub: randomUUID() } })],
    ["not valid yet", () => forge(token, { claims: { nbf: now() + 600 } })],
    ["tampered with in its claims", () => tampered(1)],
    ["tampered with in its signature", () => tampered(2)],
    ["cut short", () => token.slice(0, -4)],
    ["that is a refresh token", () => person.refreshToken],
    ["that looks like a device's", () => `ghd_${"A".repeat(43)}00000000`],
    ["that is not one at all", () => "nonsense"],
  ];

  const unsigned = (header: object): string => `${encoded(header)}.${token.split(".")[1]}`;

  function tampered(part: number): string {
    const parts = token.split(".");
    const text = parts[part] ?? "";
    parts[part] = (text.startsWith("A") ? "B" : "A") + text.slice(1);
    return parts.join(".");
  }

  it("that is real passes at both doors, also when it is signed again without a change", async () => {
    for (const real of [token, forge(token, {})]) {
      expect(await statusOf(real)).toBe(200);
      await using subscription = new Client(gatehouse.url, real).subscribe(me);
      expect(await subscription.next()).toMatchObject({ me: { id: person.id } });
    }
  });

  it.each(FORGERIES)("%s is 401 over HTTP and 4403 over WebSocket", async (_what, make) => {
    const client = new Client(gatehouse.url, make());
    const { status, headers, body } = await client.request(me);
    expect(status).toBe(401);
    expect(body).toEqual({
      errors: [
        {
          message: expect.any(String),
          extensions: { code: "UNAUTHENTICATED", requestId: headers.get("x-request-id") },
        },
      ],
    });
    await using subscription = client.subscribe(me);
    expect(await subscription.failure()).toMatchObject({ closeCode: 4403 });
  });

  it("is refused under another scheme than Bearer", async () => {
    for (const authorization of [`Basic ${token}`, token, `Bearer ${token} ${token}`, "Bearer"]) {
      const { status } = await world.anonymous.post(JSON.stringify({ query: me }), { authorization });
      expect(status).toBe(401);
    }
  });

  it("of a device is no user's", async () => {
    const venue = await world.venue();
    const device = await venue.device();
    expect(
      await device.client.codes(
        `mutation { updateVenue(input: { venueId: "${venue.id}", name: "Mine" }) { venue { id } } }`,
      ),
    ).toEqual(["FORBIDDEN"]);
    const forged = forge(token, { claims: { sub: device.id, sid: device.id } });
    expect(await statusOf(forged)).toBe(401);
  });

  it("ends when it says so", async () => {
    await using short = await startGatehouse({ databaseUrl: gatehouse.databaseUrl, accessTokenSeconds: 2 });
    const { accessToken, expiresAt } = await made<{ accessToken: string; expiresAt: string }>(
      new Client(short.url),
      "login",
      "LoginInput",
      "accessToken expiresAt",
      {
        email: person.email,
        password: person.password,
      },
    );
    const client = new Client(short.url, accessToken);
    expect((await client.request(me)).status).toBe(200);
    await sleep(Date.parse(expiresAt) - Date.now() + 20);
    expect((await client.request(me)).status).toBe(401);
    await using subscription = client.subscribe(me);
    expect(await subscription.failure()).toMatchObject({ closeCode: 4403 });
  });
});

describe("while keys rotate", () => {
  it("the first secret signs and all of them verify", async () => {
    const next = "the-next-secret-the-next-secret-the-next";
    const { databaseUrl } = gatehouse;
    await using rotating = await startGatehouse({ databaseUrl, authSecrets: [next, SECRET] });
    await using rotated = await startGatehouse({ databaseUrl, authSecrets: [next] });
    const old = (await world.person()).client.token ?? "";
    const fresh = (await new World(rotating.url).person()).client.token ?? "";
    const accepted = (token: string) =>
      Promise.all([gatehouse, rotating, rotated].map(({ url }) => statusOf(token, url)));
    expect(await accepted(old)).toEqual([200, 200, 401]);
    expect(await accepted(fresh)).toEqual([401, 200, 200]);
  });
});
