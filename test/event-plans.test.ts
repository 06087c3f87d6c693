import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { encodeId } from "../src/schema/ids.js";
import type { Client } from "./setup/client.js";
import { makeManyEvents, RARE_CATEGORY } from "./setup/many-events.js";
import { type Plan, planOf, type Statement, statementsOf } from "./setup/plans.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { World } from "./setup/world.js";

type Filter = Readonly<Record<string, unknown>>;

const ORDERS = ["STARTS_AT_ASC", "STARTS_AT_DESC", "CREATED_AT_DESC"] as const;
const VIEWERS = ["anonymous", "organizer"] as const;
type Viewer = (typeof VIEWERS)[number] | "admin";

/** More than this is never sorted to show a page: of 100,000 events it is what no index has narrowed down. */
const MOST_SORTED = 5_000;
const LARGE_TABLES = ["events", "ticket_types", "tickets", "venues"];

let gatehouse: TestGatehouse;
let database: pg.Client;
let viewers: Readonly<Record<Viewer, Client>>;
let ids: { readonly venueId: string; readonly organizerId: string };
beforeAll(async () => {
  gatehouse = await startGatehouse({ databaseUrl: await makeManyEvents(inject("postgresUrl")), jobs: false });
  database = new pg.Client({ connectionString: gatehouse.databaseUrl });
  await database.connect();
  viewers = await makeViewers();
  ids = await findIds();
}, 180_000);
afterAll(async () => {
  await database?.end();
  await gatehouse?.close();
});

/** The organizer has the events of one who came with them. */
async function makeViewers(): Promise<Readonly<Record<Viewer, Client>>> {
  const world = new World(gatehouse.url);
  const [organizer, admin] = [await world.person(), await world.person()];
  await gatehouse.sql("update users set role = 'ADMIN' where email = $1", [admin.email]);
  await gatehouse.sql(
    `with own as (select id from users where email = $1), venue as (
       update venues set owner_id = (select id from own) where id = (select venue_id from events limit 1) returning id)
     update events set organizer_id = (select id from own) where venue_id = (select id from venue)`,
    [organizer.email],
  );
  return { anonymous: world.anonymous, organizer: organizer.client, admin: admin.client };
}

async function findIds(): Promise<typeof ids> {
  const [row] = await gatehouse.sql<{ venue: string; organizer: string }>(
    "select venue_id as venue, organizer_id as organizer from events where status = 'DRAFT' order by id limit 1",
  );
  return { venueId: encodeId("ven", row?.venue ?? ""), organizerId: encodeId("usr", row?.organizer ?? "") };
}

/** Each condition by itself, and what people ask together. */
const FILTERS: Readonly<Record<string, () => Filter>> = {
  "no filter": () => ({}),
  "a common word": () => ({ text: "festival" }),
  "words, one of them misspelled": () => ({ text: "lantren porto" }),
  "a word that nobody has": () => ({ text: "xylophone" }),
  "a symbol": () => ({ text: "%" }),
  "a common category": () => ({ category: "music" }),
  "a rare category": () => ({ category: RARE_CATEGORY }),
  "a category that nobody has": () => ({ category: "none" }),
  "published ones": () => ({ status: "PUBLISHED" }),
  drafts: () => ({ status: "DRAFT" }),
  "cancelled ones": () => ({ status: "CANCELLED" }),
  "a venue": () => ({ venueId: ids.venueId }),
  "an organizer": () => ({ organizerId: ids.organizerId }),
  "from a day on": () => ({ startsAfter: fromNow(0) }),
  "until a day": () => ({ startsBefore: fromNow(0) }),
  "a week": () => ({ startsAfter: fromNow(30), startsBefore: fromNow(37) }),
  "what is left": () => ({ available: true }),
  "what is sold out": () => ({ available: false }),
  "words and a category with places in the coming weeks": () => ({
    text: "jazz river",
    category: "music",
    available: true,
    startsAfter: fromNow(0),
    startsBefore: fromNow(60),
  }),
  "what is left at a venue": () => ({ venueId: ids.venueId, available: true }),
};

const fromNow = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

const EVENTS = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: EventFilter, $orderBy: EventOrder, $counted: Boolean = false) {
  events(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
    nodes { id } totalCount @include(if: $counted) pageInfo { startCursor endCursor } } }`;

interface Listed {
  readonly events: { readonly pageInfo: { readonly startCursor: string | null; readonly endCursor: string | null } };
}

/** What a first page, one after it, one before that, and the number of all are asked with. */
async function statementsFor(viewer: Viewer, filter: Filter, orderBy: string): Promise<Statement[]> {
  const ask = (page: Filter) => viewers[viewer].ok<Listed>(EVENTS, { filter, orderBy, ...page });
  const statements = await statementsOf(async () => {
    const { events } = await ask({ first: 5, counted: orderBy === ORDERS[0] });
    if (events.pageInfo.endCursor === null) return;
    await ask({ first: 20, after: events.pageInfo.endCursor });
    await ask({ last: 20, before: events.pageInfo.endCursor });
  });
  return statements.filter(({ text }) => text.startsWith("/* page."));
}

/** What a plan does that it must not; empty where it is as it must be. */
function faultsOf(plan: readonly Plan[]): string[] {
  return plan.flatMap((node) => {
    const { "Node Type": type, "Relation Name": table = "", Plans: [input] = [] } = node;
    if (type === "Seq Scan" && LARGE_TABLES.includes(table)) return [`reads all of ${table}`];
    if (type.endsWith("Sort") && (input?.["Plan Rows"] ?? 0) > MOST_SORTED)
      return [`sorts ${input?.["Plan Rows"]} rows`];
    return [];
  });
}

async function faultsOfAll(statements: readonly Statement[]): Promise<string[]> {
  const faults: string[] = [];
  for (const statement of statements) faults.push(...faultsOf(await planOf(database, statement)));
  return faults;
}

const faultsFor = async (viewer: Viewer, filter: Filter, orderBy: string): Promise<string[]> =>
  faultsOfAll(await statementsFor(viewer, filter, orderBy));

/** What is wrong with the plans when an index is missing, for as long as it takes to ask. */
async function faultsWithout(index: string, statements: readonly Statement[]): Promise<string[]> {
  await database.query("begin");
  try {
    await database.query(`drop index ${index}`);
    return await faultsOfAll(statements);
  } finally {
    await database.query("rollback");
  }
}

describe("the check of the plans", () => {
  it.each([
    ["events_words", "words, one of them misspelled", "STARTS_AT_ASC", "reads all of events"],
    ["events_by_start", "no filter", "STARTS_AT_DESC", "reads all of events"],
    ["events_by_creation", "no filter", "CREATED_AT_DESC", "reads all of events"],
    ["ticket_types_event_id_id_idx", "what is left", "STARTS_AT_ASC", "reads all of ticket_types"],
  ])("fails without %s", async (index, name, orderBy, fault) => {
    const statements = await statementsFor("anonymous", FILTERS[name]?.() ?? {}, orderBy);
    expect(statements.length).toBeGreaterThan(2);
    expect(await faultsWithout(index, statements)).toContain(fault);
    expect(await faultsOfAll(statements)).toEqual([]);
  });
});

describe("events, asked by an admin", () => {
  it.each(["no filter", "published ones", "drafts", "cancelled ones"])(
    "are found by an index with %s",
    async (name) => {
      for (const orderBy of ORDERS)
        expect(await faultsFor("admin", FILTERS[name]?.() ?? {}, orderBy), orderBy).toEqual([]);
    },
  );
});

describe.each(VIEWERS)("events, asked by %s", (viewer) => {
  it.each(Object.keys(FILTERS))("are found by an index with %s, in each order and from any cursor", async (name) => {
    for (const orderBy of ORDERS)
      expect(await faultsFor(viewer, FILTERS[name]?.() ?? {}, orderBy), orderBy).toEqual([]);
  });
});
