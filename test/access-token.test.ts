import { createHash, createHmac, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { CompactEncrypt, decodeJwt, decodeProtectedHeader } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client } from "./setup/client.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { made, type Person, World } from "./setup/world.js";

const SECRET = "for-tests-only-for-tests-only-for-tests-only";
const OTHER = "another-secret-another-secret-another";

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
  return sign({ ...decodeProtectedHeader(token), ...header }, { ...decodeJwt(token), ...claims }, secret);
}

function sign(header: Record<string, unknown>, claims: unknown, secret = SECRET): string {
  const body = `${encoded(header)}.${encoded(claims)}`;
  const digest = header["alg"] === "HS512" ? "sha512" : "sha256";
  return `${body}.${createHmac(digest, secret).update(body).digest("base64url")}`;
}

const encoded = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString("base64url");

const now = () => Math.floor(Date.now() / 1_000);

describe("an access token", () => {
  let person: Person;
  let token: string;
  let other: string;
  beforeAll(async () => {
    person = await world.person();
    token = person.client.token ?? "";
    other = (await world.person()).client.token ?? "";
  });

  const FORGERIES: readonly (readonly [string, () => string | Promise<string>])[] = [
    ["signed with another secret", () => forge(token, { secret: OTHER })],
    ["signed with no secret", () => forge(token, { secret: "" })],
    ["signed with another secret that it brings along", () => withKey({ kty: "oct", k: encoded(OTHER) })],
    ["signed with a secret that it says where to find", () => forged({ jku: "https://evil.example/keys" }, OTHER)],
    ["naming another key", () => forged({ kid: "another" })],
    ["naming a file as its key", () => forged({ kid: "../../dev/null" }, "")],
    ["without a key's name", () => forged({ kid: undefined })],
    ["signed by another algorithm", () => forged({ alg: "HS512" })],
    ["signed with the secret as if it were a public key (RS256)", () => forged({ alg: "RS256" })],
    ["of an algorithm in another case", () => forged({ alg: "hs256" })],
    ["without an algorithm", () => forged({ alg: undefined })],
    ["without a signature (alg none)", () => `${unsigned({ alg: "none" })}.`],
    ["without a signature (alg nOnE)", () => `${unsigned({ ...real(), alg: "nOnE" })}.`],
    ["without a signature, under the rest of the real header", () => `${unsigned({ ...real(), alg: "none" })}.`],
    ["without a signature, under the real header", () => `${unsigned(real())}.`],
    ["with what must be understood and is not (crit)", () => forged({ crit: ["new"], new: true })],
    ["with a claim that must be understood (crit)", () => forged({ crit: ["exp"] })],
    ["whose body is not encoded (b64)", () => forged({ crit: ["b64"], b64: false })],
    ["that has expired", () => claiming({ exp: now() - 1 })],
    ["that never expires", () => claiming({ exp: undefined })],
    ["whose end is a text", () => claiming({ exp: String(now() + 600) })],
    ["whose end is null", () => claiming({ exp: null })],
    ["whose end is a list", () => claiming({ exp: [now() + 600] })],
    ["not valid yet", () => claiming({ nbf: now() + 600 })],
    ["whose beginning is a text", () => claiming({ nbf: "0" })],
    ["that does not say when it was issued", () => claiming({ iat: undefined })],
    ["of another issuer", () => claiming({ iss: "elsewhere" })],
    ["of no issuer", () => claiming({ iss: undefined })],
    ["for another audience", () => claiming({ aud: "another-api" })],
    ["for other audiences", () => claiming({ aud: ["another-api", "gatehouse-api-2"] })],
    ["for no audience", () => claiming({ aud: undefined })],
    ["of another type", () => forged({ typ: "JWT" })],
    ["of the type of a refresh token", () => forged({ typ: "rt+jwt" })],
    ["of no type", () => forged({ typ: undefined })],
    ["without a user", () => claiming({ sub: undefined })],
    ["without a session", () => claiming({ sid: undefined })],
    ["of a session that is no id", () => claiming({ sid: "' or true --" })],
    ["of a session that there is not", () => claiming({ sid: randomUUID() })],
    ["of another user than its session's", () => claiming({ sub: randomUUID() })],
    ["of somebody else's session", () => claiming({ sub: decodeJwt(other).sub })],
    ["that claims nothing", () => sign(real(), {})],
    ["whose claims are a list", () => sign(real(), [decodeJwt(token)])],
    ["whose claims are null", () => sign(real(), null)],
    ["tampered with in its header", () => tampered(0)],
    ["tampered with in its claims", () => tampered(1)],
    ["tampered with in its signature", () => tampered(2)],
    ["with the signature of another", () => [...token.split(".").slice(0, 2), other.split(".")[2]].join(".")],
    ["that is encrypted (JWE)", () => encrypted()],
    ["cut short", () => token.slice(0, -4)],
    ["of two parts", () => token.split(".").slice(0, 2).join(".")],
    ["of four parts", () => `${token}.${token.split(".")[2]}`],
    ["with a dot before it", () => `.${token}`],
    ["with a dot after it", () => `${token}.`],
    ["of dots alone", () => ".."],
    ["in capitals", () => token.toUpperCase()],
    ["in small letters", () => token.toLowerCase()],
    ["longer than any, though it is signed", () => claiming({ more: "x".repeat(2_000) })],
    ["as long as a header may be", () => `${token}${"A".repeat(12_000)}`],
    ["that is empty", () => ""],
    ["that is a refresh token", () => person.refreshToken],
    ["that looks like a device's", () => `ghd_${"A".repeat(43)}00000000`],
    ["that is not one at all", () => "nonsense"],
  ];

  const real = () => ({ ...decodeProtectedHeader(token) });
  const forged = (header: Record<string, unknown>, secret = SECRET): string => forge(token, { header, secret });
  const claiming = (claims: Record<string, unknown>): string => forge(token, { claims });
  const withKey = (jwk: Record<string, unknown>): string => forged({ jwk }, OTHER);
  const encrypted = (): Promise<string> =>
    new CompactEncrypt(Buffer.from(JSON.stringify(decodeJwt(token))))
      .setProtectedHeader({ ...real(), alg: "dir", enc: "A256GCM" })
      .encrypt(createHash("sha256").update(SECRET).digest());
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
    const client = new Client(gatehouse.url, await make());
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
