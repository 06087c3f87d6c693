import { createRequire } from "node:module";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { decodeId, encodeId } from "../src/schema/ids.js";
import { makeManyEvents, RARE_CATEGORY } from "./setup/many-events.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { type Person, World } from "./setup/world.js";

let gatehouse: TestGatehouse;
let fan: Person;
beforeAll(async () => {
  gatehouse = await startGatehouse({ databaseUrl: await makeManyEvents(inject("postgresUrl")) });
  fan = await new World(gatehouse.url).person("Fan");
  await gatehouse.sql("update users set latitude = 51.5, longitude = -0.1 where email = $1", [fan.email]);
  await gatehouse.sql(
    `insert into tickets (id, event_id, venue_id, ticket_type_id, holder_id, code, status, created_at, paid_at)
     select gen_random_uuid(), e.id, e.venue_id, y.id, $1, 'FAN', 'PAID', now(), now()
     from (select * from events where status = 'PUBLISHED' order by md5(id::text) limit 200) e
     cross join lateral (select id from ticket_types where event_id = e.id limit 1) y`,
    [decodeId("usr", fan.id)],
  );
  await gatehouse.sql("analyze tickets");
}, 120_000);
afterAll(() => gatehouse?.close());

interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

interface Plan {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
  readonly Plans?: readonly Plan[];
}

/** The ORM may bring a copy of its own. */
const { Client: OrmClient }: typeof pg = createRequire(import.meta.resolve("@mikro-orm/postgresql"))("pg");

/** The statements of this name that the server sends while the work is done. */
async function sent(name: string, work: () => Promise<unknown>): Promise<Statement[]> {
  const spies = [...new Set([pg.Client, OrmClient])].map((client) => vi.spyOn(client.prototype, "query"));
  try {
    await work();
    const calls = spies.flatMap(({ mock }) => mock.calls as unknown[][]);
    return calls.map(statementOf).filter(({ text }) => text.includes(`/* ${name}`));
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

function statementOf([given, values]: unknown[]): Statement {
  if (typeof given === "string") return { text: given, values: Array.isArray(values) ? values : [] };
  const { text = "", values: own = [] } = (given ?? {}) as Partial<Statement>;
  return { text, values: Array.isArray(values) ? values : own };
}

const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

const nodes = "nodes { id } pageInfo { hasNextPage hasPreviousPage endCursor }";
const nearby = (given: string, selection = nodes) =>
  `{ eventsNearby(near: { latitude: 51.5, longitude: -0.1 }, ${given}) { ${selection} } }`;
const EVERYWHERE = "radiusKm: 20038";

/** How the very statement that answers the query is done, with the rows that were read. */
async function planOf(name: string, query: string): Promise<Plan[]> {
  const [statement, ...others] = await sent(name, () => fan.client.ok(query));
  expect(others).toEqual([]);
  const { text = "", values = [] } = statement ?? {};
  const [row] = await gatehouse.sql<{ "QUERY PLAN": [{ Plan: Plan }] }>(
    `explain (analyze, format json) ${text}`,
    values,
  );
  return nodesOf(row?.["QUERY PLAN"][0].Plan as Plan);
}

const wholeTables = (plan: readonly Plan[]) =>
  plan.filter((node) => node["Node Type"] === "Seq Scan").map((node) => node["Relation Name"]);
const indexesOf = (plan: readonly Plan[]) => new Set(plan.flatMap((node) => node["Index Name"] ?? []));
const rowsRead = (plan: readonly Plan[], table: string) =>
  plan
    .filter((node) => node["Relation Name"] === table)
    .map((node) => (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0)) * node["Actual Loops"])
    .reduce((sum, rows) => sum + rows, 0);

/** The cursor that the page ends with after so many of 100 events. */
async function cursorAfter(pages: number, after: string | null = null): Promise<string> {
  const given = `${EVERYWHERE}, first: 100, after: ${JSON.stringify(after)}`;
  const answer = await fan.client.ok<{ eventsNearby: { pageInfo: { endCursor: string } } }>(nearby(given));
  const { endCursor } = answer.eventsNearby.pageInfo;
  return pages === 1 ? endCursor : cursorAfter(pages - 1, endCursor);
}

describe("among 2,000 venues and 100,000 events", () => {
  it.each([
    ["by name", "page.read", "{ venues { nodes { id } } }", "venues_name", 21],
    ["from the end", "page.read", "{ venues(last: 100) { nodes { id } } }", "venues_name", 101],
    ["by words that many have", "page.read", '{ venues(text: "street hall") { nodes { id } } }', "venues_name", 21],
    ["by words that few have", "page.read", '{ venues(text: "1234 street") { nodes { id } } }', "venues_text", 20],
    ["in number, by a word", "page.count", '{ venues(text: "1234") { totalCount } }', "venues_text", 20],
  ])("venues are found %s by an index", async (_how, name, query, index, most) => {
    const plan = await planOf(name, query);
    expect(wholeTables(plan)).toEqual([]);
    expect(indexesOf(plan)).toEqual(new Set([index]));
    expect(rowsRead(plan, "venues")).toBeLessThanOrEqual(most);
  });

  it.each(["first", "last"])("venues are found by an index beyond a cursor, %s", async (way) => {
    const edge = await fan.client.ok<{ venues: { edges: { cursor: string }[] } }>(
      `{ venues(${way}: 100) { edges { cursor } } }`,
    );
    const cursor = edge.venues.edges.at(way === "first" ? -1 : 0)?.cursor;
    const plan = await planOf(
      "page.read",
      `{ venues(${way}: 20, ${way === "first" ? "after" : "before"}: "${cursor}") { nodes { id } } }`,
    );
    expect(wholeTables(plan)).toEqual([]);
    expect(rowsRead(plan, "venues")).toBeLessThan(40);
  });

  it.each([
    ["in a small radius", "radiusKm: 500"],
    ["in a large one", EVERYWHERE],
    ["a hundred", `${EVERYWHERE}, first: 100`],
    ["of a common category", `${EVERYWHERE}, filter: { category: "music" }`],
    ["of a rare category", `${EVERYWHERE}, filter: { category: "${RARE_CATEGORY}" }`],
    ["with places left", `${EVERYWHERE}, filter: { available: true }`],
    ["sold out", `${EVERYWHERE}, filter: { available: false }`],
    ["far ahead", `${EVERYWHERE}, filter: { startsAfter: "${new Date(Date.now() + 300 * 86_400_000).toISOString()}" }`],
  ])("events nearby are found by walking the venues: %s", async (_which, given) => {
    const plan = await planOf("nearby.read", nearby(given));
    expect(wholeTables(plan)).toEqual([]);
    expect(indexesOf(plan)).toContain("venues_place");
    // Each venue is asked whether it has one; there are 44,000 events to come.
    expect(rowsRead(plan, "events")).toBeLessThan(4_500);
  });

  it("events nearby are found on a later page without reading all those before it", async () => {
    const after = await cursorAfter(30);
    const plan = await planOf("nearby.read", nearby(`${EVERYWHERE}, after: "${after}"`));
    expect(wholeTables(plan)).toEqual([]);
    expect(indexesOf(plan)).toContain("venues_place");
    // 3,000 come before it.
    expect(rowsRead(plan, "events")).toBeLessThan(2_500);
  });

  it.each([
    // 1,900 have both words. Each is read twice: for the words, whoever asks, and for all else that is asked of it.
    ["by words", '{ text: "golden lantern" }', "events_words", 4_000],
    ["of a venue", "venue", "venues_pkey", 200],
    ["of an organizer", "organizer", "venues_pkey", 400],
  ])("events nearby are found by what tells the few that are meant: %s", async (_which, given, index, most) => {
    const [row] = await gatehouse.sql<{ venue_id: string; organizer_id: string }>(
      "select venue_id, organizer_id from events where ends_at > now() limit 1",
    );
    const ids = { venue: encodeId("ven", row?.venue_id ?? ""), organizer: encodeId("usr", row?.organizer_id ?? "") };
    const filter = given in ids ? `{ ${given}Id: "${ids[given as keyof typeof ids]}" }` : given;
    const plan = await planOf("nearby.read", nearby(`${EVERYWHERE}, filter: ${filter}`));
    expect(wholeTables(plan)).toEqual([]);
    expect(indexesOf(plan)).toContain(index);
    expect(rowsRead(plan, "events")).toBeLessThan(most);
  });

  it("events nearby are counted by indexes", async () => {
    for (const radius of ["radiusKm: 500", EVERYWHERE]) {
      const plan = await planOf("nearby.count", nearby(radius, "totalCount"));
      expect(wholeTables(plan)).toEqual([]);
      expect(indexesOf(plan)).toContain("venues_place");
    }
  });

  it("recommended events are ranked among a few hundred, whatever there is", async () => {
    const plan = await planOf("recommended.read", "{ recommendedEvents(first: 100) { id } }");
    expect(wholeTables(plan)).toEqual([]);
    // 200 held; 300 near, 300 of all, 100 of each of 10 venues and organizers and of 6 categories, each read twice.
    expect(rowsRead(plan, "events")).toBeLessThan(200 + 2 * (300 + 300 + 2_600) + 2_000);
    expect(rowsRead(plan, "ticket_types")).toBeLessThan(2 * 3_200);
  });

  it.each([
    ["venues_place", "nearby.read", nearby(EVERYWHERE), "venues"],
    ["venues_name", "page.read", "{ venues { nodes { id } } }", "venues"],
    ["venues_text", "page.count", '{ venues(text: "1234") { totalCount } }', "venues"],
  ])("a whole table would be read without %s, and be found out", async (index, name, query, table) => {
    const [statement] = await sent(name, () => fan.client.ok(query));
    const client = new pg.Client(gatehouse.databaseUrl);
    await client.connect();
    try {
      await client.query(`begin; drop index ${index}`);
      const { rows } = await client.query(`explain (format json) ${statement?.text}`, statement?.values);
      expect(wholeTables(nodesOf(rows[0]["QUERY PLAN"][0].Plan))).toContain(table);
      await client.query("rollback");
    } finally {
      await client.end();
    }
  });
});
