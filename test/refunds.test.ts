import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { decodeId } from "../src/schema/ids.js";
import { chargeOf, chargesOf, hurry, jobsOf, statusesOf, untilSettled } from "./setup/charges.js";
import { PaymentCompany } from "./setup/payment-company.js";
import { eventWith, held, outcomeOf, pay, type ReservationData, readReservation, stockOf } from "./setup/sales.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { type Event, made, mutate, type Person, type Venue, World } from "./setup/world.js";

let company: PaymentCompany;
let gatehouse: TestGatehouse;
let venue: Venue;
let buyer: Person;
beforeAll(async () => {
  company = await PaymentCompany.open();
  gatehouse = await startGatehouse({ ticketsPerUser: 1000 }, { payments: company.provider() });
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

const PRICE = 1_000;

async function bought(event: Event, places = 1): Promise<ReservationData> {
  const reservation = await held(buyer.client, event, { Standard: places });
  expect(outcomeOf(await pay(buyer.client, reservation))).toBe("PAID");
  return reservation;
}

const cancelEvent = ({ id, venue: { owner } }: Event) =>
  made(owner.client, "cancelEvent", "EventIdInput", "event { status }", { eventId: id });

const cancelTicket = (ticket: { id: string } | undefined) =>
  made(venue.owner.client, "cancelTicket", "TicketIdInput", "ticket { status }", { ticketId: ticket?.id ?? "" });

describe("cancelEvent", () => {
  it("gives back all that was paid for the event, once, and nothing for another", async () => {
    const event = await eventWith(venue, 10);
    const [mine, other] = [await bought(event, 2), await bought(await eventWith(venue, 10))];
    await cancelEvent(event);
    await untilSettled(gatehouse, mine, ["REFUNDED"]);
    const charge = await chargeOf(gatehouse, mine);
    expect(company.accounts.get(charge)).toMatchObject({ state: "captured", refundedMinor: 2 * PRICE });
    expect(company.countDone("refund", charge)).toBe(1);
    expect(await readReservation(buyer.client, mine)).toMatchObject({ status: "CANCELLED" });
    expect(await statusesOf(gatehouse, other)).toEqual(["CAPTURED"]);
  });

  it("says REFUNDED only when the provider has, which is asked until it answers", async () => {
    const event = await eventWith(venue, 10);
    const reservation = await bought(event);
    company.next("refund", { fault: "unheard" }, { fault: "unsaid" }, { fault: "unheard" });
    await cancelEvent(event);
    const charge = await chargeOf(gatehouse, reservation);
    const tries = () => company.asked.filter((call) => call === `refund ${charge}`).length;
    for (const failures of [1, 2, 3]) {
      await expect.poll(tries, { timeout: 10_000 }).toBe(failures);
      expect(await statusesOf(gatehouse, reservation)).toEqual(["REFUND_DUE"]);
      if (failures === 3) break;
      await expect.poll(() => hurry(gatehouse).then(tries), { timeout: 10_000 }).toBeGreaterThan(failures);
    }
    await untilSettled(gatehouse, reservation, ["REFUNDED"]);
    expect(company.accounts.get(charge)?.refundedMinor).toBe(PRICE);
    expect(company.countDone("refund", charge)).toBe(1);
  });

  it("releases what was authorised and could not be taken yet", async () => {
    const event = await eventWith(venue, 10);
    company.always("capture", { fault: "unheard" });
    const reservation = await bought(event);
    expect(await statusesOf(gatehouse, reservation)).toEqual(["DUE"]);
    await cancelEvent(event);
    await untilSettled(gatehouse, reservation, ["REFUNDED"]);
    const charge = await chargeOf(gatehouse, reservation);
    expect(company.accounts.get(charge)).toMatchObject({ state: "released", refundedMinor: 0 });
  });

  it("releases what is authorised while the event is cancelled, and sells nothing", async () => {
    const event = await eventWith(venue, 10);
    const reservation = await held(buyer.client, event);
    company.next("authorise", { milliseconds: 300 });
    const paying = pay(buyer.client, reservation);
    await sleep(100);
    await cancelEvent(event);
    expect(outcomeOf(await paying)).toBe("ALREADY_CANCELLED");
    expect(await statusesOf(gatehouse, reservation)).toEqual(["RELEASED"]);
    expect(company.accounts.get(await chargeOf(gatehouse, reservation))?.state).toBe("released");
  });

  it("leaves nobody charged whose payment is on its way, whatever step it has come to", async () => {
    for (const wait of [0, 5, 10, 20, 40, 80]) {
      const event = await eventWith(venue, 10);
      const reservation = await held(buyer.client, event);
      company.next("capture", { milliseconds: 40 });
      const paying = pay(buyer.client, reservation);
      await sleep(wait);
      const [paid] = await Promise.all([paying, cancelEvent(event)]);
      const end = outcomeOf(paid) === "ALREADY_CANCELLED" ? "RELEASED" : "REFUNDED";
      if ((await chargesOf(gatehouse, reservation)).length === 0) continue;
      await untilSettled(gatehouse, reservation, [end]);
      const account = company.accounts.get(await chargeOf(gatehouse, reservation));
      expect(account?.state === "captured" ? account.refundedMinor : PRICE).toBe(PRICE);
    }
  });

  it("gives back a payment that is being taken at that moment", async () => {
    const event = await eventWith(venue, 10);
    const reservation = await held(buyer.client, event);
    const { promise: released, resolve: goOn } = Promise.withResolvers<void>();
    // Whoever asks for it: the job that takes what is due may be earlier than the one that gives it back.
    company.always("capture", { until: released });
    const paying = pay(buyer.client, reservation);
    await expect.poll(() => statusesOf(gatehouse, reservation)).toEqual(["DUE"]);
    await cancelEvent(event);
    // The company releases before it comes to the capture, which is then refused.
    await untilSettled(gatehouse, reservation, ["REFUNDED"]);
    goOn();
    await paying;
    expect(company.accounts.get(await chargeOf(gatehouse, reservation))).toMatchObject({ state: "released" });
    expect(await statusesOf(gatehouse, reservation)).toEqual(["REFUNDED"]);
  });

  it("gives back what the company has taken without anybody knowing yet", async () => {
    const event = await eventWith(venue, 10);
    company.always("capture", { fault: "unsaid" });
    const reservation = await bought(event);
    await cancelEvent(event);
    await untilSettled(gatehouse, reservation, ["REFUNDED"]);
    const charge = await chargeOf(gatehouse, reservation);
    expect(company.accounts.get(charge)).toMatchObject({ state: "captured", refundedMinor: PRICE });
  });

  it("answers before any payment is looked at, and gives many back in batches", async () => {
    await using idle = await startGatehouse({ jobs: false }, { payments: company.provider() });
    const world = new World(idle.url);
    const event = await eventWith(await world.venue(), 10);
    const { client } = await world.person();
    const reservation = await held(client, event);
    await pay(client, reservation);
    await multiply(idle, reservation, 600);
    await cancelEvent(event);
    expect(await Promise.all([jobsOf(idle, "refund-event"), jobsOf(idle, "refund-payment")])).toEqual([1, 0]);
    expect(await statusesOf(idle, reservation)).toEqual(["CAPTURED"]);
    await using _worker = await startGatehouse({ databaseUrl: idle.databaseUrl }, { payments: company.provider() });
    const counts = () =>
      idle.sql("select count(*)::int as refunds, count(distinct payment_id)::int as of from refunds");
    await expect.poll(counts, { timeout: 25_000 }).toEqual([{ refunds: 601, of: 601 }]);
    expect(await idle.sql("select from payments where status not in ('REFUND_DUE', 'REFUNDED')")).toEqual([]);
    await expectCountsRight(idle);
  });
});

/** Paid reservations like this one, without tickets and free of charge. */
const multiply = ({ sql }: TestGatehouse, { id }: ReservationData, count: number): Promise<unknown> =>
  sql(
    `with copies as (
      insert into reservations select gen_random_uuid(), event_id, user_id, status, 0, currency, created_at, expires_at, paid_at
      from reservations, generate_series(1, $2) where id = $1 returning id
    )
    insert into payments (id, reservation_id, status, amount_minor, currency, created_at, updated_at, captured_at, refunded_minor)
    select gen_random_uuid(), id, 'CAPTURED', 0, 'EUR', now(), now(), now(), 0 from copies`,
    [decodeId("rsv", id), count],
  );

describe("cancelTicket", () => {
  it("gives back what the ticket was sold for, whatever it costs now, and the rest with the event", async () => {
    const event = await eventWith(venue, 10);
    const reservation = await bought(event, 3);
    await made(venue.owner.client, "updateTicketType", "UpdateTicketTypeInput", "ticketType { id }", {
      ticketTypeId: event.types.get("Standard"),
      price: { amountMinor: 5 * PRICE, currency: "EUR" },
    });
    await cancelTicket(reservation.tickets[0]);
    const charge = await chargeOf(gatehouse, reservation);
    await expect.poll(() => company.accounts.get(charge)?.refundedMinor).toBe(PRICE);
    expect(await chargesOf(gatehouse, reservation)).toMatchObject([{ status: "CAPTURED", refundedMinor: PRICE }]);
    await cancelEvent(event);
    await untilSettled(gatehouse, reservation, ["REFUNDED"]);
    expect(company.accounts.get(charge)?.refundedMinor).toBe(3 * PRICE);
    expect(company.countDone("refund", charge)).toBe(2);
  });

  it("has given all back with the last ticket", async () => {
    const reservation = await bought(await eventWith(venue, 10), 2);
    await Promise.all(reservation.tickets.map(cancelTicket));
    await untilSettled(gatehouse, reservation, ["REFUNDED"]);
    expect(company.accounts.get(await chargeOf(gatehouse, reservation))?.refundedMinor).toBe(2 * PRICE);
  });

  it("takes a payment first that is still due, and then gives the ticket's part back", async () => {
    company.next("capture", { fault: "unheard" });
    const reservation = await bought(await eventWith(venue, 10), 2);
    expect(await statusesOf(gatehouse, reservation)).toEqual(["DUE"]);
    await cancelTicket(reservation.tickets[0]);
    await untilSettled(gatehouse, reservation, ["CAPTURED"]);
    const charge = await chargeOf(gatehouse, reservation);
    await expect.poll(() => company.accounts.get(charge)?.refundedMinor).toBe(PRICE);
  });

  it("gives the money to whoever paid, though the ticket is somebody else's by now", async () => {
    const event = await eventWith(venue, 10);
    const reservation = await bought(event);
    const friend = await venue.world.person("Friend");
    await made(buyer.client, "transferTicket", "TransferTicketInput", "ticket { id }", {
      ticketId: reservation.tickets[0]?.id,
      toEmail: friend.email,
    });
    await cancelTicket(reservation.tickets[0]);
    await untilSettled(gatehouse, reservation, ["REFUNDED"]);
    expect(await stockOf(event)).toMatchObject({ sold: 0 });
  });

  it("gives nothing back for a ticket that was issued, or cancelled before", async () => {
    const event = await eventWith(venue, 10);
    const [issued] = await event.tickets(["GUEST"]);
    const reservation = await bought(event, 2);
    await cancelTicket({ id: issued ?? "" });
    await cancelTicket(reservation.tickets[0]);
    const again = await mutate(venue.owner.client, "cancelTicket", "TicketIdInput", "ticket { id }", {
      ticketId: reservation.tickets[0]?.id,
    });
    expect(again.userErrors).toMatchObject([{ code: "ALREADY_CANCELLED" }]);
    expect(await chargesOf(gatehouse, reservation)).toMatchObject([{ refundedMinor: PRICE }]);
  });
});
