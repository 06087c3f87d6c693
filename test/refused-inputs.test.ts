import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiSchema } from "../src/resolvers/schema.js";
import { at, type Input, Mutations, newType, standard } from "./setup/mutations.js";
import { cancel, held, pay } from "./setup/sales.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { made } from "./setup/world.js";

const MOST = 2_147_483_647;

let gatehouse: TestGatehouse;
let mutations: Mutations;
beforeAll(async () => {
  gatehouse = await startGatehouse({ ticketsPerUser: 10 });
  mutations = await Mutations.on(gatehouse, apiSchema());
});
afterAll(() => expectCountsRight(gatehouse).finally(() => gatehouse.close()));

describe("what is well formed and yet cannot be done", () => {
  type No = readonly [what: string, mutation: string, input: () => Input | Promise<Input>, code: string, path: string];
  const NOS: readonly No[] = [
    [
      "a reservation of nothing",
      "reserveTickets",
      () => mutations.inputWith("reserveTickets.items", []),
      "INVALID",
      "items",
    ],
    ...([11, MOST] as const).map<No>((quantity) => [
      ...([`a reservation of ${quantity}, beyond what one may hold`, "reserveTickets"] as const),
      ...([() => mutations.inputWith("reserveTickets.items.0.quantity", quantity), "LIMIT_EXCEEDED", "items"] as const),
    ]),
    ["eleven items of one", "reserveTickets", () => elevenItems(), "LIMIT_EXCEEDED", "items"],
    ["more than there are", "reserveTickets", () => moreThanThereAre(), "SOLD_OUT", "items.0.quantity"],
    [
      "to reserve of another event's type",
      "reserveTickets",
      async () =>
        mutations.inputWith("reserveTickets.items.1", { ticketTypeId: standard(mutations.event), quantity: 1 }),
      "NOT_FOUND",
      "items.1.ticketTypeId",
    ],
    [
      "to issue of another event's type",
      "issueTickets",
      async () => mutations.inputWith("issueTickets.ticketTypeId", standard(mutations.event)),
      "NOT_FOUND",
      "ticketTypeId",
    ],
    ["to issue nothing", "issueTickets", () => mutations.inputWith("issueTickets.tickets", []), "INVALID", "tickets"],
    [
      "to issue to nobody",
      "issueTickets",
      () => mutations.inputWith("issueTickets.tickets.0.holderEmail", "nobody@example.com"),
      "NOT_FOUND",
      "tickets.0.holderEmail",
    ],
    ["to pay for somebody else", "payReservation", () => someoneElses(), "NOT_FOUND", "reservationId"],
    [
      "to cancel for somebody else",
      "cancelReservation",
      async () => ({ reservationId: (await someoneElses())["reservationId"] }),
      "NOT_FOUND",
      "reservationId",
    ],
    [
      "a payment that is declined",
      "payReservation",
      () => mutations.inputWith("payReservation.paymentToken", "decline"),
      "PAYMENT_DECLINED",
      "paymentToken",
    ],
    ["to pay again", "payReservation", () => paid(), "ALREADY_PAID", "reservationId"],
    ["to pay for what is cancelled", "payReservation", () => cancelled(), "ALREADY_CANCELLED", "reservationId"],
    [
      "to give to nobody",
      "transferTicket",
      () => mutations.inputWith("transferTicket.toEmail", "x"),
      "NOT_FOUND",
      "toEmail",
    ],
    ["nobody as staff", "addVenueStaff", () => mutations.inputWith("addVenueStaff.email", "x"), "NOT_FOUND", "email"],
    ["a gate's name twice", "addGate", () => mutations.inputWith("addGate.name", "A"), "CONFLICT", "name"],
    [
      "an address that is taken",
      "register",
      () => mutations.inputWith("register.email", mutations.owner.email),
      "EMAIL_TAKEN",
      "email",
    ],
    [
      "a wrong password",
      "deleteAccount",
      () => mutations.inputWith("deleteAccount.password", "nonsense"),
      "BAD_CREDENTIALS",
      "password",
    ],
    [
      "a refresh token that is none",
      "refreshSession",
      () => mutations.inputWith("refreshSession.refreshToken", "nonsense"),
      "BAD_CREDENTIALS",
      "refreshToken",
    ],
    ["an end before the start", "updateEvent", () => moved({ endsAt: at(17) }), "INVALID", "endsAt"],
    ["a start after the end", "updateEvent", () => moved({ startsAt: at(22) }), "INVALID", "startsAt"],
    ["another currency", "addTicketType", () => dollars(), "INVALID", "ticketType.price.currency"],
    ["more places than a number tells", "addTicketType", () => tooMany(), "INVALID", "ticketType.quantity"],
  ];

  it.each(NOS)("%s (%s)", async (_what, mutation, input, code, path) => {
    const given = await input();
    const before = await mutations.everything();
    expect(await mutations.run(mutation, given)).toMatchObject([{ code, path: path.split(".") }]);
    expect(await mutations.everything()).toEqual(before);
  });

  async function elevenItems(): Promise<Input> {
    const show = await mutations.show();
    const items = Array(11).fill({ ticketTypeId: standard(show), quantity: 1 });
    return { eventId: show.id, items, idempotencyKey: randomUUID() };
  }

  async function moreThanThereAre(): Promise<Input> {
    const show = await mutations.venue.event({}, [{ name: "Standard", quantity: 2 }]);
    const items = [{ ticketTypeId: standard(show), quantity: 3 }];
    return { eventId: show.id, items, idempotencyKey: randomUUID() };
  }

  const payment = (reservationId: string) => ({ reservationId, idempotencyKey: randomUUID() });
  const someoneElses = async (): Promise<Input> =>
    payment((await held(mutations.owner.client, await mutations.show())).id);

  async function paid(): Promise<Input> {
    const hold = await held(mutations.buyer.client, await mutations.show());
    await pay(mutations.buyer.client, hold);
    return payment(hold.id);
  }

  async function cancelled(): Promise<Input> {
    const hold = await held(mutations.buyer.client, await mutations.show());
    await cancel(mutations.buyer.client, hold);
    return payment(hold.id);
  }

  const moved = async (input: Input): Promise<Input> => {
    const { id } = await mutations.venue.event({ startsAt: at(18), endsAt: at(21) });
    return { eventId: id, ...input };
  };
  const added = async (more: Input): Promise<Input> => ({
    eventId: (await mutations.show()).id,
    ticketType: newType(more),
  });
  const dollars = () => added({ price: { amountMinor: 1, currency: "USD" } });
  const tooMany = () => added({ quantity: MOST });
});

it("shows nobody a reservation that is somebody else's", async () => {
  const { id } = await held(mutations.buyer.client, await mutations.show());
  const query = "query ($id: ID!) { reservation(id: $id) { id } node(id: $id) { id } }";
  const other = await mutations.world.person();
  for (const client of [mutations.world.anonymous, other.client, mutations.owner.client]) {
    expect(await client.ok(query, { id })).toEqual({ reservation: null, node: null });
  }
  await made(mutations.buyer.client, "cancelReservation", "CancelReservationInput", "replayed", { reservationId: id });
});
