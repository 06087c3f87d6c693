import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { readConfig } from "../src/config.js";
import { decodeId } from "../src/schema/ids.js";
import { enter, setEvent } from "./setup/doors.js";
import { cancel, eventWith, held, outcomeOf, pay, type ReservationData, reserve, stockOf } from "./setup/sales.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { type Event, type Person, type Venue, World } from "./setup/world.js";

let gatehouse: TestGatehouse;
let world: World;
let venue: Venue;
let buyer: Person;
beforeAll(async () => {
  gatehouse = await startGatehouse({ jobs: false });
  world = new World(gatehouse.url);
  venue = await world.venue();
  buyer = await world.person("Buyer");
});
afterEach(() => expectCountsRight(gatehouse));
afterAll(() => gatehouse.close());

const paymentsOf = async ({ id }: ReservationData): Promise<string[]> =>
  (
    await gatehouse.sql<{ status: string }>("select status from payments where reservation_id = $1 order by status", [
      decodeId("rsv", id),
    ])
  ).map(({ status }) => status);

/** As if the time had passed. */
async function lapse({ id }: ReservationData): Promise<void> {
  const reservationId = decodeId("rsv", id);
  await gatehouse.sql("update reservations set expires_at = now() where id = $1", [reservationId]);
  await gatehouse.sql("update tickets set held_until = now() where reservation_id = $1", [reservationId]);
}

async function holdOf(places: number, quantity = 10): Promise<{ event: Event; reservation: ReservationData }> {
  const event = await eventWith(venue, quantity);
  return { event, reservation: await held(buyer.client, event, { Standard: places }) };
}

describe("payReservation", () => {
  it("makes paid tickets with codes that nobody guesses and the gate takes", async () => {
    const { event, reservation } = await holdOf(2);
    const { client } = await venue.device();
    expect(await enter(client, reservation.tickets[0]?.code ?? "")).toBe("NOT_PAID");
    const paid = await pay(buyer.client, reservation);
    expect(paid).toMatchObject({ replayed: false, reservation: { status: "PAID", paidAt: expect.any(String) } });
    const codes = paid.reservation?.tickets.map(({ code }) => code ?? "") ?? [];
    expect(new Set(codes).size).toBe(2);
    for (const code of codes) expect(code).toMatch(/^[0-9A-Z]{20}$/);
    expect(await enter(client, codes[0] ?? "")).toBe("ACCEPTED");
    expect(await stockOf(event)).toEqual({ quantity: 10, sold: 2, reserved: 0, available: 8 });
    expect(await paymentsOf(reservation)).toEqual(["CAPTURED"]);
  });

  it("charges once when paid twice with one key, one after the other or at once", async () => {
    const { reservation } = await holdOf(1);
    const idempotencyKey = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => pay(buyer.client, reservation, { idempotencyKey })),
    );
    expect(answers.map(outcomeOf)).toEqual(Array(5).fill("PAID"));
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await pay(buyer.client, reservation, { idempotencyKey })).toMatchObject({ replayed: true });
    expect((await paymentsOf(reservation)).filter((status) => status !== "RELEASED")).toEqual(["CAPTURED"]);
  });

  it("charges once when paid under several keys at once; to all but one it is ALREADY_PAID", async () => {
    const { reservation } = await holdOf(1);
    const answers = await Promise.all(Array.from({ length: 4 }, () => pay(buyer.client, reservation)));
    expect(answers.map(outcomeOf).toSorted()).toEqual([...Array(3).fill("ALREADY_PAID"), "PAID"]);
    expect((await paymentsOf(reservation)).filter((status) => status !== "RELEASED")).toEqual(["CAPTURED"]);
  });

  it("refuses a key that paid another reservation", async () => {
    const idempotencyKey = randomUUID();
    await pay(buyer.client, (await holdOf(1)).reservation, { idempotencyKey });
    const { reservation } = await holdOf(1);
    expect(outcomeOf(await pay(buyer.client, reservation, { idempotencyKey }))).toBe("KEY_REUSED");
    expect(await paymentsOf(reservation)).toEqual([]);
  });

  it("leaves the hold as it is when the payment is declined, to be paid again under the same key", async () => {
    const { event, reservation } = await holdOf(1);
    const idempotencyKey = randomUUID();
    const declined = await pay(buyer.client, reservation, { idempotencyKey, paymentToken: "decline" });
    expect(declined.userErrors).toMatchObject([{ code: "PAYMENT_DECLINED", path: ["paymentToken"] }]);
    expect(await stockOf(event)).toMatchObject({ reserved: 1, sold: 0 });
    expect(outcomeOf(await pay(buyer.client, reservation, { idempotencyKey }))).toBe("PAID");
    expect(await paymentsOf(reservation)).toEqual(["CAPTURED", "DECLINED"]);
  });

  it("refuses a cancelled reservation, and another user's", async () => {
    const { reservation } = await holdOf(1);
    expect(outcomeOf(await pay((await world.person()).client, reservation))).toBe("NOT_FOUND");
    await cancel(buyer.client, reservation);
    expect(outcomeOf(await pay(buyer.client, reservation))).toBe("ALREADY_CANCELLED");
    expect(await paymentsOf(reservation)).toEqual([]);
  });

  it("forbids to cancel what is paid", async () => {
    const { event, reservation } = await holdOf(1);
    await pay(buyer.client, reservation);
    expect(outcomeOf(await cancel(buyer.client, reservation))).toBe("ALREADY_PAID");
    expect(await stockOf(event)).toMatchObject({ sold: 1 });
  });

  it("takes the places of a hold that ran out again while they are free", async () => {
    const { event, reservation } = await holdOf(2, 3);
    await lapse(reservation);
    await held((await world.person()).client, event);
    expect(outcomeOf(await pay(buyer.client, reservation))).toBe("PAID");
    expect(await stockOf(event)).toEqual({ quantity: 3, sold: 2, reserved: 1, available: 0 });
  });

  it("charges nothing for a hold that ran out and whose places are gone", async () => {
    const { event, reservation } = await holdOf(2, 2);
    await lapse(reservation);
    await held((await world.person()).client, event);
    expect(outcomeOf(await pay(buyer.client, reservation))).toBe("RESERVATION_EXPIRED");
    expect(await paymentsOf(reservation)).toEqual(["RELEASED"]);
    expect(await stockOf(event)).toEqual({ quantity: 2, sold: 0, reserved: 1, available: 1 });
  });

  it("keeps to the limit when a hold that ran out is taken again", async () => {
    const event = await eventWith(venue, 50);
    const { client } = await world.person();
    const first = await held(client, event, { Standard: 10 });
    await lapse(first);
    await held(client, event, { Standard: 1 });
    expect(outcomeOf(await pay(client, first))).toBe("LIMIT_EXCEEDED");
    expect(await paymentsOf(first)).toEqual(["RELEASED"]);
  });

  it("takes no hold again when sales have closed meanwhile", async () => {
    const { event, reservation } = await holdOf(1);
    await lapse(reservation);
    await setEvent(gatehouse, event, "starts_at = now() - interval '2 hours', ends_at = now() - interval '1 second'");
    expect(outcomeOf(await pay(buyer.client, reservation))).toBe("SALES_CLOSED");
    expect(await paymentsOf(reservation)).toEqual(["RELEASED"]);
  });
});

it("declines every payment with the reason where no provider is set up", async () => {
  await using unpaid = await startGatehouse({
    databaseUrl: gatehouse.databaseUrl,
    jobs: false,
    paymentProvider: "none",
  });
  const { event, reservation } = await holdOf(1);
  const { userErrors } = await pay(new World(unpaid.url).anonymous.as(buyer.client.token), reservation);
  expect(userErrors).toMatchObject([{ code: "PAYMENT_DECLINED", message: "Payments are not set up on this server." }]);
  expect(await stockOf(event)).toMatchObject({ sold: 0, reserved: 1 });
});

describe("an attempt that nobody brought to an end", () => {
  it.each([
    ["AUTHORISED", "is given back", "RELEASED"],
    ["STARTED", "is given back", "RELEASED"],
    ["DUE", "is taken", "CAPTURED"],
  ])("while %s %s by the job", async (status, _what, end) => {
    const { reservation } = await holdOf(1);
    const token = status === "DUE" ? "test" : "decline";
    await pay(buyer.client, reservation, { paymentToken: token });
    await gatehouse.sql("update payments set status = $1 where reservation_id = $2", [
      status,
      decodeId("rsv", reservation.id),
    ]);
    await gatehouse.sql(
      `update graphile_worker._private_jobs j set run_at = now() from payments p
       where p.reservation_id = $1 and j.payload->>'paymentId' = p.id::text`,
      [decodeId("rsv", reservation.id)],
    );
    await using _worker = await startGatehouse({ databaseUrl: gatehouse.databaseUrl });
    await expect.poll(() => paymentsOf(reservation), { timeout: 5_000, interval: 100 }).toEqual([end]);
    expect(outcomeOf(await reserve(buyer.client, await eventWith(venue, 1)))).toBe("RESERVED");
  });
});

it("has no provider in production unless the configuration says which", () => {
  const production = { NODE_ENV: "production", AUTH_SECRET: "x".repeat(32) };
  expect(readConfig(production).paymentProvider).toBe("none");
  expect(readConfig({ ...production, PAYMENT_PROVIDER: "test" }).paymentProvider).toBe("test");
});

it("goes on with the jobs after the database has dropped every connection", async () => {
  await using server = await startGatehouse({ databaseUrl: gatehouse.databaseUrl, holdSeconds: 1 });
  const client = new World(server.url).anonymous.as(buyer.client.token);
  const event = await eventWith(venue, 2);
  const { id } = await held(client, event);
  await gatehouse.sql(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
  );
  const status = () => gatehouse.sql("select status from reservations where id = $1", [decodeId("rsv", id)]);
  await expect.poll(status, { timeout: 15_000, interval: 200 }).toEqual([{ status: "EXPIRED" }]);
});
