import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client } from "./setup/client.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { made, type Person, World } from "./setup/world.js";

const OLD = "for-tests-only-for-tests-only-for-tests-only";
const NEW = "the-next-secret-the-next-secret-the-next";
const ME = "{ me { id } }";

/** The nodes as an operator meets them in turn: before, while both secrets are known, and after. */
let before: TestGatehouse;
let rotating: TestGatehouse;
let after: TestGatehouse;
beforeAll(async () => {
  before = await startGatehouse({ authSecrets: [OLD] });
  const { databaseUrl } = before;
  rotating = await startGatehouse({ databaseUrl, authSecrets: [NEW, OLD] });
  after = await startGatehouse({ databaseUrl, authSecrets: [NEW] });
});
afterAll(async () => {
  for (const node of [after, rotating, before]) await node.close();
});

const nodes = () => [before, rotating, after];
const tokenOf = ({ client }: Person): string => client.token ?? "";

/** What each node says of the token, over HTTP and over a socket. */
const answers = (token: string) =>
  Promise.all(
    nodes().map(async ({ url }) => {
      const client = new Client(url, token);
      const { status } = await client.request(ME);
      await using subscription = client.subscribe(ME);
      const failure = await subscription.next().then(
        () => null,
        () => subscription.error,
      );
      return [status, failure === null ? "answered" : failure.closeCode];
    }),
  );

const GOOD = [200, "answered"];
const BAD = [401, 4403];

const refresh = ({ url }: TestGatehouse, refreshToken: string) =>
  made<{ accessToken: string; refreshToken: string }>(
    ...([
      new Client(url),
      "refreshSession",
      "RefreshSessionInput",
      "accessToken refreshToken",
      { refreshToken },
    ] as const),
  );

describe("while keys rotate", () => {
  it("the first secret signs and all of them verify, at both doors", async () => {
    const old = tokenOf(await new World(before.url).person());
    const fresh = tokenOf(await new World(rotating.url).person());
    expect(await answers(old)).toEqual([GOOD, GOOD, BAD]);
    expect(await answers(fresh)).toEqual([BAD, GOOD, GOOD]);
  });

  it("nobody is logged out: a session goes on with a token under the next secret", async () => {
    const person = await new World(before.url).person();
    const next = await refresh(rotating, person.refreshToken);
    expect(await answers(next.accessToken)).toEqual([BAD, GOOD, GOOD]);
    const last = await refresh(after, next.refreshToken);
    expect(await answers(last.accessToken)).toEqual([BAD, GOOD, GOOD]);
    const late = await new World(before.url).person();
    expect(await answers((await refresh(after, late.refreshToken)).accessToken)).toEqual([BAD, GOOD, GOOD]);
  });

  it("the tokens of devices are good throughout: no secret signs them", async () => {
    const venue = await new World(before.url).venue();
    const { token } = await venue.device();
    const asked = nodes().map(({ url }) => new Client(url, token).request(`{ node(id: "${venue.id}") { id } }`));
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200, 200]);
  });
});
