import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { httpDoor, socketDoor, streamDoor } from "./setup/both-doors.js";
import { Client } from "./setup/client.js";
import { enter, openDoors } from "./setup/doors.js";
import { readFigures } from "./setup/figures.js";
import { watchVenue } from "./setup/screens.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { recordScan, World } from "./setup/world.js";

let gatehouse: TestGatehouse;
beforeAll(async () => {
  gatehouse = await startGatehouse({ redisUrl: inject("redisUrl") });
});
afterAll(() => gatehouse.close());

const figures = () => readFigures(gatehouse.url);

describe("the figures of operations", () => {
  it.each([
    ["http", httpDoor],
    ["websocket", socketDoor],
    ["event-stream", streamDoor],
  ] as const)("count and time them by root field and door: %s", async (door, open) => {
    await using asked = open(gatehouse.url);
    const before = await figures();
    await asked.ask(undefined, "query Mine { venues { totalCount } }");
    await asked.ask(undefined, "{ other: venues { totalCount } ... on Query { venues { totalCount } } }");
    await asked.ask(undefined, "{ venues { totalCount } events { totalCount } }");
    await asked.ask(undefined, "{ me { id } }");
    const after = await figures();
    const counted = (operation: string, outcome: string) =>
      after.difference(before, "gatehouse_operations_total", { operation, door, outcome });
    expect(counted("venues", "ok")).toBe(2);
    expect(counted("several", "ok")).toBe(1);
    expect(after.difference(before, "gatehouse_operation_duration_seconds_count", { operation: "venues", door })).toBe(
      2,
    );
    expect(after.value("gatehouse_operation_duration_seconds_sum", { operation: "venues", door })).toBeGreaterThan(0);
  });

  it.each([
    ["http", httpDoor],
    ["websocket", socketDoor],
    ["event-stream", streamDoor],
  ] as const)("tell which failed, and with which code: %s", async (door, open) => {
    await using asked = open(gatehouse.url);
    const before = await figures();
    await asked.ask(
      undefined,
      'mutation { createVenue(input: { name: "A", address: "", capacity: 1 }) { venue { id } } }',
    );
    await asked.ask(undefined, "{ nothing }");
    const after = await figures();
    const failed = { operation: "createVenue", door, outcome: "error" };
    expect(after.difference(before, "gatehouse_operations_total", failed)).toBe(1);
    expect(after.difference(before, "gatehouse_errors_total", { code: "UNAUTHENTICATED" })).toBe(1);
    expect(after.difference(before, "gatehouse_errors_total", { code: "GRAPHQL_VALIDATION_FAILED" })).toBe(1);
  });

  it("never take a name from a client", async () => {
    const client = new Client(gatehouse.url);
    await client.request("query ChosenByMe { chosenByMe: venues { totalCount } }");
    await client.request("query ChosenByMe { chosenByMe }");
    await client.request("query ChosenByMe { chosenByMe: __typename }");
    await fetch(`${gatehouse.url}/chosenByMe`, { headers: { "x-chosenByMe": "chosenByMe" } });
    const { text } = await figures();
    expect(text.toLowerCase()).not.toContain("chosenbyme");
    expect(text).toContain('operation="introspection"');
  });
});

describe("the figures of the gate", () => {
  it("count scans by outcome and reason, and their batches", async () => {
    const venue = await new World(gatehouse.url).venue({ gates: ["A"] });
    await (await venue.event()).tickets(["T1"]);
    const { client } = await venue.device("A");
    const before = await figures();
    await recordScan(client, { code: "T1" });
    await recordScan(client, { code: "T1" });
    await recordScan(client, { code: "nothing" });
    const after = await figures();
    const scans = (outcome: string, reason: string) =>
      after.difference(before, "gatehouse_scans_total", { outcome, reason });
    expect(scans("ACCEPTED", "none")).toBe(1);
    expect(scans("REFUSED", "ALREADY_INSIDE")).toBe(1);
    expect(scans("REFUSED", "UNKNOWN_TICKET")).toBe(1);
    expect(after.difference(before, "gatehouse_scan_batch_size_sum")).toBe(3);
    expect(after.difference(before, "gatehouse_scan_batch_duration_seconds_count")).toBe(3);
  });
});

describe("the figures of the screens", () => {
  it("count what is sent to each subscriber, and tell how late", async () => {
    const { venue, client } = await openDoors(new World(gatehouse.url));
    const screens = [1, 2, 3].map(() => watchVenue(venue.owner.client, venue.id));
    for (const screen of screens) await screen.next();
    const before = await figures();
    await enter(client, "T1");
    for (const screen of screens) await screen.waitFor(({ state }) => state.inside === 1);
    const after = await figures();
    const topic = "occupancyChanged";
    expect(after.value("gatehouse_live_subscriptions", { topic })).toBe(3);
    expect(after.difference(before, "gatehouse_live_pushes_total", { topic })).toBe(3);
    expect(after.value("gatehouse_live_pushes_total", { topic: "scanRecorded" })).toBe(0);
    const lags = after.difference(before, "gatehouse_live_delivery_lag_seconds_count", { topic });
    expect(lags).toBeGreaterThanOrEqual(1);
    expect(lags).toBeLessThanOrEqual(3);
    for (const screen of screens) await screen.close();
  });
});

describe("the figures of the server", () => {
  it.each(["gate", "sales", "other"])("tell of the pool for %s", async (pool) => {
    const after = await figures();
    expect(after.value("gatehouse_pool_size", { pool })).toBeGreaterThan(0);
    expect(after.value("gatehouse_pool_waiting", { pool })).toBe(0);
    expect(after.value("gatehouse_pool_connections", { pool })).toBeGreaterThanOrEqual(0);
    expect(after.value("gatehouse_pool_idle", { pool })).toBeGreaterThanOrEqual(0);
  });

  it("tell of the event loop and the process", async () => {
    const after = await figures();
    expect(after.value("gatehouse_event_loop_lag_seconds", { quantile: "0.99" })).toBeGreaterThanOrEqual(0);
    expect(after.value("gatehouse_event_loop_utilization")).toBeLessThanOrEqual(1);
    expect(after.value("process_resident_memory_bytes")).toBeGreaterThan(1e6);
  });

  it("tell of the parts it stands on, and of what is open", async () => {
    await using door = socketDoor(gatehouse.url);
    await door.ask(undefined, "{ venues { totalCount } }");
    const after = await figures();
    expect(after.value("gatehouse_database_up")).toBe(1);
    expect(after.value("gatehouse_redis_up")).toBe(1);
    expect(after.value("gatehouse_live_sockets")).toBe(1);
    expect(after.value("gatehouse_live_streams")).toBe(0);
  });

  it("tell of jobs by task and state, and for how long the oldest has waited", async () => {
    await using idle = await startGatehouse({ jobs: false });
    await idle.sql("select graphile_worker.add_job('nothing', run_at => now() - interval '90 s')");
    await idle.sql("select graphile_worker.add_job('nothing', run_at => now() + interval '90 s')");
    await idle.sql("select graphile_worker.add_job('lost', run_at => now() - interval '900 s', max_attempts => 1)");
    await idle.sql("update graphile_worker._private_jobs set attempts = 1 where max_attempts = 1");
    const after = await readFigures(idle.url);
    expect(after.value("gatehouse_jobs", { task: "nothing", state: "waiting" })).toBe(1);
    expect(after.value("gatehouse_jobs", { task: "nothing", state: "scheduled" })).toBe(1);
    expect(after.value("gatehouse_jobs", { task: "lost", state: "failed" })).toBe(1);
    expect(after.value("gatehouse_jobs_oldest_due_seconds")).toBeGreaterThanOrEqual(90);
    expect(after.value("gatehouse_jobs_oldest_due_seconds")).toBeLessThan(120);
  });

  it("are each server's own", async () => {
    await using other = await startGatehouse();
    const { text } = await readFigures(other.url);
    expect(text).not.toContain('operation="venues"');
    expect(text).not.toMatch(/^gatehouse_redis_up /m);
  });
});

describe("whoever reads the figures", () => {
  it("bears the token where there is one", async () => {
    await using guarded = await startGatehouse({ metricsToken: "for-figures-only" });
    const status = async (authorization?: string) =>
      (await fetch(`${guarded.url}/metrics`, { headers: authorization === undefined ? {} : { authorization } })).status;
    expect(await status()).toBe(401);
    expect(await status("Bearer for-figures-onlx")).toBe(401);
    expect(await status("for-figures-only")).toBe(401);
    expect(await status("Bearer for-figures-only")).toBe(200);
  });

  it("finds none where they are turned off", async () => {
    await using off = await startGatehouse({ metrics: false });
    expect((await fetch(`${off.url}/metrics`)).status).toBe(404);
    await expect(new Client(off.url).ok("{ venues { totalCount } }")).resolves.toBeDefined();
  });
});
