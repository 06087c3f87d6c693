import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type Database, openDatabase } from "../src/database.js";
import { expireHold } from "../src/domain/hold-expiry.js";
import { testProvider } from "../src/domain/payment-provider.js";
import { decodeId } from "../src/schema/ids.js";
import { at, makeCrowd, tally } from "./setup/crowd.js";
import {
  cancel,
  eventWith,
  held,
  lapse,
  outcomeOf,
  pay,
  type ReservationData,
  reserve,
  stockOf,
} from "./setup/sales.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { type Event, mutate, type Person, type Venue, World } from "./setup/world.js";

/** More come with RACE_ROUNDS. */
const ROUNDS = Number(process.env["RACE_ROUNDS"] ?? 12);
const TIMEOUT = 60_000;
/** Longer than most of what races here takes. */
const MOST_PAUSE = 15;

let gatehouse: TestGatehouse;
let other: TestGatehouse;
let database: Database;
let venue: Venue;
let buyers: Person[];
/** Without jobs, which run when a race says so. */
beforeAll(async () => {
  gatehouse = await startGatehouse({ jobs: false, holdSeconds: 600, ticketsPerUser: 1_000 });
  const { databaseUrl } = gatehouse;
  other = await startGatehouse({ databaseUrl, jobs: false, holdSeconds: 600, ticketsPerUser: 1_000 });
  database = await openDatabase({ databaseUrl, databasePoolSize: 2, gatePoolSize: 1, salesPoolSize: 1 });
  venue = await new World(gatehouse.url).venue();
  buyers = await makeCrowd(gatehouse, ROUNDS + 2);
  slowDown();
});
beforeEach(({ onTestFailed }) => onTestFailed(() => console.error(`The pauses were drawn with RACE_SEED=${SEED}`)));
afterEach(async () => {
  await expectMoneyRight();
  await expectCountsRight(gatehouse);
});
afterAll(async () => {
  vi.restoreAllMocks();
  await database?.close();
  await other?.close();
  await gatehouse?.close();
});

const SEED = Number(process.env["RACE_SEED"] ?? Date.now() % 1_000_000);
let drawn = SEED;

/** From 0 to 1: the fractions of multiples of the golden ratio, which lie evenly. */
function draw(): number {
  drawn += 1;
  return (drawn * 0.618033988749895) % 1;
}

const pause = () => sleep(draw() * MOST_PAUSE);
const soon = async <Answer>(act: () => Promise<Answer>): Promise<Answer> => {
  await pause();
  return act();
};
const buyer = (index: number): Person => buyers[index % buyers.length] as Person;
const here = (index: number) => at(gatehouse, buyer(index));
const there = (index: number) => at(other, buyer(index));

/** What the provider was asked, of both servers. */
const captured: string[] = [];
const released: string[] = [];

/** A provider takes its time. */
function slowDown(): void {
  const { authorise, capture, release } = testProvider;
  vi.spyOn(testProvider, "authorise").mockImplementation((...call) => soon(() => authorise(...call)));
  vi.spyOn(testProvider, "capture").mockImplementation((charge) => {
    captured.push(charge.id);
    return soon(() => capture(charge));
  });
  vi.spyOn(testProvider, "release").mockImplementation((charge) => {
    released.push(charge.id);
    return soon(() => release(charge));
  });
}

/** Each charge is taken once or given back, and is taken just where it has sold something; of one reservation, once. */
async function expectMoneyRight(): Promise<void> {
  const payments = await gatehouse.sql<{ id: string; reservationId: string; status: string; isSold: boolean }>(
    `select p.id, p.reservation_id as "reservationId", p.status, r.paid_at is not null as "isSold"
     from payments p join reservations r on r.id = p.reservation_id`,
  );
  const sold = new Set(payments.filter(({ isSold }) => isSold).map(({ reservationId }) => reservationId));
  const of = new Map(payments.map((payment) => [payment.id, payment]));
  expect(captured.map((id) => of.get(id)?.reservationId).toSorted()).toEqual([...sold].toSorted());
  expect(captured.filter((id) => released.includes(id))).toEqual([]);
  expect(payments.filter(({ status }) => ["STARTED", "AUTHORISED", "DUE"].includes(status))).toEqual([]);
  for (const { id, status } of payments) if (status === "RELEASED") expect(released).toContain(id);
}

/** The job that ends the hold, at this very moment; it is too early where the hold has not run out yet. */
const runJob = ({ id }: ReservationData) =>
  expireHold(database.orm.em.fork(), () => {}, decodeId("rsv", id)).catch((error: Error) => {
    if (!error.message.includes("has not run out yet")) throw error;
  });

const cancelEvent = ({ id }: Event) =>
  mutate<object>(venue.owner.client, "cancelEvent", "EventIdInput", "event { id }", { eventId: id });
const setQuantity = (event: Event, quantity: number) =>
  mutate<object>(venue.owner.client, "updateTicketType", "UpdateTicketTypeInput", "ticketType { id }", {
    ticketTypeId: event.types.get("Standard"),
    quantity,
  });
const erase = ({ client, password }: Person) =>
  mutate<object>(client, "deleteAccount", "DeleteAccountInput", "ok", { password });
const codeOf = ({ userErrors }: { readonly userErrors: readonly { readonly code: string }[] }) =>
  userErrors[0]?.code ?? "OK";

/** Plays all rounds side by side, a few at a time, each with buyers and an event of its own. */
async function inRounds(play: (round: number) => Promise<void>): Promise<void> {
  const rounds = Array.from({ length: ROUNDS }, (_, round) => round).values();
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (const round of rounds) await play(round);
    }),
  );
}

describe("side by side, at two servers", { timeout: TIMEOUT }, () => {
  it("of who pays a hold that runs out and who wants its place, one gets it, with the job at the same moment", async () => {
    await inRounds(async (round) => {
      const event = await eventWith(venue, 1);
      const hold = await held(here(round), event);
      const [paid, wanted] = await Promise.all([
        soon(() => pay(there(round), hold)),
        lapse(gatehouse, hold).then(() => soon(() => reserve(here(round + 1), event))),
        soon(() => runJob(hold)),
      ]);
      expect([
        ["PAID", "SOLD_OUT"],
        ["RESERVATION_EXPIRED", "RESERVED"],
      ]).toContainEqual([outcomeOf(paid), outcomeOf(wanted)]);
      expect(await stockOf(event)).toMatchObject({ quantity: 1, available: 0 });
    });
  });

  it("who pays and cancels comes to one end alone", async () => {
    await inRounds(async (round) => {
      const event = await eventWith(venue, 2);
      const hold = await held(here(round), event, { Standard: 2 });
      const [paid, cancelled] = await Promise.all([
        soon(() => pay(here(round), hold)),
        soon(async () => cancel(there(round), hold)).then(outcomeOf),
      ]);
      const isPaid = outcomeOf(paid) === "PAID";
      expect([outcomeOf(paid), cancelled]).toEqual(
        isPaid ? ["PAID", "ALREADY_PAID"] : ["ALREADY_CANCELLED", "CANCELLED"],
      );
      expect(await stockOf(event)).toMatchObject({ sold: isPaid ? 2 : 0, reserved: 0 });
    });
  });

  it("who pays many times under one key and under others is charged once", async () => {
    await inRounds(async (round) => {
      const event = await eventWith(venue, 2);
      const hold = await held(here(round), event);
      const one = { idempotencyKey: `one ${hold.id}` };
      const [first, again, elsewhere, ...others] = await Promise.all([
        soon(() => pay(here(round), hold, one)),
        soon(() => pay(here(round), hold, one)),
        soon(() => pay(there(round), hold, one)),
        soon(() => pay(here(round), hold)),
        soon(() => pay(there(round), hold)),
      ]);
      const same = [first, again, elsewhere].map(outcomeOf);
      expect(new Set(same).size).toBe(1);
      expect(tally([same[0] ?? "", ...others.map(outcomeOf)])).toEqual({ PAID: 1, ALREADY_PAID: 2 });
      expect(await stockOf(event)).toMatchObject({ sold: 1, reserved: 0 });
    });
  });

  it("who pays while the event is cancelled has the tickets and loses them, or never had them", async () => {
    await inRounds(async (round) => {
      const event = await eventWith(venue, 3);
      const hold = await held(here(round), event);
      const [paid, wanted, ended] = await Promise.all([
        soon(() => pay(there(round), hold)),
        soon(() => reserve(here(round + 1), event)),
        soon(() => cancelEvent(event)),
      ]);
      expect(["PAID", "ALREADY_CANCELLED"]).toContain(outcomeOf(paid));
      expect(["RESERVED", "SALES_CLOSED"]).toContain(outcomeOf(wanted));
      expect(codeOf(ended)).toBe("OK");
      expect(await stockOf(event)).toEqual({ quantity: 3, sold: 0, reserved: 0, available: 0 });
    });
  });

  it("who reserves while the quantity changes never gets more than there are", async () => {
    await inRounds(async (round) => {
      const event = await eventWith(venue, 4);
      const wanted = Array.from({ length: 6 }, (_, index) => index);
      const quantity = round % 8;
      const [changed, ...answers] = await Promise.all([
        soon(() => setQuantity(event, quantity)).then(codeOf),
        ...wanted.map((index) =>
          soon(() => reserve(index % 2 === 0 ? here(round) : there(round + 1), event)).then(outcomeOf),
        ),
      ]);
      const { RESERVED = 0, SOLD_OUT = 0 } = tally(answers);
      expect(RESERVED + SOLD_OUT).toBe(wanted.length);
      expect(await stockOf(event)).toMatchObject({ quantity: changed === "OK" ? quantity : 4, reserved: RESERVED });
      expect(RESERVED).toBeLessThanOrEqual(changed === "OK" ? quantity : 4);
      if (changed !== "OK") expect(changed).toBe("INVALID");
    });
  });

  it("who reserves and pays while their account is deleted leaves no hold, and no ticket in their name", async () => {
    const leavers = await makeCrowd(gatehouse, ROUNDS);
    const event = await eventWith(venue, 1_000);
    await inRounds(async (round) => {
      const leaver = leavers[round] as Person;
      const hold = await held(leaver.client, event);
      // Long enough for the password to be checked, which is slow on purpose.
      const later = () => sleep(draw() * 200);
      const [erased, ...answers] = await Promise.all([
        erase(leaver).then(codeOf),
        later().then(() => pay(at(other, leaver), hold).then(outcomeOf, ({ message }: Error) => message)),
        later().then(() => reserve(leaver.client, event).then(outcomeOf, ({ message }: Error) => message)),
      ]);
      expect(erased).toBe("OK");
      for (const answer of answers) expect(answer).toMatch(/^(PAID|RESERVED|ALREADY_CANCELLED)$|UNAUTHENTICATED/);
    });
    const ids = leavers.map(({ id }) => decodeId("usr", id));
    const left = "select from tickets where holder_id = any($1) or (event_id = $2 and status = 'RESERVED')";
    expect(await gatehouse.sql(left, [ids, decodeId("evt", event.id)])).toEqual([]);
  });
});
