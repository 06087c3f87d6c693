import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { decodeId } from "../src/schema/ids.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { made, mutate, type Person, World } from "./setup/world.js";

let gatehouse: TestGatehouse;
let world: World;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
});
afterAll(() => gatehouse.close());

const refresh = (refreshToken: string) =>
  mutate<{ accessToken: string | null; refreshToken: string | null }>(
    world.anonymous,
    "refreshSession",
    "RefreshSessionInput",
    "accessToken refreshToken",
    { refreshToken },
  );
const digest = (token: string): Buffer => createHash("sha256").update(token).digest();
const expire = (token: string, daysAgo: number) =>
  gatehouse.sql("update refresh_tokens set expires_at = now() - make_interval(days => $2) where digest = $1", [
    digest(token),
    daysAgo,
  ]);
const sessionsOf = async ({ id }: Person): Promise<number> =>
  (await gatehouse.sql("select from sessions where user_id = $1", [decodeId("usr", id)])).length;
const isKept = async (token: string): Promise<boolean> =>
  (await gatehouse.sql("select from refresh_tokens where digest = $1", [digest(token)])).length > 0;

/** As the clock does it, and waits for it to be done. */
async function purge(): Promise<void> {
  await gatehouse.sql("select graphile_worker.add_job('purge-sessions')");
  await vi.waitFor(
    async () =>
      expect(await gatehouse.sql("select from graphile_worker.jobs where task_identifier = 'purge-sessions'")).toEqual(
        [],
      ),
    { timeout: 10_000, interval: 50 },
  );
}

describe("what is known of sessions", () => {
  it("is gone through every night", async () => {
    await vi.waitFor(async () =>
      expect(await gatehouse.sql("select identifier from graphile_worker._private_known_crontabs")).toContainEqual({
        identifier: "purge-sessions",
      }),
    );
  });

  it("is forgotten a month after their end", async () => {
    const [recent, old] = [await world.person(), await world.person()];
    for (const [{ client, id }, days] of [
      [recent, 29],
      [old, 31],
    ] as const) {
      await client.ok("mutation { logout { ok } }");
      const end = "update sessions set ended_at = now() - make_interval(days => $2) where user_id = $1";
      await gatehouse.sql(end, [decodeId("usr", id), days]);
    }
    await purge();
    expect([await sessionsOf(recent), await isKept(recent.refreshToken)]).toEqual([1, true]);
    expect([await sessionsOf(old), await isKept(old.refreshToken)]).toEqual([0, false]);
    const { email, password } = old;
    await made(world.anonymous, "login", "LoginInput", "accessToken", { email, password });
  });

  it("is forgotten a month after their last refresh token ran out", async () => {
    const [recent, old] = [await world.person(), await world.person()];
    await expire(recent.refreshToken, 29);
    await expire(old.refreshToken, 31);
    await purge();
    expect([await sessionsOf(recent), await sessionsOf(old)]).toEqual([1, 0]);
  });

  it("stays while one can go on with it: its old tokens alone are forgotten", async () => {
    const person = await world.person();
    const next = (await refresh(person.refreshToken)).refreshToken ?? "";
    await expire(person.refreshToken, 31);
    await purge();
    expect([await sessionsOf(person), await isKept(person.refreshToken), await isKept(next)]).toEqual([1, false, true]);
    expect(await person.client.ok("{ me { id } }")).toEqual({ me: { id: person.id } });
    expect((await refresh(next)).userErrors).toEqual([]);
  });

  it("still has used tokens that have not run out: one that comes again ends the session", async () => {
    const person = await world.person();
    const next = (await refresh(person.refreshToken)).refreshToken ?? "";
    await purge();
    expect((await refresh(person.refreshToken)).userErrors).toMatchObject([{ code: "BAD_CREDENTIALS" }]);
    expect((await refresh(next)).userErrors).toMatchObject([{ code: "BAD_CREDENTIALS" }]);
  });
});
