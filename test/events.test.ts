import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { made, mutate, type Venue, World } from "./setup/world.js";

const EVENT = `event { id title description category status venue { id } organizer { id } startsAt endsAt doorsOpenAt
  autoExitAt capacity reentryAllowed totalTickets ticketsSold ticketsAvailable createdAt updatedAt
  ticketTypes { name price { amountMinor currency } quantity sold reserved available admitsWhenFull } }`;
const PRICE = { amountMinor: 1_250, currency: "EUR" };

interface EventData {
  readonly id: string;
  readonly ticketTypes: readonly unknown[];
}

let gatehouse: TestGatehouse;
let world: World;
let venue: Venue;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
  venue = await world.venue();
});
afterAll(() => expectCountsRight(gatehouse).finally(() => gatehouse.close()));

const create = (input: Record<string, unknown> = {}) =>
  mutate<{ event: EventData | null }>(venue.owner.client, "createEvent", "CreateEventInput", EVENT, {
    venueId: venue.id,
    title: "Show",
    startsAt: "2030-06-01T18:00:00Z",
    endsAt: "2030-06-01T21:00:00Z",
    ...input,
  });
const type = (input: Record<string, unknown> = {}) => ({ name: "Standard", price: PRICE, quantity: 10, ...input });
const addType = (eventId: string, ticketType: Record<string, unknown>) =>
  mutate<{ ticketType: { id: string } | null }>(
    venue.owner.client,
    "addTicketType",
    "AddTicketTypeInput",
    "ticketType { id name price { amountMinor currency } quantity sold reserved available admitsWhenFull event { id } }",
    { eventId, ticketType },
  );

async function rowsOfEvents(): Promise<unknown> {
  const [counts] = await gatehouse.sql(
    "select (select count(*) from events) as events, (select count(*) from ticket_types) as types, (select count(*) from occupancies) as counts",
  );
  return counts;
}

describe("createEvent", () => {
  it("fills in what is not given: doors two hours before the start, automatic exits four hours after the end", async () => {
    const { event, userErrors } = await create();
    expect(userErrors).toEqual([]);
    expect(event).toEqual({
      id: expect.stringMatching(/^evt_[0-9a-z]{26}$/),
      title: "Show",
      description: "",
      category: "general",
      status: "PUBLISHED",
      venue: { id: venue.id },
      organizer: { id: venue.owner.id },
      startsAt: "2030-06-01T18:00:00.000Z",
      endsAt: "2030-06-01T21:00:00.000Z",
      doorsOpenAt: "2030-06-01T16:00:00.000Z",
      autoExitAt: "2030-06-02T01:00:00.000Z",
      capacity: null,
      reentryAllowed: true,
      totalTickets: 0,
      ticketsSold: 0,
      ticketsAvailable: 0,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
      ticketTypes: [],
    });
  });

  it("keeps what is given, times as the same moments in UTC", async () => {
    const given = {
      title: " Late Show ",
      description: "Two acts.\n\nAn interval.",
      category: "theatre",
      startsAt: "2030-06-01T20:00:00+02:00",
      endsAt: "2030-06-01T22:00:00.500+02:00",
      doorsOpenAt: "2030-06-01T19:30:00+02:00",
      autoExitAt: "2030-06-01T23:00:00+02:00",
      capacity: 5,
      reentryAllowed: false,
    };
    expect(await create({ ...given, publish: false })).toMatchObject({
      event: {
        ...given,
        title: "Late Show",
        status: "DRAFT",
        startsAt: "2030-06-01T18:00:00.000Z",
        endsAt: "2030-06-01T20:00:00.500Z",
        doorsOpenAt: "2030-06-01T17:30:00.000Z",
        autoExitAt: "2030-06-01T21:00:00.000Z",
      },
      userErrors: [],
    });
  });

  it("makes its ticket types in their order, and sums over them", async () => {
    const { event } = await create({
      ticketTypes: [
        type(),
        type({ name: " VIP ", quantity: 3, admitsWhenFull: true }),
        type({ name: "None", quantity: 0 }),
      ],
    });
    expect(event).toMatchObject({ totalTickets: 13, ticketsSold: 0, ticketsAvailable: 13 });
    const rest = { price: PRICE, sold: 0, reserved: 0 };
    expect(event?.ticketTypes).toEqual([
      { ...rest, name: "Standard", quantity: 10, available: 10, admitsWhenFull: false },
      { ...rest, name: "VIP", quantity: 3, available: 3, admitsWhenFull: true },
      { ...rest, name: "None", quantity: 0, available: 0, admitsWhenFull: false },
    ]);
  });

  it("may lie in the past, and be free of charge", async () => {
    const past = { startsAt: "2001-01-01T00:00:00Z", endsAt: "2001-01-01T01:00:00Z" };
    const free = type({ price: { amountMinor: 0, currency: "JPY" } });
    expect(await create({ ...past, ticketTypes: [free] })).toMatchObject({
      event: { status: "PUBLISHED" },
      userErrors: [],
    });
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ["a blank title", { title: "  " }, ["title"]],
    ["a title of 201 characters", { title: "t".repeat(201) }, ["title"]],
    ["a description of 10,001 characters", { description: "d".repeat(10_001) }, ["description"]],
    ["a blank category", { category: " " }, ["category"]],
    ["an end before the start", { endsAt: "2030-06-01T17:59:59Z" }, ["endsAt"]],
    ["an end at the start", { endsAt: "2030-06-01T18:00:00Z" }, ["endsAt"]],
    ["doors that open at the end", { doorsOpenAt: "2030-06-01T21:00:00Z" }, ["doorsOpenAt"]],
    ["automatic exits before the start", { autoExitAt: "2030-06-01T17:00:00Z" }, ["autoExitAt"]],
    ["a start in the year 9999", { startsAt: "9999-01-01T00:00:00Z", endsAt: "9999-01-02T00:00:00Z" }, ["startsAt"]],
    ["a capacity of 0", { capacity: 0 }, ["capacity"]],
    ["a capacity below 0", { capacity: -3 }, ["capacity"]],
    ["a type with a blank name", { ticketTypes: [type(), type({ name: " " })] }, ["ticketTypes", "1", "name"]],
    ["a type of fewer than none", { ticketTypes: [type({ quantity: -1 })] }, ["ticketTypes", "0", "quantity"]],
    [
      "a price below 0",
      { ticketTypes: [type({ price: { amountMinor: -1, currency: "EUR" } })] },
      ["ticketTypes", "0", "price", "amountMinor"],
    ],
    [
      "a currency that there is not",
      { ticketTypes: [type({ price: { amountMinor: 1, currency: "ZZZ" } })] },
      ["ticketTypes", "0", "price", "currency"],
    ],
    [
      "two currencies",
      { ticketTypes: [type(), type({ price: { amountMinor: 1, currency: "USD" } })] },
      ["ticketTypes", "1", "price", "currency"],
    ],
    [
      "more tickets than can be counted",
      { ticketTypes: [type({ quantity: 2_147_483_647 }), type({ quantity: 1 })] },
      ["ticketTypes", "1", "quantity"],
    ],
  ])("refuses %s, and makes nothing", async (_what, input, path) => {
    const before = await rowsOfEvents();
    expect(await create({ ticketTypes: [type()], ...input })).toMatchObject({
      event: null,
      userErrors: [{ code: "INVALID", path }],
    });
    expect(await rowsOfEvents()).toEqual(before);
  });

  it.each(["2030-06-01T18:00:00", "2030-06-01", "2030-02-30T18:00:00Z", "tomorrow", "", 1_906_567_200])(
    "takes %j for no timestamp",
    async (startsAt) => {
      const { status, body } = await venue.owner.client.request(
        `mutation ($input: CreateEventInput!) { createEvent(input: $input) { event { id } } }`,
        { input: { venueId: venue.id, title: "Show", startsAt, endsAt: "2030-06-01T21:00:00Z" } },
      );
      expect(status).toBe(400);
      expect(body.errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
    },
  );
});

describe("addTicketType", () => {
  it("adds one after the others, with counts of its own", async () => {
    const event = await venue.event();
    expect(await addType(event.id, type({ name: " Late ", quantity: 7, admitsWhenFull: true }))).toMatchObject({
      ticketType: {
        name: "Late",
        price: PRICE,
        quantity: 7,
        sold: 0,
        reserved: 0,
        available: 7,
        admitsWhenFull: true,
        event: { id: event.id },
      },
      userErrors: [],
    });
    const query = `query ($id: ID!) { event(id: $id) { totalTickets ticketsAvailable ticketTypes { name } } }`;
    expect(await venue.owner.client.ok(query, { id: event.id })).toEqual({
      event: { totalTickets: 1_007, ticketsAvailable: 1_007, ticketTypes: [{ name: "Standard" }, { name: "Late" }] },
    });
    const counts = await venue.owner.client.ok<{ venue: { occupancy: { ticketTypes: unknown[] } } }>(
      `query ($id: ID!) { venue(id: $id) { occupancy { ticketTypes { inside ticketType { name event { id } } } } } }`,
      { id: venue.id },
    );
    expect(counts.venue.occupancy.ticketTypes).toContainEqual({
      inside: 0,
      ticketType: { name: "Late", event: { id: event.id } },
    });
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ["another currency than the other types'", { price: { amountMinor: 1, currency: "USD" } }, ["price", "currency"]],
    ["a currency in lower case", { price: { amountMinor: 1, currency: "eur" } }, ["price", "currency"]],
    ["a blank name", { name: "" }, ["name"]],
    ["fewer than none", { quantity: -1 }, ["quantity"]],
    ["more than can be counted together", { quantity: 2_147_483_647 }, ["quantity"]],
  ])("refuses %s", async (_what, input, path) => {
    const event = await venue.event();
    const before = await rowsOfEvents();
    expect(await addType(event.id, type(input))).toMatchObject({
      ticketType: null,
      userErrors: [{ code: "INVALID", path: ["ticketType", ...path] }],
    });
    expect(await rowsOfEvents()).toEqual(before);
  });

  it("lets one currency win of two that are added at once", async () => {
    const { event } = await made<{ event: { id: string } }>(
      venue.owner.client,
      "createEvent",
      "CreateEventInput",
      "event { id }",
      { venueId: venue.id, title: "Show", startsAt: "2030-06-01T18:00:00Z", endsAt: "2030-06-01T21:00:00Z" },
    );
    const outcomes = await Promise.all(
      ["EUR", "USD"].map((currency) => addType(event.id, type({ price: { amountMinor: 1, currency } }))),
    );
    expect(outcomes.flatMap(({ userErrors }) => userErrors.map(({ code }) => code))).toEqual(["INVALID"]);
  });
});
