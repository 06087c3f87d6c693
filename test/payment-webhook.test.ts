import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { decodeId } from "../src/schema/ids.js";
import { chargeOf, chargesOf, jobsOf, statusesOf, untilSettled } from "./setup/charges.js";
import { enter } from "./setup/doors.js";
import { PaymentCompany } from "./setup/payment-company.js";
import {
  cancel,
  eventWith,
  held,
  outcomeOf,
  pay,
  type ReservationData,
  readReservation,
  stockOf,
} from "./setup/sales.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import type { Subscription } from "./setup/subscription.js";
import { expectCountsRight } from "./setup/verify.js";
import { type Event, made, type Person, type Venue, World } from "./setup/world.js";

const PRICE = 1_000;
const GENUINE = { status: 200, body: { received: true } };

let company: PaymentCompany;
let gatehouse: TestGatehouse;
let venue: Venue;
let buyer: Person;
beforeAll(async () => {
  company = await PaymentCompany.open();
  gatehouse = await startGatehouse({ jobs: false }, { payments: company.provider() });
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

async function post(body: string, headers: Readonly<Record<string, string>>, { url } = gatehouse) {
  const response = await fetch(`${url}/payments/webhook`, { method: "POST", body, headers });
  return { status: response.status, body: (await response.json()) as unknown };
}

const notify = (notice: object) => {
  const { body, headers } = company.sign(notice);
  return post(body, headers);
};
const captured = (charge: string) => notify({ type: "charge.captured", charge });
const refunded = (charge: string, amount: number) => notify({ type: "charge.refunded", charge, refunded: amount });

async function bought(places = 1): Promise<{ event: Event; reservation: ReservationData; charge: string }> {
  const event = await eventWith(venue, 10);
  const reservation = await held(buyer.client, event, { Standard: places });
  const paid = await pay(buyer.client, reservation);
  expect(outcomeOf(paid)).toBe("PAID");
  return { event, reservation: paid.reservation ?? reservation, charge: await chargeOf(gatehouse, reservation) };
}

/** A hold whose payment is set aside at the company, and here unfinished for ever. */
async function stuck(): Promise<{ event: Event; reservation: ReservationData; charge: string }> {
  const event = await eventWith(venue, 1);
  const reservation = await held(buyer.client, event);
  company.next("authorise", { fault: "unsaid" });
  await expect(pay(buyer.client, reservation)).rejects.toThrow();
  return { event, reservation, charge: await chargeOf(gatehouse, reservation) };
}

interface Availability {
  readonly availabilityChanged: {
    readonly ticketTypes: readonly { readonly sold: number; readonly reserved: number }[];
  };
}

const watch = ({ id }: Event): Subscription<Availability> =>
  venue.world.anonymous.subscribe(
    "subscription ($id: ID!) { availabilityChanged(eventId: $id) { ticketTypes { sold reserved } } }",
    { id },
  );

const nextCounts = async (watching: Subscription<Availability>) =>
  (await watching.next()).availabilityChanged.ticketTypes[0];

describe("a notice that money was taken", () => {
  it("makes a payment that is due a captured one, however often it comes", async () => {
    company.next("capture", { fault: "unsaid" });
    const { event, reservation, charge } = await bought();
    expect(await statusesOf(gatehouse, reservation)).toEqual(["DUE"]);
    expect(await Promise.all([captured(charge), captured(charge)])).toEqual([GENUINE, GENUINE]);
    expect(await captured(charge)).toEqual(GENUINE);
    expect(await statusesOf(gatehouse, reservation)).toEqual(["CAPTURED"]);
    expect(await stockOf(event)).toMatchObject({ sold: 1 });
  });

  it("completes a purchase that was left between its steps, and tells whoever watches", async () => {
    const { event, reservation, charge } = await stuck();
    await using watching = watch(event);
    expect(await nextCounts(watching)).toEqual({ sold: 0, reserved: 1 });
    expect(await Promise.all([captured(charge), captured(charge)])).toEqual([GENUINE, GENUINE]);
    expect(await nextCounts(watching)).toEqual({ sold: 1, reserved: 0 });
    expect(await readReservation(buyer.client, reservation)).toMatchObject({ status: "PAID" });
    expect(await statusesOf(gatehouse, reservation)).toEqual(["CAPTURED"]);
    expect(outcomeOf(await pay(buyer.client, reservation))).toBe("ALREADY_PAID");
  });

  it("while the payer still waits for the answer leaves them with a paid reservation, no error", async () => {
    const event = await eventWith(venue, 10);
    const reservation = await held(buyer.client, event);
    company.next("authorise", { milliseconds: 500 });
    const paying = pay(buyer.client, reservation);
    await expect.poll(() => statusesOf(gatehouse, reservation)).toEqual(["STARTED"]);
    await captured(await chargeOf(gatehouse, reservation));
    expect(await paying).toMatchObject({ reservation: { status: "PAID" }, replayed: false, userErrors: [] });
    expect(await statusesOf(gatehouse, reservation)).toEqual(["CAPTURED"]);
    expect(await stockOf(event)).toMatchObject({ sold: 1, reserved: 0 });
  });

  it("gives it back when the places have gone to somebody else meanwhile", async () => {
    const { event, reservation, charge } = await stuck();
    await cancel(buyer.client, reservation);
    await held((await venue.world.person()).client, event);
    await takenAtCompany(charge);
    expect(await captured(charge)).toEqual(GENUINE);
    await expectGivenBack(reservation, charge);
    expect(await stockOf(event)).toMatchObject({ sold: 0, reserved: 1 });
  });

  it("gives it back when the attempt had been given up, once, however often it comes", async () => {
    const { reservation, charge } = await stuck();
    await takenAtCompany(charge);
    await gatehouse.sql("update payments set status = 'RELEASED' where id = $1", [charge]);
    for (let time = 0; time < 3; time += 1) expect(await captured(charge)).toEqual(GENUINE);
    expect(await jobsOf(gatehouse, "refund-payment")).toBeGreaterThan(0);
    await expectGivenBack(reservation, charge);
    expect(company.countDone("refund", charge)).toBe(1);
  });
});

const takenAtCompany = async (charge: string): Promise<void> => {
  const account = company.accounts.get(charge);
  if (account === undefined) throw new Error("the company knows no such charge");
  account.state = "captured";
};

async function expectGivenBack(reservation: ReservationData, charge: string): Promise<void> {
  await using worker = await startGatehouse({ databaseUrl: gatehouse.databaseUrl }, { payments: company.provider() });
  await untilSettled(worker, reservation, ["RELEASED"]);
  await expect.poll(() => company.accounts.get(charge)?.refundedMinor, { timeout: 5_000 }).toBe(PRICE);
  expect(await chargesOf(gatehouse, reservation)).toMatchObject([{ refundedMinor: PRICE }]);
}

describe("a notice that money went back", () => {
  it("takes the sale back: no entry, places free, watchers told, however often it comes", async () => {
    const { event, reservation, charge } = await bought(2);
    const { client } = await venue.device();
    const code = reservation.tickets[0]?.code ?? "";
    expect(await enter(client, code)).toBe("ACCEPTED");
    await using watching = watch(event);
    expect(await nextCounts(watching)).toEqual({ sold: 2, reserved: 0 });
    const notices = await Promise.all([refunded(charge, 2 * PRICE), refunded(charge, 2 * PRICE)]);
    expect([...notices, await refunded(charge, 2 * PRICE)]).toEqual([GENUINE, GENUINE, GENUINE]);
    expect(await nextCounts(watching)).toEqual({ sold: 0, reserved: 0 });
    const read = await readReservation(buyer.client, reservation);
    expect(read).toMatchObject({ status: "CANCELLED", tickets: [{ status: "CANCELLED" }, { status: "CANCELLED" }] });
    expect(await stockOf(event)).toEqual({ quantity: 10, sold: 0, reserved: 0, available: 10 });
    expect(await enter(client, reservation.tickets[1]?.code ?? "")).toBe("CANCELLED");
    expect(await chargesOf(gatehouse, reservation)).toMatchObject([{ status: "REFUNDED", refundedMinor: 2 * PRICE }]);
  });

  it("counts a part that went back without our asking, and leaves the tickets good", async () => {
    const { event, reservation, charge } = await bought(2);
    expect(await refunded(charge, 300)).toEqual(GENUINE);
    expect(await chargesOf(gatehouse, reservation)).toMatchObject([{ status: "CAPTURED", refundedMinor: 300 }]);
    expect(await stockOf(event)).toMatchObject({ sold: 2 });
    // What is left goes back with the event, no more.
    await made(venue.owner.client, "cancelEvent", "EventIdInput", "event { id }", { eventId: event.id });
    const account = company.accounts.get(charge);
    if (account !== undefined) account.refundedMinor = 300;
    await using worker = await startGatehouse({ databaseUrl: gatehouse.databaseUrl }, { payments: company.provider() });
    await untilSettled(worker, reservation, ["REFUNDED"]);
    expect(account?.refundedMinor).toBe(2 * PRICE);
  });

  it("on our asking changes nothing but that it is done", async () => {
    const { event, reservation, charge } = await bought(2);
    await made(venue.owner.client, "cancelTicket", "TicketIdInput", "ticket { id }", {
      ticketId: reservation.tickets[0]?.id,
    });
    expect(await refunded(charge, PRICE)).toEqual(GENUINE);
    expect(await stockOf(event)).toMatchObject({ sold: 1 });
    expect(await statusesOf(gatehouse, reservation)).toEqual(["CAPTURED"]);
  });

  it("on our asking, before the answer has come, ends the refund, which is not asked for again", async () => {
    const { reservation, charge } = await bought(1);
    await made(venue.owner.client, "cancelTicket", "TicketIdInput", "ticket { id }", {
      ticketId: reservation.tickets[0]?.id,
    });
    expect(await statusesOf(gatehouse, reservation)).toEqual(["REFUND_DUE"]);
    expect(await refunded(charge, PRICE)).toEqual(GENUINE);
    expect(await statusesOf(gatehouse, reservation)).toEqual(["REFUNDED"]);
    expect(await readReservation(buyer.client, reservation)).toMatchObject({ status: "PAID" });
    await using worker = await startGatehouse({ databaseUrl: gatehouse.databaseUrl }, { payments: company.provider() });
    await expect.poll(() => jobsOf(worker, "refund-payment"), { timeout: 5_000 }).toBe(0);
    expect(company.countDone("refund", charge)).toBe(0);
  });
});

describe("a call that is no genuine notice", () => {
  it("is refused when it is forged, changed, stale or unsigned, and changes nothing", async () => {
    const { reservation, charge } = await bought();
    const notice = { type: "charge.refunded", charge, refunded: PRICE };
    const { body, headers } = company.sign(notice);
    const stale = company.sign(notice, Math.floor(Date.now() / 1000) - 3_600);
    const calls = [
      post(body, { ...headers, "x-signature": `${headers["x-signature"]?.slice(0, -1)}x` }),
      post(body, { ...headers, "x-signature": `t=1,v=${"0".repeat(64)}` }),
      post(body.replace("1000", "1001"), headers),
      post(` ${body}`, headers),
      post(stale.body, stale.headers),
      post(body, {}),
      post("", {}),
      post("{", { "content-type": "application/json" }),
      post("\u0000\uFFFF", { "content-type": "application/x-unheard-of" }),
    ];
    for (const { status, body: answer } of await Promise.all(calls)) {
      expect(status).toBe(400);
      expect(answer).toEqual({
        errors: [
          {
            message: "The notice is not genuine.",
            extensions: { code: "BAD_USER_INPUT", requestId: expect.any(String) },
          },
        ],
      });
    }
    expect(await statusesOf(gatehouse, reservation)).toEqual(["CAPTURED"]);
  });

  it("is refused when it is too large, in the form of every error", async () => {
    const { status, body } = await post("x".repeat(64 * 1024 + 1), { "content-type": "application/json" });
    expect(status).toBe(413);
    expect(body).toMatchObject({ errors: [{ extensions: { code: "BAD_USER_INPUT" } }] });
  });

  it("finds nothing where the provider sends no notices", async () => {
    await using plain = await startGatehouse({ databaseUrl: gatehouse.databaseUrl, jobs: false });
    const { body, headers } = company.sign({ type: "charge.captured", charge: "x" });
    expect(await post(body, headers, plain)).toMatchObject({ status: 404 });
  });
});

describe("a genuine notice", () => {
  it.each(["01900000-0000-7000-8000-000000000000", "ch_unknown", "", "'; drop table payments"])(
    "of the unknown charge %j is taken note of, so that it does not come again",
    async (charge) => {
      expect(await captured(charge)).toEqual(GENUINE);
      expect(await refunded(charge, PRICE)).toEqual(GENUINE);
    },
  );

  it("of something else is taken note of", async () => {
    expect(await notify({ type: "payout.created" })).toEqual(GENUINE);
  });

  it("is sent again when it could not be written down", async () => {
    const { reservation, charge } = await bought();
    const id = decodeId("rsv", reservation.id);
    await gatehouse.sql(
      "alter table reservations add constraint no_reversal check (id <> $1 or status = 'PAID')".replace(
        "$1",
        `'${id}'`,
      ),
    );
    expect(await refunded(charge, PRICE)).toMatchObject({ status: 500 });
    await gatehouse.sql("alter table reservations drop constraint no_reversal");
    expect(await statusesOf(gatehouse, reservation)).toEqual(["CAPTURED"]);
    expect(await refunded(charge, PRICE)).toEqual(GENUINE);
    expect(await statusesOf(gatehouse, reservation)).toEqual(["REFUNDED"]);
  });
});
