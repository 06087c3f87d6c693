import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { type Event, mutate, type Person, recordScan, type Venue, World } from "./setup/world.js";

const TICKETS = `tickets { id code status holderName holder { id } event { id } ticketType { name } inside createdAt paidAt }`;

interface TicketData {
  readonly id: string;
  readonly code: string;
}

let gatehouse: TestGatehouse;
let world: World;
let venue: Venue;
let holder: Person;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
  venue = await world.venue();
  holder = await world.person("Holder");
});
afterAll(() => expectCountsRight(gatehouse).finally(() => gatehouse.close()));

const issue = (event: Event, tickets: readonly Record<string, unknown>[], ticketTypeId = event.types.get("Standard")) =>
  mutate<{ tickets: TicketData[] }>(venue.owner.client, "issueTickets", "IssueTicketsInput", TICKETS, {
    eventId: event.id,
    ticketTypeId,
    tickets,
  });

const stockOf = async ({ id }: Event) =>
  (
    await venue.owner.client.ok<{ event: unknown }>(
      `query ($id: ID!) { event(id: $id) {
        totalTickets ticketsSold ticketsAvailable ticketTypes { quantity sold reserved available } tickets { totalCount } } }`,
      { id },
    )
  ).event;

const stock = (quantity: number, sold: number, reserved = 0) => ({
  totalTickets: quantity,
  ticketsSold: sold,
  ticketsAvailable: quantity - sold - reserved,
  ticketTypes: [{ quantity, sold, reserved, available: quantity - sold - reserved }],
  tickets: { totalCount: sold },
});

const smallEvent = (quantity: number) => venue.event({}, [{ name: "Standard", quantity }]);

describe("issueTickets", () => {
  it("makes paid tickets with the given codes, in their order", async () => {
    const event = await smallEvent(5);
    const { tickets, userErrors } = await issue(event, [
      { code: " b-2 ", holderName: " Ada " },
      { code: "B-1", holderEmail: holder.email.toUpperCase() },
    ]);
    expect(userErrors).toEqual([]);
    const rest = {
      id: expect.stringMatching(/^tkt_/),
      status: "PAID",
      event: { id: event.id },
      ticketType: { name: "Standard" },
      inside: false,
      createdAt: expect.any(String),
      paidAt: expect.any(String),
    };
    expect(tickets).toEqual([
      { ...rest, code: "b-2", holderName: "Ada", holder: null },
      { ...rest, code: "B-1", holderName: null, holder: { id: holder.id } },
    ]);
    expect(await stockOf(event)).toEqual(stock(5, 2));
    const { me } = await holder.client.ok<{ me: { tickets: { nodes: TicketData[] } } }>(
      "{ me { tickets { nodes { id code } } } }",
    );
    expect(me.tickets.nodes).toContainEqual({ id: tickets[1]?.id, code: "B-1" });
  });

  it("makes up codes that nobody guesses, each another", async () => {
    const event = await smallEvent(1_000);
    const { tickets } = await issue(event, Array(1_000).fill({}));
    const codes = new Set(tickets.map(({ code }) => code));
    expect(codes.size).toBe(1_000);
    for (const code of codes) expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{20}$/);
    expect(await stockOf(event)).toEqual(stock(1_000, 1_000));
  });

  it("tells codes apart by their case, and by their event", async () => {
    const [one, other] = [await smallEvent(5), await smallEvent(5)];
    expect(await issue(one, [{ code: "a" }, { code: "A" }])).toMatchObject({ userErrors: [] });
    expect(await issue(other, [{ code: "a" }])).toMatchObject({ userErrors: [] });
  });

  it("refuses a code that is taken within the event, and issues none of the call", async () => {
    const event = await smallEvent(10);
    await issue(event, [{ code: "X" }]);
    expect(await issue(event, [{ code: "Y" }, {}, { code: " X " }])).toMatchObject({
      tickets: [],
      userErrors: [{ code: "CODE_TAKEN", path: ["tickets", "2", "code"] }],
    });
    expect(await issue(event, [{ code: "Z" }, { code: "Z" }])).toMatchObject({
      tickets: [],
      userErrors: [{ code: "CODE_TAKEN", path: ["tickets", "1", "code"] }],
    });
    expect(await stockOf(event)).toEqual(stock(10, 1));
    expect(await issue(event, [{ code: "Y" }])).toMatchObject({ userErrors: [] });
  });

  it("gives the last places to all of a call or to none", async () => {
    const event = await smallEvent(3);
    await issue(event, [{}]);
    expect(await issue(event, [{}, {}, {}])).toMatchObject({ tickets: [], userErrors: [{ code: "SOLD_OUT" }] });
    expect(await stockOf(event)).toEqual(stock(3, 1));
    expect(await issue(event, [{}, {}])).toMatchObject({ userErrors: [] });
    expect(await issue(event, [{}])).toMatchObject({ userErrors: [{ code: "SOLD_OUT" }] });
    expect(await stockOf(event)).toEqual(stock(3, 3));
  });

  it("leaves alone what is reserved", async () => {
    const event = await smallEvent(3);
    await gatehouse.sql(
      "update ticket_types set reserved = 2 where event_id = (select max(event_id::text)::uuid from ticket_types)",
    );
    expect(await stockOf(event)).toEqual(stock(3, 0, 2));
    expect(await issue(event, [{}, {}])).toMatchObject({ userErrors: [{ code: "SOLD_OUT" }] });
    expect(await issue(event, [{}])).toMatchObject({ userErrors: [] });
    await gatehouse.sql("update ticket_types set reserved = 0");
  });

  it("never issues more than there are, to however many at once", async () => {
    const event = await smallEvent(10);
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => issue(event, [{}, {}, {}])));
    expect(outcomes.filter(({ tickets }) => tickets.length === 3)).toHaveLength(3);
    expect(await stockOf(event)).toEqual(stock(10, 9));
  });

  it("gives a code to one of those who ask for it at once", async () => {
    const event = await smallEvent(100);
    const codes = ["P", "Q", "R"];
    const outcomes = await Promise.all(
      Array.from({ length: 4 }, (_, index) =>
        issue(
          event,
          (index % 2 ? codes : [...codes].reverse()).map((code) => ({ code })),
        ),
      ),
    );
    expect(outcomes.filter(({ tickets }) => tickets.length === 3)).toHaveLength(1);
    expect(outcomes.flatMap(({ userErrors }) => userErrors.map(({ code }) => code))).toEqual(
      Array(3).fill("CODE_TAKEN"),
    );
    expect(await stockOf(event)).toEqual(stock(100, 3));
  });

  it("takes at most 1,000 a call", async () => {
    const event = await smallEvent(5_000);
    const { body } = await venue.owner.client.request(
      `mutation ($input: IssueTicketsInput!) { issueTickets(input: $input) { tickets { id } } }`,
      { input: { eventId: event.id, ticketTypeId: event.types.get("Standard"), tickets: Array(1_001).fill({}) } },
    );
    expect(body.errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
    expect(await stockOf(event)).toEqual(stock(5_000, 0));
  });

  it("refuses a holder who is not registered, and issues none", async () => {
    const event = await smallEvent(5);
    for (const holderEmail of [`${randomUUID()}@example.com`, "no address", ""]) {
      expect(await issue(event, [{ code: "1" }, { holderEmail }])).toMatchObject({
        tickets: [],
        userErrors: [{ code: "NOT_FOUND", path: ["tickets", "1", "holderEmail"] }],
      });
    }
    expect(await stockOf(event)).toEqual(stock(5, 0));
  });

  it.each([
    ["a blank code", { code: "  " }, "code"],
    ["a code of 201 characters", { code: "c".repeat(201) }, "code"],
    ["a code with a control character", { code: "a\u0000b" }, "code"],
    ["a blank holder's name", { holderName: " " }, "holderName"],
    ["a holder's name of 201 characters", { holderName: "h".repeat(201) }, "holderName"],
  ])("refuses %s, and issues none", async (_what, ticket, field) => {
    const event = await smallEvent(5);
    expect(await issue(event, [{}, ticket])).toMatchObject({
      tickets: [],
      userErrors: [{ code: "INVALID", path: ["tickets", "1", field] }],
    });
    expect(await stockOf(event)).toEqual(stock(5, 0));
  });

  it("keeps a code with SQL in it, or of 200 characters, as it is", async () => {
    const event = await smallEvent(5);
    const codes = ["'; drop table tickets; --", "🎫".repeat(200), "\\'\"%_"];
    expect(
      await issue(
        event,
        codes.map((code) => ({ code })),
      ),
    ).toMatchObject({ tickets: codes.map((code) => ({ code })) });
    const query = `query ($id: ID!, $code: String!) { ticketByCode(eventId: $id, code: $code) { code } }`;
    for (const code of codes) {
      expect(await venue.owner.client.ok(query, { id: event.id, code })).toEqual({ ticketByCode: { code } });
    }
  });

  it("refuses no tickets at all, and a type of another event", async () => {
    const [event, other] = [await smallEvent(5), await smallEvent(5)];
    expect(await issue(event, [])).toMatchObject({ userErrors: [{ code: "INVALID", path: ["tickets"] }] });
    expect(await issue(event, [{}], other.types.get("Standard"))).toMatchObject({
      tickets: [],
      userErrors: [{ code: "NOT_FOUND", path: ["ticketTypeId"] }],
    });
    expect([await stockOf(event), await stockOf(other)]).toEqual([stock(5, 0), stock(5, 0)]);
  });

  it("issues for a draft, and not for a cancelled event, of which nothing is available", async () => {
    const draft = await venue.event({ publish: false });
    expect(await issue(draft, [{}])).toMatchObject({ userErrors: [] });
    const event = await smallEvent(5);
    await gatehouse.sql(
      "update events set status = 'CANCELLED' where id = (select id from events order by created_at desc limit 1)",
    );
    expect(await issue(event, [{}])).toMatchObject({ tickets: [], userErrors: [{ code: "ALREADY_CANCELLED" }] });
    expect(await stockOf(event)).toMatchObject({ ticketsAvailable: 0, ticketTypes: [{ quantity: 5, available: 0 }] });
  });
});

describe("ticketByCode", () => {
  const query = `query ($eventId: ID!, $code: String!) { ticketByCode(eventId: $eventId, code: $code) { id inside } }`;

  it("finds a ticket of the event by its exact code, trimmed", async () => {
    const event = await smallEvent(5);
    const other = await smallEvent(5);
    const [id] = await event.tickets(["T-1"]);
    const { client } = await venue.device();
    const find = (eventId: string, code: string) => client.ok(query, { eventId, code });
    expect(await find(event.id, " T-1 ")).toEqual({ ticketByCode: { id, inside: false } });
    await recordScan(client, { code: "T-1" });
    expect(await find(event.id, "T-1")).toEqual({ ticketByCode: { id, inside: true } });
    for (const [eventId, code] of [
      [event.id, "t-1"],
      [event.id, ""],
      [event.id, "T-1\u0000"],
      [event.id, "T".repeat(10_000)],
      [other.id, "T-1"],
    ] as const) {
      expect(await find(eventId, code)).toEqual({ ticketByCode: null });
    }
  });
});
