import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { interfere } from "./setup/interference.js";
import { tryScan } from "./setup/race.js";
import { eventWith, held, outcomeOf, pay, reserve, stockOf } from "./setup/sales.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { recordScan, uploadScans, type Venue, World } from "./setup/world.js";

const DAY = 86_400_000;

let gatehouse: TestGatehouse;
let world: World;
let venue: Venue;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
  venue = await world.venue();
});
afterEach(() => expectCountsRight(gatehouse));
afterAll(() => gatehouse.close());

const count = async (table: string): Promise<number> => (await gatehouse.sql(`select from ${table}`)).length;

describe("a full disk", () => {
  const run = "raise exception 'could not extend file: No space left on device' using errcode = 'disk_full';";

  it("is told as OVERLOADED and leaves nothing of a scan, a reservation or a payment", async () => {
    const event = await eventWith(venue, 10);
    await event.tickets(["FULL"]);
    const { client } = await venue.device();
    const buyer = await world.person();
    const reservation = await held(buyer.client, event, { Standard: 2 });
    const before = await Promise.all([
      stockOf(event),
      count("reservations"),
      count("idempotency_keys"),
      count("scans"),
    ]);
    // Each in the midst of what is written.
    await interfere(gatehouse, { table: "presences", when: "true", run });
    await interfere(gatehouse, { table: "tickets", when: "new.reservation_id is not null", run });
    await interfere(gatehouse, { table: "payments", on: "update", when: "new.status = 'DUE'", run });
    expect(await tryScan(client, { code: "FULL", key: "full" })).toMatchObject({ outcome: "OVERLOADED" });
    await expect(reserve(buyer.client, event, { Standard: 1 }, "full")).rejects.toThrow("OVERLOADED");
    await expect(pay(buyer.client, reservation, { idempotencyKey: "full" })).rejects.toThrow("OVERLOADED");
    const after = await Promise.all([stockOf(event), count("reservations"), count("idempotency_keys"), count("scans")]);
    expect(after).toEqual(before);

    for (const table of ["presences", "tickets", "payments"]) {
      await gatehouse.sql(`alter table ${table} disable trigger user`);
    }
    expect(await tryScan(client, { code: "FULL", key: "full" })).toMatchObject({
      outcome: "ACCEPTED",
      replayed: false,
    });
    expect(outcomeOf(await reserve(buyer.client, event, { Standard: 1 }, "full"))).toBe("RESERVED");
    expect(outcomeOf(await pay(buyer.client, reservation, { idempotencyKey: "full" }))).toBe("PAID");
    expect(await gatehouse.sql("select from payments where status in ('DUE', 'CAPTURED')")).toHaveLength(1);
  });
});

describe("a database that is read-only for a while", () => {
  /** For the sessions that begin from now on; all but the tests' own begin anew. */
  async function setReadOnly(setting: "set default_transaction_read_only = on" | "reset all"): Promise<void> {
    await gatehouse.sql(`alter database ${new URL(gatehouse.databaseUrl).pathname.slice(1)} ${setting}`);
    await gatehouse.sql(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name <> 'test'`);
    // The pools hear of it a moment later.
    await expect.poll(() => world.anonymous.codes("{ venues { totalCount } }")).toEqual([]);
  }

  it("answers questions, tells the rest OVERLOADED, and goes on when it is not any more", async () => {
    const event = await eventWith(venue, 10);
    await event.tickets(["READ-ONLY"]);
    const { client } = await venue.device();
    const buyer = await world.person();
    await setReadOnly("set default_transaction_read_only = on");
    const scan = () => tryScan(client, { code: "READ-ONLY", key: "read-only" });
    await expect.poll(scan).toMatchObject({ outcome: "OVERLOADED" });
    await expect(reserve(buyer.client, event, { Standard: 1 }, "read-only")).rejects.toThrow("OVERLOADED");
    expect(await stockOf(event)).toMatchObject({ reserved: 0, available: 9 });
    await setReadOnly("reset all");
    await expect.poll(scan).toMatchObject({ outcome: "ACCEPTED", replayed: false });
    const reserved = () => reserve(buyer.client, event, { Standard: 1 }, "read-only").then(outcomeOf, String);
    await expect.poll(reserved).toBe("RESERVED");
  });
});

describe("a clock that jumps", () => {
  afterEach(() => vi.useRealTimers());

  it("back or ahead on the server changes neither when scans happened nor how long places are held", async () => {
    const event = await eventWith(venue, 10);
    await event.tickets(["CLOCK"]);
    const { client } = await venue.device();
    const buyer = await world.person();
    const times: number[] = [];
    const now = Date.now();
    for (const [days, direction] of [
      [0, "ENTRY"],
      [-1, "EXIT"],
      [1, "ENTRY"],
      [-1, "EXIT"],
    ] as const) {
      vi.setSystemTime(now + days * DAY);
      const { scan } = await recordScan(client, { code: "CLOCK", direction });
      expect(scan).toMatchObject({ outcome: "ACCEPTED" });
      times.push(Date.parse(scan?.scannedAt ?? ""));
    }
    vi.setSystemTime(now - DAY / 100);
    const { expiresAt } = await held(buyer.client, event);
    vi.useRealTimers();
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(Math.abs((times.at(-1) ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(Math.abs(Date.parse(expiresAt) - Date.now())).toBeLessThan(180_000);
  });

  it("back in the database leaves an online scan the latest word on its ticket", async () => {
    await (await eventWith(venue, 10)).tickets(["AHEAD"]);
    const { client } = await venue.device();
    const ahead = new Date(Date.now() + 60_000).toISOString();
    const [entry] = await uploadScans(client, [{ code: "AHEAD", scannedAt: ahead }], { sentAt: ahead });
    const exit = await recordScan(client, { code: "AHEAD", direction: "EXIT" });
    expect([entry?.scan?.outcome, exit.scan?.outcome]).toEqual(["ACCEPTED", "ACCEPTED"]);
    expect(Date.parse(exit.scan?.scannedAt ?? "")).toBeGreaterThan(Date.parse(entry?.scan?.scannedAt ?? ""));
    expect(exit.scan?.ticket?.inside).toBe(false);
  });
});
