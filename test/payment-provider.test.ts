import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { noProvider, type PaymentProvider, withDeadline } from "../src/domain/payment-provider.js";
import { chargeOf, chargesOf, statusesOf, untilSettled } from "./setup/charges.js";
import type { Client } from "./setup/client.js";
import { enter } from "./setup/doors.js";
import { PaymentCompany } from "./setup/payment-company.js";
import { eventWith, held, outcomeOf, pay, reserve, stockOf } from "./setup/sales.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { type Person, type Venue, World } from "./setup/world.js";

let company: PaymentCompany;
let gatehouse: TestGatehouse;
let venue: Venue;
let buyer: Person;
beforeAll(async () => {
  company = await PaymentCompany.open();
  gatehouse = await startGatehouse({ jobs: false, ticketsPerUser: 1000 }, { payments: company.provider() });
  const world = new World(gatehouse.url);
  venue = await world.venue();
  buyer = await world.person("Buyer");
});
beforeEach(() => company.calm());
afterEach(() => expectCountsRight(gatehouse));
afterAll(async () => {
  await gatehouse.close();
  await company[Symbol.asyncDispose]();
});

/** Another server on the same database; it does the jobs. */
const another = (provider: PaymentProvider = company.provider(), jobs = true): Promise<TestGatehouse> =>
  startGatehouse({ databaseUrl: gatehouse.databaseUrl, jobs }, { payments: provider });

const at = (server: TestGatehouse): Client => new World(server.url).anonymous.as(buyer.client.token);

/** As a process that is killed while it waits: of this call no answer ever arrives, though the company acts. */
const dyingAt = (call: "authorise" | "capture"): PaymentProvider => {
  const provider = company.provider();
  const never = async (acted: Promise<unknown>): Promise<never> => {
    await acted;
    return new Promise<never>(() => {});
  };
  return {
    ...provider,
    ...(call === "authorise"
      ? { authorise: (charge, token) => never(provider.authorise(charge, token)) }
      : { capture: (charge) => never(provider.capture(charge)) }),
  };
};

describe("a payment by a company", () => {
  it("is authorised and captured once each, for all who pay with one key at once and again", async () => {
    const reservation = await held(buyer.client, await eventWith(venue, 10));
    const idempotencyKey = randomUUID();
    // Spread over the time that one takes, so that some begin while another ends.
    const payLater = async (wait: number) => {
      await sleep(wait);
      return pay(buyer.client, reservation, { idempotencyKey });
    };
    const answers = await Promise.all(Array.from({ length: 30 }, (_, index) => payLater(index * 3)));
    answers.push(await pay(buyer.client, reservation, { idempotencyKey }));
    expect(answers.map(outcomeOf)).toEqual(Array(31).fill("PAID"));
    const charges = await chargesOf(gatehouse, reservation);
    const states = charges.map(({ id }) => company.accounts.get(id)?.state).toSorted();
    expect(states.filter((state) => state === "captured")).toHaveLength(1);
    expect(states.filter((state) => state === "authorised")).toEqual([]);
    for (const { id } of charges) expect(company.countDone("authorise", id)).toBe(1);
  });

  it("is declined with the company's reason, and can be tried again under the same key", async () => {
    const reservation = await held(buyer.client, await eventWith(venue, 10));
    const idempotencyKey = randomUUID();
    const { userErrors } = await pay(buyer.client, reservation, { idempotencyKey, paymentToken: "decline" });
    expect(userErrors).toMatchObject([{ code: "PAYMENT_DECLINED", message: "The card has no money on it." }]);
    expect(company.accounts.has(await chargeOf(gatehouse, reservation))).toBe(false);
    expect(outcomeOf(await pay(buyer.client, reservation, { idempotencyKey }))).toBe("PAID");
  });

  it("gives the tickets though the capture fails, which is tried again until the money is taken once", async () => {
    company.next("capture", { fault: "unheard" }, { fault: "unsaid" }, { fault: "unheard" });
    const reservation = await held(buyer.client, await eventWith(venue, 10));
    expect(outcomeOf(await pay(buyer.client, reservation))).toBe("PAID");
    expect(await statusesOf(gatehouse, reservation)).toEqual(["DUE"]);
    await using worker = await another();
    await untilSettled(worker, reservation, ["CAPTURED"]);
    expect(company.countDone("capture", await chargeOf(gatehouse, reservation))).toBe(1);
  });

  it.each(["unheard", "unsaid"] as const)(
    "gives no ticket when the answer is %s, and releases what may be set aside",
    async (fault) => {
      const event = await eventWith(venue, 10);
      const reservation = await held(buyer.client, event);
      company.next("authorise", { fault });
      await expect(pay(buyer.client, reservation)).rejects.toThrow("INTERNAL_SERVER_ERROR");
      expect(await stockOf(event)).toMatchObject({ sold: 0, reserved: 1 });
      await using worker = await another();
      await untilSettled(worker, reservation, ["RELEASED"]);
      const charge = await chargeOf(gatehouse, reservation);
      await expect.poll(() => company.accounts.get(charge)?.state).toBe(fault === "unsaid" ? "released" : undefined);
      expect(outcomeOf(await pay(buyer.client, await held(buyer.client, event)))).toBe("PAID");
    },
  );

  it("is given up in the end when the company never answers", async () => {
    const { authorise, capture } = withDeadline(dyingAt("authorise"), 500);
    const charge = { id: randomUUID(), amountMinor: 1, currency: "EUR", reference: null };
    await expect(authorise(charge, "test")).rejects.toThrow("has not answered `authorise` within 500 ms");
    await expect(capture(charge)).resolves.toBeUndefined();
  });
});

describe("a process that dies", () => {
  it("before the sale leaves nothing charged: another releases what was set aside", async () => {
    const event = await eventWith(venue, 10);
    const reservation = await held(buyer.client, event);
    await using dying = await another(dyingAt("authorise"), false);
    const lost = pay(at(dying), reservation).catch(() => "lost");
    await expect.poll(() => statusesOf(gatehouse, reservation)).toEqual(["STARTED"]);
    const charge = await chargeOf(gatehouse, reservation);
    await expect.poll(() => company.accounts.get(charge)?.state).toBe("authorised");
    await dying.close();
    expect(await lost).toBe("lost");
    await using worker = await another();
    await untilSettled(worker, reservation, ["RELEASED"]);
    await expect.poll(() => company.accounts.get(charge)?.state).toBe("released");
    expect(await stockOf(event)).toMatchObject({ sold: 0, reserved: 1 });
  });

  it("after the sale leaves paid tickets: another takes the money, once", async () => {
    const event = await eventWith(venue, 10);
    const reservation = await held(buyer.client, event);
    const idempotencyKey = randomUUID();
    await using dying = await another(dyingAt("capture"), false);
    const lost = pay(at(dying), reservation, { idempotencyKey }).catch(() => "lost");
    await expect.poll(() => statusesOf(gatehouse, reservation)).toEqual(["DUE"]);
    await dying.close();
    expect(await lost).toBe("lost");
    expect(await pay(buyer.client, reservation, { idempotencyKey })).toMatchObject({ replayed: true });
    await using worker = await another();
    await untilSettled(worker, reservation, ["CAPTURED"]);
    const charge = await chargeOf(gatehouse, reservation);
    expect(company.countDone("capture", charge)).toBe(1);
    expect(company.accounts.get(charge)).toMatchObject({ state: "captured", refundedMinor: 0 });
  });
});

it("lets scans and reservations go on while many payments wait for a slow company", async () => {
  const SLOW = 50;
  const event = await eventWith(venue, 1_000);
  await event.tickets(["GUEST"]);
  const { client } = await venue.device();
  const reservations = await Promise.all(Array.from({ length: SLOW }, () => held(buyer.client, event)));
  const { promise: hurried, resolve: hurryUp } = Promise.withResolvers<void>();
  company.always("authorise", { until: hurried });
  const paying = reservations.map((reservation) => pay(buyer.client, reservation));
  const states = async () => (await Promise.all(reservations.map((one) => statusesOf(gatehouse, one)))).flat();
  await expect.poll(states, { timeout: 15_000 }).toEqual(Array(SLOW).fill("STARTED"));
  const transactions = () =>
    gatehouse.sql(
      "select from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'",
    );
  await expect.poll(transactions).toEqual([]);
  expect(await enter(client, "GUEST")).toBe("ACCEPTED");
  expect(outcomeOf(await reserve(buyer.client, event))).toBe("RESERVED");
  expect(await states()).toEqual(Array(SLOW).fill("STARTED"));
  hurryUp();
  expect((await Promise.all(paying)).map(outcomeOf)).toEqual(Array(SLOW).fill("PAID"));
});

it("says of no money that it has moved where no provider is set up", async () => {
  const charge = { id: randomUUID(), amountMinor: 1, currency: "EUR", reference: null };
  for (const call of [noProvider.capture(charge), noProvider.release(charge), noProvider.refund(charge, charge)]) {
    await expect(call).rejects.toThrow("no payment provider is set up");
  }
});
