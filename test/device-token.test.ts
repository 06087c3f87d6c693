import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEVICE_TOKEN_PREFIX, isWellFormedToken, makeToken } from "../src/domain/token.js";
import { Client } from "./setup/client.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { made, mutate, recordScan, uploadScans, type Venue, World } from "./setup/world.js";

const QUERY = "{ __typename }";

let gatehouse: TestGatehouse;
let venue: Venue;
let token: string;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  venue = await new World(gatehouse.url).venue({ gates: ["A", "B"] });
  token = (await venue.device()).token;
});
afterAll(() => expectCountsRight(gatehouse).finally(() => gatehouse.close()));

const isGood = (text: string): boolean => isWellFormedToken(DEVICE_TOKEN_PREFIX, text);
const alphabet = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"];

describe("a device's token", () => {
  it("is found by its prefix and its checksum, as scanners of secrets do", () => {
    for (let index = 0; index < 100; index++) {
      const made = makeToken(DEVICE_TOKEN_PREFIX);
      expect(made).toMatch(/^ghd_[\w-]{43}[0-9a-f]{8}$/);
      expect(isGood(made)).toBe(true);
    }
  });

  it("with a character mistyped, left out, doubled or swapped is told to be none", () => {
    const places = fc.nat(token.length - 1);
    fc.assert(
      fc.property(places, fc.constantFrom(...alphabet), (at, letter) => {
        const mistyped = token.slice(0, at) + letter + token.slice(at + 1);
        expect(isGood(mistyped)).toBe(mistyped === token);
        expect(isGood(token.slice(0, at) + token.slice(at + 1))).toBe(false);
        expect(isGood(token.slice(0, at) + letter + token.slice(at))).toBe(false);
        const swapped = token.slice(0, at) + (token[at + 1] ?? "") + token[at] + token.slice(at + 2);
        expect(isGood(swapped)).toBe(swapped === token);
      }),
      { numRuns: 500 },
    );
  });

  const SPOILT: readonly (readonly [string, () => string])[] = [
    ["with a bad checksum", () => `${token.slice(0, -1)}${token.endsWith("0") ? "1" : "0"}`],
    ["without its checksum", () => token.slice(0, -8)],
    ["under the prefix of a refresh token", () => token.replace("ghd_", "ghr_")],
    ["in capitals", () => token.toUpperCase()],
    ["with something behind it", () => `${token}.`],
    ["twice", () => `${token}${token}`],
    ["well formed, of no device", () => makeToken(DEVICE_TOKEN_PREFIX)],
  ];

  it.each(SPOILT)("%s is 401 over HTTP and 4403 over WebSocket", async (_what, spoil) => {
    const client = new Client(gatehouse.url, spoil());
    expect(await client.request(QUERY)).toMatchObject({
      status: 401,
      body: { errors: [{ extensions: { code: "UNAUTHENTICATED" } }] },
    });
    await using subscription = client.subscribe(QUERY);
    expect(await subscription.failure()).toMatchObject({ closeCode: 4403 });
  });

  it("that is mistyped is refused without a look into the database", async () => {
    const holder = new pg.Client({ connectionString: gatehouse.databaseUrl });
    await holder.on("error", () => {}).connect();
    try {
      // Held for a moment only, whatever becomes of the test.
      await holder.query("begin; set local idle_in_transaction_session_timeout = '5s'");
      await holder.query("lock table devices in access exclusive mode");
      const [, mistyped] = SPOILT[0] ?? [];
      expect((await new Client(gatehouse.url, mistyped?.()).request(QUERY)).status).toBe(401);
      const unknown = new Client(gatehouse.url, makeToken(DEVICE_TOKEN_PREFIX)).request(QUERY);
      expect(await Promise.race([unknown.then(() => "answered"), sleep(200, "looked up")])).toBe("looked up");
      await holder.query("rollback");
      expect((await unknown).status).toBe(401);
    } finally {
      await holder.end();
    }
  });

  it("scans at its own gate, and at no other", async () => {
    const { client } = await venue.device("A");
    const scan = { code: "nobody's", direction: "EXIT" };
    expect(await recordScan(client, scan)).toMatchObject({ scan: { gate: { id: venue.gate("A") } }, userErrors: [] });
    const elsewhere = { ...scan, gateId: venue.gate("B") };
    expect(await recordScan(client, elsewhere)).toMatchObject({ scan: null, userErrors: [{ code: "INVALID" }] });
    const [uploaded] = await uploadScans(client, [scan], { gateId: venue.gate("B") });
    expect(uploaded).toMatchObject({ scan: null, userErrors: [{ code: "INVALID" }] });
  });
});

describe("while a gate's tokens rotate", () => {
  it("the old and the new one are both good, until the old one alone is revoked", async () => {
    const [old, fresh] = [await venue.device("A"), await venue.device("A")];
    const scans = async () => {
      const results: (string | number | undefined)[] = [];
      for (const { client } of [old, fresh]) {
        const { status, body } = await client.request(
          `mutation ($key: String!) { recordScan(input: { key: $key, code: "nobody's", direction: EXIT }) { scan { outcome } } }`,
          { key: crypto.randomUUID() },
        );
        await using subscription = client.subscribe(QUERY);
        const socket = await subscription.next().then(
          () => "answered",
          () => subscription.error?.closeCode ?? "",
        );
        results.push(body.errors?.[0]?.extensions?.code ?? status, socket);
      }
      return results;
    };
    expect(old.token).not.toBe(fresh.token);
    expect(await scans()).toEqual([200, "answered", 200, "answered"]);
    await made(venue.owner.client, "revokeDevice", "RevokeDeviceInput", "device { id }", { deviceId: old.id });
    expect(await scans()).toEqual(["UNAUTHENTICATED", 4403, 200, "answered"]);
  });
});

describe("a device whose token rotates", () => {
  const rotate = (deviceId: string) =>
    made<{ token: string; device: { id: string } }>(
      venue.owner.client,
      "rotateDeviceToken",
      "RotateDeviceTokenInput",
      "token device { id }",
      { deviceId },
    );
  const statuses = (tokens: readonly string[]) =>
    Promise.all(tokens.map(async (token) => (await new Client(gatehouse.url, token).request(QUERY)).status));

  it("has two that are good, until the older one is two rotations old", async () => {
    const { id, token: first } = await venue.device("A");
    const { token: second, device } = await rotate(id);
    expect(device.id).toBe(id);
    expect(isGood(second)).toBe(true);
    expect(await statuses([first, second])).toEqual([200, 200]);
    const { token: third } = await rotate(id);
    expect(await statuses([first, second, third])).toEqual([401, 200, 200]);
  });

  it("has the last one alone a day later", async () => {
    const { id, token: first } = await venue.device("A");
    const { token: second } = await rotate(id);
    const [row] = await gatehouse.sql<{ hours: string }>(
      "select extract(epoch from max(previous_token_until) - now()) / 3600 as hours from devices",
    );
    expect(Number(row?.hours)).toBeCloseTo(24, 1);
    await gatehouse.sql("update devices set previous_token_until = now() where previous_token_until is not null");
    await sleep(1_100);
    expect(await statuses([first, second])).toEqual([401, 200]);
  });

  it("keeps its keys: what it repeats with the new one counts once", async () => {
    const { id, client } = await venue.device("A");
    const scan = { key: "kept-on-the-scanner", code: "nobody's", direction: "ENTRY" };
    const [before] = await uploadScans(client, [scan]);
    const { token } = await rotate(id);
    const [after] = await uploadScans(new Client(gatehouse.url, token), [scan]);
    expect([before?.replayed, after?.replayed]).toEqual([false, true]);
    expect(after?.scan?.id).toBe(before?.scan?.id);
  });

  it("has none after it was revoked, and gets no other", async () => {
    const { id, token: first } = await venue.device("A");
    const { token: second } = await rotate(id);
    await made(venue.owner.client, "revokeDevice", "RevokeDeviceInput", "device { id }", { deviceId: id });
    expect(await statuses([first, second])).toEqual([401, 401]);
    const input = { deviceId: id };
    const again = await mutate(venue.owner.client, "rotateDeviceToken", "RotateDeviceTokenInput", "token", input);
    expect(again).toMatchObject({ token: null, userErrors: [{ code: "CONFLICT" }] });
  });
});
