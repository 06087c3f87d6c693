import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { WebSocket } from "ws";
import { execute } from "./setup/postgres.js";
import { type RedisProxy, startRedisProxy } from "./setup/redis-proxy.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";

async function ask(gatehouse: TestGatehouse, path: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${gatehouse.url}${path}`);
  return { status: response.status, body: await response.json() };
}

describe("a server with Redis", () => {
  let gatehouse: TestGatehouse;
  let redis: RedisProxy;

  beforeAll(async () => {
    redis = await startRedisProxy(inject("redisUrl"));
    gatehouse = await startGatehouse({ redisUrl: redis.url });
  });
  afterAll(() => gatehouse.close().finally(() => redis[Symbol.asyncDispose]()));

  it("is alive and ready", async () => {
    expect(await ask(gatehouse, "/livez")).toEqual({ status: 200, body: { status: "ok" } });
    const body = { status: "ready", database: "ok", redis: "ok" };
    expect(await ask(gatehouse, "/readyz")).toEqual({ status: 200, body });
  });

  it.each(["cut", "stall"] as const)(
    "stays ready with Redis away (%s), says so, and sees it come back",
    async (how) => {
      redis[how]();
      const degraded = { status: "degraded", database: "ok", redis: "away" };
      expect(await ask(gatehouse, "/readyz")).toEqual({ status: 200, body: degraded });
      redis.mend();
      await expect.poll(async () => (await ask(gatehouse, "/readyz")).body).toMatchObject({ redis: "ok" });
    },
  );
});

describe("a server alone", () => {
  it("has no Redis to be without", async () => {
    await using gatehouse = await startGatehouse();
    expect(await ask(gatehouse, "/readyz")).toMatchObject({ status: 200, body: { status: "ready", redis: "none" } });
  });

  it("is alive but not ready while its database lets nobody in", async () => {
    await using gatehouse = await startGatehouse();
    const name = new URL(gatehouse.databaseUrl).pathname.slice(1);
    const postgres = inject("postgresUrl");
    await execute(postgres, `alter database ${name} allow_connections false`);
    const end = () =>
      execute(postgres, "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", [name]);
    await end();
    await expect.poll(() => ask(gatehouse, "/readyz")).toMatchObject({ status: 503, body: { database: "away" } });
    expect(await ask(gatehouse, "/livez")).toMatchObject({ status: 200 });
    await execute(postgres, `alter database ${name} allow_connections true`);
    await expect.poll(() => ask(gatehouse, "/readyz")).toMatchObject({ status: 200 });
  });

  it("is not ready from the moment it begins to close, while it still answers", async () => {
    const gatehouse = await startGatehouse();
    const socket = new WebSocket(`${gatehouse.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
    await new Promise((resolve) => socket.once("open", resolve));
    // One that does not answer the goodbye keeps the server for a moment.
    socket.pause();
    const closing = gatehouse.close();
    await sleep(50);
    expect(await ask(gatehouse, "/readyz")).toEqual({ status: 503, body: { status: "closing" } });
    expect(await ask(gatehouse, "/livez")).toMatchObject({ status: 200 });
    socket.terminate();
    await closing;
  });
});
