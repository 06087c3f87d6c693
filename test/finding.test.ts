import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeId } from "../src/schema/ids.js";
import type { Client, Variables } from "./setup/client.js";
import { statementsOf } from "./setup/plans.js";
import { cancel, held, pay } from "./setup/sales.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { type Event, made, type Person, type Venue, World } from "./setup/world.js";

const EVENTS = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: EventFilter, $orderBy: EventOrder) {
  events(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
    totalCount nodes { id title } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;

interface Page {
  readonly totalCount: number;
  readonly nodes: readonly { readonly id: string; readonly title: string }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

/** A world of its own for each group of tests, since every published event is in everybody's list. */
interface Stage extends AsyncDisposable {
  readonly gatehouse: TestGatehouse;
  readonly world: World;
  readonly venue: Venue;
}

async function setStage(): Promise<Stage> {
  const gatehouse = await startGatehouse();
  const world = new World(gatehouse.url);
  return { gatehouse, world, venue: await world.venue(), [Symbol.asyncDispose]: gatehouse.close };
}

const list = async (client: Client, variables: Variables = {}): Promise<Page> =>
  (await client.ok<{ events: Page }>(EVENTS, variables)).events;

/** The titles of all that the filter finds, which are as many as it counts. */
async function titles(client: Client, filter?: Variables, orderBy?: string): Promise<string[]> {
  const { nodes, totalCount } = await list(client, { filter, orderBy, first: 100 });
  expect(totalCount).toBe(nodes.length);
  return nodes.map(({ title }) => title);
}

const day = (number: number, hour = 18): string => new Date(Date.UTC(2030, 0, number, hour)).toISOString();
const on = (number: number, more: Variables = {}) => ({ startsAt: day(number), endsAt: day(number, 22), ...more });

describe("a filter", () => {
  let stage: Stage;
  let client: Client;
  let other: Venue;
  beforeAll(async () => {
    stage = await setStage();
    client = stage.world.anonymous;
    const { venue, world } = stage;
    other = await world.venue();
    await venue.event(on(1, { title: "One", category: "music" }));
    await venue.event(on(2, { title: "Two", category: "sport" }));
    await other.event(on(3, { title: "Three", category: "music" }));
    await other.event(on(4, { title: "Four", category: "Music" }));
  });
  afterAll(() => stage.gatehouse.close());

  it("that says nothing finds all, by their start", async () => {
    const all = ["One", "Two", "Three", "Four"];
    for (const filter of [undefined, null, {}, { text: null, category: null, available: null, venueId: null }]) {
      expect(await titles(client, filter as Variables)).toEqual(all);
    }
  });

  it.each<[string, () => Variables, string[]]>([
    ["a category, letter by letter", () => ({ category: "music" }), ["One", "Three"]],
    ["a category that the database cannot hold", () => ({ category: "\0" }), []],
    ["an empty category", () => ({ category: "" }), []],
    ["a venue", () => ({ venueId: other.id }), ["Three", "Four"]],
    ["an organizer", () => ({ organizerId: stage.venue.owner.id }), ["One", "Two"]],
    ["a venue and another's organizer", () => ({ venueId: other.id, organizerId: stage.venue.owner.id }), []],
    ["a beginning, taken in", () => ({ startsAfter: day(2) }), ["Two", "Three", "Four"]],
    ["an end, left out", () => ({ startsBefore: day(3) }), ["One", "Two"]],
    ["a beginning and an end", () => ({ startsAfter: day(2), startsBefore: day(4) }), ["Two", "Three"]],
    ["an end before the beginning", () => ({ startsAfter: day(4), startsBefore: day(2) }), []],
    ["a venue of nothing", () => ({ venueId: "ven_01h455vb4pex5vsknk084sn02q" }), []],
    ["all of them", () => ({ text: "three", category: "music", venueId: other.id, available: true }), ["Three"]],
    ["published ones", () => ({ status: "PUBLISHED", category: "sport" }), ["Two"]],
  ])("by %s", async (_what, filter, found) => {
    expect(await titles(client, filter())).toEqual(found);
  });

  it("also holds for the events of one venue", async () => {
    const query = `query ($id: ID!, $filter: EventFilter) {
      venue(id: $id) { events(filter: $filter) { totalCount nodes { title } } } }`;
    const of = async (filter: Variables) =>
      (await client.ok<{ venue: { events: unknown } }>(query, { id: other.id, filter })).venue.events;
    expect(await of({ category: "music" })).toEqual({ totalCount: 1, nodes: [{ title: "Three" }] });
    expect(await of({ venueId: stage.venue.id })).toEqual({ totalCount: 0, nodes: [] });
    expect(await of({ startsAfter: day(4) })).toEqual({ totalCount: 1, nodes: [{ title: "Four" }] });
  });

  it.each<[string, Variables]>([
    ["an event's id for a venue's", { venueId: "evt_01h455vb4pex5vsknk084sn02q" }],
    ["a venue's id for a user's", { organizerId: "ven_01h455vb4pex5vsknk084sn02q" }],
    ["an id that is none", { venueId: "7" }],
    ["a text of 201 characters", { text: "é".repeat(201) }],
    ["an unknown status", { status: "SECRET" }],
    ["a time without an offset", { startsAfter: "2030-01-01T00:00:00" }],
  ])("is bad input with %s", async (_what, filter) => {
    expect(await client.codes(EVENTS, { filter })).toEqual(["BAD_USER_INPUT"]);
    const query =
      "query ($id: ID!, $filter: EventFilter) { venue(id: $id) { events(filter: $filter) { totalCount } } }";
    expect(await client.codes(query, { id: other.id, filter })).toEqual(["BAD_USER_INPUT"]);
  });
});

describe("a text", () => {
  let stage: Stage;
  const TITLES: Record<string, string> = {
    "Summer Jazz Festival": "Open air, by the river",
    "Winter Marathon 2030": "Forty-two kilometres of snow",
    "Café Müller — Ópera & Tanz": "A piece by Pina Bausch",
    "50% Off! Comedy_Night": "Stand-up; bring your friends' friends",
    "Rock'n'Roll Revival": 'With "The Lanterns" and C:\\DOS',
    "Концерт в парке": "Музыка под открытым небом",
    "🎉Carnival🎉": "",
  };
  beforeAll(async () => {
    stage = await setStage();
    for (const [index, [title, description]] of Object.entries(TITLES).entries()) {
      await stage.venue.event(on(index + 1, { title, description }));
    }
  });
  afterAll(() => stage.gatehouse.close());

  const [jazz, marathon, cafe, comedy, rock, concert, carnival] = Object.keys(TITLES) as [string, ...string[]];

  it.each<[string, string, (string | undefined)[]]>([
    ["a word of the title", "jazz", [jazz]],
    ["any case", "JAZZ", [jazz]],
    ["words in any order", "festival summer", [jazz]],
    ["words of the title and the description together", "river jazz", [jazz]],
    ["all the words", "jazz snow", []],
    ["words with anything between and around", " \t(jazz),  festival! ", [jazz]],
    ["a word with an accent missing", "cafe opera muller", [cafe]],
    ["a word with an accent too many", "jázz", [jazz]],
    ["an accent in two characters", "Cafe\u0301", [cafe]],
    ["letters beyond Latin, in any case", "КОНЦЕРТ музыка", [concert]],
    ["a word beside a picture", "carnival", [carnival]],
    ["a number", "2030", [marathon]],
    ["a number that is nearly right", "2031", []],
    ["part of a word", "kilo", []],
    ["a word that is part of a compound", "forty", [marathon]],
    ["a letter missing", "festval", [jazz]],
    ["a letter too many", "marrathon", [marathon]],
    ["a wrong letter", "komedy", [comedy]],
    ["two letters swapped", "jzaz", [jazz]],
    ["two errors in a long word", "fetsvial", [jazz]],
    ["two errors in a short word", "jobs", []],
    ["an error in every word", "sumer jaz festivel", [jazz]],
    ["an error in a word of the description alone", "kilometers", []],
    ["a percent sign", "%", [comedy]],
    ["an underscore", "_", [comedy]],
    ["wildcards around a word", "%jazz%", [jazz]],
    ["a wildcard within a word", "j%z", []],
    ["a backslash", "\\", [rock]],
    ["quotes", "'\"", [rock]],
    ["what a query language would take for more", "jazz | marathon", []],
    ["what a query language would take for less", "jazz & !festival", [jazz]],
    ["what a query language would take for the end of a string", "rock'n'roll'); drop table events; --", []],
    ["a word with an apostrophe", "rock'n'roll", [rock]],
    ["characters that no text has", "jazz\0", []],
    ["half a character", "\ud83c", []],
    ["nothing that could be found", "zzzzzzzz", []],
    ["a word of 200 letters", "a".repeat(200), []],
    ["a hundred words", "a ".repeat(100), [cafe]],
  ])("finds by %s", async (_what, text, found) => {
    expect(await titles(stage.world.anonymous, { text })).toEqual(found);
  });

  it("of blanks is no condition", async () => {
    for (const text of ["", "   ", "\n\t\u00a0"]) expect(await titles(stage.world.anonymous, { text })).toHaveLength(7);
  });

  it("finds an event by its new title, and no more by its old", async () => {
    const event = await stage.venue.event(on(20, { title: "Quidditch" }));
    await made(stage.venue.owner.client, "updateEvent", "UpdateEventInput", "event { id }", {
      eventId: event.id,
      title: "Broomball",
    });
    expect(await titles(stage.world.anonymous, { text: "bromball" })).toEqual(["Broomball"]);
    expect(await titles(stage.world.anonymous, { text: "quidditch" })).toEqual([]);
  });
});

describe("an order", () => {
  it("is by start, forth or back, or by making, the latest first; equal ones by their ids, the same way", async () => {
    await using stage = await setStage();
    const days = [3, 1, 2, 2, 2, 4];
    const events: { id: string; day: number }[] = [];
    for (const number of days) events.push({ id: (await stage.venue.event(on(number))).id, day: number });
    await stage.gatehouse.sql("update events set created_at = date_trunc('day', created_at)");
    const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
    const byStart = events.toSorted((a, b) => a.day - b.day || byId(a, b)).map(({ id }) => id);
    const orders = {
      STARTS_AT_ASC: byStart,
      STARTS_AT_DESC: byStart.toReversed(),
      CREATED_AT_DESC: events
        .toSorted(byId)
        .map(({ id }) => id)
        .reverse(),
    };
    for (const [orderBy, expected] of Object.entries(orders)) {
      for (const size of [1, 2, 4, 6]) {
        expect(await walk(stage.world.anonymous, orderBy, size, "forward")).toEqual(expected);
        expect(await walk(stage.world.anonymous, orderBy, size, "backward")).toEqual(expected);
      }
    }
    expect(await walk(stage.world.anonymous, undefined, 4, "forward")).toEqual(byStart);
  });

  it("gives every event once that was there, while others are added before, after and at the same time", async () => {
    for (const way of ["forward", "backward"] as const) {
      await using stage = await setStage();
      const events = await Promise.all([1, 2, 2, 2, 2, 3].map((number) => stage.venue.event(on(number))));
      const seen = await walk(stage.world.anonymous, "STARTS_AT_ASC", 2, way, async () => {
        for (const number of [1, 2, 3]) await stage.venue.event(on(number));
      });
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen).toEqual(expect.arrayContaining(events.map(({ id }) => id)));
    }
  });

  it("takes no cursor of another order, of another list, or of nobody's", async () => {
    await using stage = await setStage();
    const { client } = stage.venue.owner;
    await Promise.all([1, 2, 3].map((number) => stage.venue.event(on(number))));
    const { endCursor } = (await list(client, { first: 1 })).pageInfo;
    const { me } = await client.ok<{ me: { organizedEvents: Page; id: string } }>(
      "{ me { organizedEvents(first: 1) { pageInfo { endCursor } } } }",
    );
    const venues = await client.ok<{ venue: { owner: { organizedEvents: Page } } }>(
      "query ($id: ID!) { venue(id: $id) { owner { organizedEvents { pageInfo { endCursor } } } } }",
      { id: stage.venue.id },
    );
    expect(venues.venue.owner.organizedEvents.pageInfo.endCursor).not.toBeNull();
    expect((await list(client, { first: 5, after: me.organizedEvents.pageInfo.endCursor })).nodes).toHaveLength(2);
    const forged = Buffer.from(JSON.stringify(["2030-01-01T00:00:00.000000Z", crypto.randomUUID()])).toString(
      "base64url",
    );
    for (const orderBy of ["STARTS_AT_DESC", "CREATED_AT_DESC"]) {
      expect(await client.codes(EVENTS, { first: 1, after: endCursor, orderBy })).toEqual(["BAD_USER_INPUT"]);
    }
    for (const after of [forged, "nonsense", "", "W10"]) {
      expect(await client.codes(EVENTS, { first: 1, after })).toEqual(["BAD_USER_INPUT"]);
    }
    for (const page of [{ first: 0 }, { first: 101 }, { last: 0 }, { last: 101 }, { first: 1, last: 1 }]) {
      expect(await client.codes(EVENTS, page)).toEqual(["BAD_USER_INPUT"]);
    }
    expect(await client.codes(EVENTS, { orderBy: "TITLE" })).toEqual(["BAD_USER_INPUT"]);
  });
});

it("asks for events and what belongs to them in as many statements, however many there are", async () => {
  await using gatehouse = await startGatehouse({ jobs: false });
  const world = new World(gatehouse.url);
  const query = `query ($first: Int!) { events(first: $first, filter: { text: "show", available: true }) { totalCount nodes {
    title ticketsAvailable venue { name gates { name } } organizer { name } ticketTypes { name available } } } }`;
  for (let count = 0; count < 4; count += 1) await (await world.venue()).event();
  const counts: number[] = [];
  for (const first of [1, 4]) {
    const statements = await statementsOf(async () => {
      const { events } = await world.anonymous.ok<{ events: Page }>(query, { first });
      expect(events.nodes).toHaveLength(first);
    });
    counts.push(statements.length);
  }
  expect(counts[1]).toBe(counts[0]);
  expect(counts[0]).toBeLessThanOrEqual(7);
});

/** The ids of all pages, in the order of the list; `between` happens after each page. */
async function walk(
  client: Client,
  orderBy: string | undefined,
  size: number,
  way: "forward" | "backward",
  between = async () => {},
): Promise<string[]> {
  const seen: string[] = [];
  for (let cursor: string | null = null, pages = 0; pages < 30; pages += 1) {
    const page: Page = await list(client, {
      orderBy,
      ...(way === "forward" ? { first: size, after: cursor } : { last: size, before: cursor }),
    });
    const ids = page.nodes.map(({ id }) => id);
    if (way === "forward") seen.push(...ids);
    else seen.unshift(...ids);
    const { hasNextPage, hasPreviousPage, startCursor, endCursor } = page.pageInfo;
    expect(way === "forward" ? hasPreviousPage : hasNextPage).toBe(pages > 0);
    if (way === "forward" ? !hasNextPage : !hasPreviousPage) return seen;
    cursor = way === "forward" ? endCursor : startCursor;
    if (pages < 4) await between();
  }
  throw new Error("the pages have no end");
}

describe("who finds what", () => {
  let stage: Stage;
  let people: Readonly<Record<string, Client>>;
  beforeAll(async () => {
    stage = await setStage();
    const { world, venue, gatehouse } = stage;
    const other = await world.venue();
    const admin = await world.person();
    await gatehouse.sql("update users set role = 'ADMIN' where email = $1", [admin.email]);
    const staff = await venue.staff();
    for (const [place, name] of [
      [venue, "own"],
      [other, "other"],
    ] as const) {
      await place.event(on(1, { title: `${name} published` }));
      await place.event(on(2, { title: `${name} draft`, publish: false }));
      const event = await place.event(on(3, { title: `${name} cancelled` }));
      await made(place.owner.client, "cancelEvent", "EventIdInput", "event { id }", { eventId: event.id });
    }
    people = {
      anonymous: world.anonymous,
      stranger: (await world.person()).client,
      device: (await venue.device()).client,
      staff: staff.client,
      owner: venue.owner.client,
      admin: admin.client,
    };
  });
  afterAll(() => stage.gatehouse.close());

  const PUBLISHED = ["other published", "own published"];
  const EVERY = ["other draft", "other published", "own draft", "own published"];

  it.each<[string, Readonly<Record<string, string[]>>]>([
    ["anonymous", { all: PUBLISHED, PUBLISHED, DRAFT: [], CANCELLED: [] }],
    ["stranger", { all: PUBLISHED, PUBLISHED, DRAFT: [], CANCELLED: [] }],
    ["device", { all: PUBLISHED, PUBLISHED, DRAFT: [], CANCELLED: [] }],
    ["staff", { all: PUBLISHED, PUBLISHED, DRAFT: [], CANCELLED: [] }],
    [
      "owner",
      {
        all: ["other published", "own draft", "own published"],
        PUBLISHED,
        DRAFT: ["own draft"],
        CANCELLED: ["own cancelled"],
      },
    ],
    [
      "admin",
      { all: EVERY, PUBLISHED, DRAFT: ["other draft", "own draft"], CANCELLED: ["other cancelled", "own cancelled"] },
    ],
  ])("among all events: %s", async (name, expected) => {
    for (const [status, found] of Object.entries(expected)) {
      const filter = status === "all" ? {} : { status };
      expect((await titles(people[name] as Client, filter)).sort(), status).toEqual(found);
    }
  });

  it.each<[string, boolean]>([
    ["anonymous", false],
    ["stranger", false],
    ["device", true],
    ["staff", true],
    ["owner", true],
    ["admin", true],
  ])("among the events of a venue: %s sees what is not published: %s", async (name, seesAll) => {
    const query = `query ($id: ID!, $filter: EventFilter) { venue(id: $id) { events(filter: $filter) { nodes { title } } } }`;
    const found = async (filter: Variables) => {
      const variables = { id: stage.venue.id, filter };
      const { venue } = await (people[name] as Client).ok<{ venue: { events: Page } }>(query, variables);
      return venue.events.nodes.map(({ title }) => title);
    };
    expect(await found({})).toEqual(seesAll ? ["own published", "own draft"] : ["own published"]);
    expect(await found({ status: "DRAFT" })).toEqual(seesAll ? ["own draft"] : []);
    expect(await found({ status: "CANCELLED" })).toEqual(seesAll ? ["own cancelled"] : []);
  });

  it("finds nothing in a list that it would not be shown by its id", async () => {
    for (const client of Object.values(people)) {
      for (const status of ["PUBLISHED", "DRAFT", "CANCELLED"]) {
        for (const { id } of (await list(client, { filter: { status } })).nodes) {
          expect(await client.ok("query ($id: ID!) { event(id: $id) { id } }", { id })).toEqual({ event: { id } });
        }
      }
    }
  });
});

describe("what is left", () => {
  let stage: Stage;
  let buyer: Person;
  beforeAll(async () => {
    stage = await setStage();
    buyer = await stage.world.person();
  });
  afterAll(() => stage.gatehouse.close());

  const STANDARD = { name: "Standard", quantity: 2 };
  const isAvailable = async (event: Event): Promise<boolean> => {
    const found = async (available: boolean) =>
      (await list(buyer.client, { first: 100, filter: { available } })).nodes.some(({ id }) => id === event.id);
    const { event: shown } = await buyer.client.ok<{ event: { ticketsAvailable: number } }>(
      "query ($id: ID!) { event(id: $id) { ticketsAvailable } }",
      { id: event.id },
    );
    const isLeft = await found(true);
    expect([isLeft, await found(false)]).toEqual([shown.ticketsAvailable > 0, shown.ticketsAvailable === 0]);
    return isLeft;
  };

  it("follows what is held, paid and given back", async () => {
    const event = await stage.venue.event({}, [STANDARD]);
    expect(await isAvailable(event)).toBe(true);
    const hold = await held(buyer.client, event, { Standard: 2 });
    expect(await isAvailable(event)).toBe(false);
    await cancel(buyer.client, hold);
    expect(await isAvailable(event)).toBe(true);
    await pay(buyer.client, await held(buyer.client, event, { Standard: 2 }));
    expect(await isAvailable(event)).toBe(false);
  });

  it("counts a hold that ran out no more, though no job has marked it", async () => {
    const event = await stage.venue.event({}, [STANDARD]);
    const { id } = await held(buyer.client, event, { Standard: 2 });
    expect(await isAvailable(event)).toBe(false);
    await stage.gatehouse.sql("update tickets set held_until = now() - interval '1 second' where reservation_id = $1", [
      decodeId("rsv", id),
    ]);
    expect(await isAvailable(event)).toBe(true);
  });

  it("is something where one of several types has places, and nothing where there are none to have", async () => {
    const event = await stage.venue.event({}, [
      { name: "Standard", quantity: 1 },
      { name: "VIP", quantity: 1 },
    ]);
    await event.tickets(["A"]);
    expect(await isAvailable(event)).toBe(true);
    await event.tickets(["B"], "VIP");
    expect(await isAvailable(event)).toBe(false);
    expect(await isAvailable(await stage.venue.event({}, []))).toBe(false);
    expect(await isAvailable(await stage.venue.event({}, [{ name: "Standard", quantity: 0 }]))).toBe(false);
  });

  it("is nothing of a cancelled event", async () => {
    const { client } = stage.venue.owner;
    const event = await stage.venue.event({}, [STANDARD]);
    await made(client, "cancelEvent", "EventIdInput", "event { id }", { eventId: event.id });
    const found = async (available: boolean) =>
      (await list(client, { first: 100, filter: { status: "CANCELLED", available } })).nodes.map(({ id }) => id);
    expect([await found(true), await found(false)]).toEqual([[], [event.id]]);
  });
});
