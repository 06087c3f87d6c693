import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Client, Variables } from "./setup/client.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { type Event, uploadScans, type Venue, World } from "./setup/world.js";

interface Page {
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly id: string } }[];
  readonly nodes: readonly { readonly id: string }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  readonly totalCount: number;
}

type Ask = (args: Variables) => Promise<Page>;

let gatehouse: TestGatehouse;
let world: World;
let venue: Venue;
let owner: Client;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
  venue = await world.venue();
  owner = venue.owner.client;
});
afterAll(() => expectCountsRight(gatehouse).finally(() => gatehouse.close()));

const queryOf = (
  parent: string,
  list: string,
  filter = "",
): string => `query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
  ${parent}(id: $id) { ${list}(first: $first, after: $after, last: $last, before: $before ${filter}) {
    edges { cursor node { id } } nodes { id } totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`;

const pagesOf =
  (parent: string, list: string, id: string, filter?: string): Ask =>
  async (args) => {
    const data = await owner.ok<Record<string, Record<string, Page>>>(queryOf(parent, list, filter), { id, ...args });
    const page = data[parent]?.[list];
    if (page === undefined) throw new Error("no page");
    return page;
  };

const idsOf = ({ edges }: Page): string[] => edges.map(({ node }) => node.id);

/** Every page in turn, in the order of the list; `between` happens after each. */
async function walk(ask: Ask, size: number, way: "forward" | "backward", between = async () => {}): Promise<Page[]> {
  const pages: Page[] = [];
  for (let cursor: string | null = null; pages.length < 50; ) {
    const page: Page = await ask(way === "forward" ? { first: size, after: cursor } : { last: size, before: cursor });
    if (way === "forward") pages.push(page);
    else pages.unshift(page);
    const { hasNextPage, hasPreviousPage, startCursor, endCursor } = page.pageInfo;
    if (way === "forward" ? !hasNextPage : !hasPreviousPage) return pages;
    cursor = way === "forward" ? endCursor : startCursor;
    await between();
  }
  throw new Error("the pages have no end");
}

const codes = (count: number, prefix = "T"): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

/** Each list with what it must hold, in its order. */
const LISTS: Readonly<Record<string, () => Promise<{ ask: Ask; expected: string[] }>>> = {
  "an event's tickets, in the order of their issue": async () => {
    const event = await venue.event();
    const tickets = await event.tickets(codes(7));
    return { ask: pagesOf("event", "tickets", event.id), expected: tickets };
  },
  "a venue's events, by their start": async () => {
    const place = await world.venue({}, venue.owner);
    const days = [5, 1, 3, 3, 2, 3, 4];
    const made: { day: number; id: string }[] = [];
    for (const day of days) {
      const { id } = await place.event({ startsAt: `2030-01-0${day}T10:00:00Z`, endsAt: `2030-01-0${day}T12:00:00Z` });
      made.push({ day, id });
    }
    const expected = made.sort((one, other) => one.day - other.day || (one.id < other.id ? -1 : 1)).map(({ id }) => id);
    return { ask: pagesOf("venue", "events", place.id), expected };
  },
  "an event's scans, newest first by the time of the scan, then by the key": async () => {
    const { event, scans } = await scanned([3, 7, 5, 5, 1, 5, 2]);
    const sorted = scans.sort((one, other) => other.minutes - one.minutes || (one.key < other.key ? 1 : -1));
    return { ask: pagesOf("event", "scans", event.id), expected: sorted.map(({ id }) => id) };
  },
};

/** Offline entries that happened so many minutes ago counted from ten, uploaded in this order. */
async function scanned(
  minutes: readonly number[],
): Promise<{ event: Event; scans: { id: string; key: string; minutes: number }[] }> {
  const event = await venue.event();
  const own = codes(minutes.length, event.id);
  await event.tickets(own);
  const { client } = await venue.device();
  const start = Date.now() - 600_000;
  const attempts = minutes.map((minute, index) => ({
    key: `${event.id} ${(index * 3) % 7}`,
    code: own[index],
    eventId: event.id,
    scannedAt: new Date(start + minute * 1_000).toISOString(),
  }));
  const results = await uploadScans(client, attempts);
  const scans = results.map(({ scan }, index) => ({
    id: scan?.id ?? "",
    key: scan?.key ?? "",
    minutes: minutes[index] ?? 0,
  }));
  return { event, scans };
}

describe.each(Object.keys(LISTS))("%s", (name) => {
  let ask: Ask;
  let expected: readonly string[];
  beforeAll(async () => {
    const list = await LISTS[name]?.();
    if (list === undefined) throw new Error("no such list");
    ({ ask, expected } = list);
  });

  it.each([1, 2, 3, 6, 7, 8])(
    "come in pages of %i, forward and backward, each of which knows what lies beside it",
    async (size) => {
      for (const way of ["forward", "backward"] as const) {
        const pages = await walk(ask, size, way);
        expect(pages.flatMap(idsOf)).toEqual(expected);
        expect(pages).toHaveLength(Math.ceil(expected.length / size));
        for (const [index, { nodes, edges, pageInfo, totalCount }] of pages.entries()) {
          expect(nodes).toEqual(edges.map(({ node }) => node));
          expect(totalCount).toBe(expected.length);
          expect(pageInfo).toEqual({
            hasNextPage: index < pages.length - 1,
            hasPreviousPage: index > 0,
            startCursor: edges[0]?.cursor,
            endCursor: edges.at(-1)?.cursor,
          });
        }
      }
    },
  );

  it("tell the truth on both sides of a page within, from whichever side it is asked for", async () => {
    const { edges } = await ask({ first: 7 });
    const [second, sixth] = [edges[1]?.cursor, edges[5]?.cursor];
    for (const page of [await ask({ first: 3, after: second }), await ask({ last: 3, before: sixth })]) {
      expect(idsOf(page)).toEqual(expected.slice(2, 5));
      expect(page.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    }
  });

  it("are 20 a page unless a size is given, and `last` wins over that", async () => {
    expect(idsOf(await ask({}))).toEqual(expected);
    expect(idsOf(await ask({ first: null, last: null }))).toEqual(expected);
    expect(idsOf(await ask({ last: 2 }))).toEqual(expected.slice(-2));
  });

  it.each<[string, Variables]>([
    ["a size of 0", { first: 0 }],
    ["a size below 0", { last: -1 }],
    ["a size of 101", { first: 101 }],
    ["a last size of 101", { last: 101 }],
    ["first and last", { first: 2, last: 2 }],
    ["before without last", { before: "" }],
    ["last with after", { last: 2, after: "x" }],
    ["first with before", { first: 2, before: "x" }],
    ["a cursor that is none", { first: 2, after: "nonsense" }],
    ["an empty cursor", { first: 2, after: "" }],
    ["a cursor with other values", { last: 2, before: Buffer.from('["x","y","z"]').toString("base64url") }],
  ])("refuse %s", async (_what, args) => {
    await expect(ask(args)).rejects.toThrow("BAD_USER_INPUT");
  });
});

describe("a list that grows while it is read", () => {
  it.each([1, 2, 3])("gives every ticket that was there once, in pages of %i", async (size) => {
    const event = await venue.event();
    const tickets = await event.tickets(codes(6));
    let added = 0;
    const pages = await walk(pagesOf("event", "tickets", event.id), size, "forward", async () => {
      added += 1;
      if (added <= 3) await event.tickets(codes(2, `more ${added} `));
    });
    const seen = pages.flatMap(idsOf);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.slice(0, tickets.length)).toEqual(tickets);
  });

  it("gives every scan that was there once, while newer and older ones are uploaded", async () => {
    const { event, scans } = await scanned([1, 2, 3, 4, 5, 6]);
    const { client } = await venue.device();
    const before = scans.map(({ id }) => id).reverse();
    for (const way of ["forward", "backward"] as const) {
      const pages = await walk(pagesOf("event", "scans", event.id), 2, way, async () => {
        const times = [Date.now() - 3_600_000, Date.now()].map((time) => new Date(time).toISOString());
        await uploadScans(
          client,
          times.map((scannedAt) => ({ code: `${event.id}0`, eventId: event.id, scannedAt })),
        );
      });
      const seen = pages.flatMap(idsOf);
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen.filter((id) => before.includes(id))).toEqual(before);
    }
  });
});

describe("an empty list", () => {
  it("has no cursors and nothing beside it", async () => {
    const event = await venue.event();
    for (const args of [{}, { last: 5 }]) {
      expect(await pagesOf("event", "tickets", event.id)(args)).toEqual({
        edges: [],
        nodes: [],
        totalCount: 0,
        pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
      });
    }
  });
});

describe("a filter", () => {
  it("holds for the pages and for the number alike", async () => {
    const event = await venue.event({}, [{ name: "Standard" }, { name: "VIP" }]);
    await event.tickets(codes(3));
    const vip = await event.tickets(codes(4, "V"), "VIP");
    const filter = `filter: { ticketTypeId: "${event.types.get("VIP")}", status: PAID, inside: false }`;
    const pages = await walk(pagesOf("event", "tickets", event.id, filter), 3, "forward");
    expect(pages.flatMap(idsOf)).toEqual(vip);
    expect(pages.map(({ totalCount }) => totalCount)).toEqual([4, 4]);
    const inside = pagesOf("event", "tickets", event.id, "filter: { inside: true }");
    expect(await inside({})).toMatchObject({ nodes: [], totalCount: 0 });
    const { client } = await venue.device();
    await uploadScans(client, [{ code: "V1", eventId: event.id }]);
    expect(await inside({})).toMatchObject({ nodes: [{ id: vip[1] }], totalCount: 1 });
  });

  it("of scans takes its beginning in and leaves its end out", async () => {
    const { event } = await scanned([1, 2, 3]);
    const all = await owner.ok<{ event: { scans: { nodes: { scannedAt: string }[] } } }>(
      "query ($id: ID!) { event(id: $id) { scans { nodes { scannedAt } } } }",
      { id: event.id },
    );
    const [newest, middle, oldest] = all.event.scans.nodes.map(({ scannedAt }) => scannedAt);
    const count = async (filter: string) =>
      (await pagesOf("event", "scans", event.id, `filter: { ${filter} }`)({})).totalCount;
    expect(await count(`from: "${middle}"`)).toBe(2);
    expect(await count(`to: "${middle}"`)).toBe(1);
    expect(await count(`from: "${oldest}", to: "${newest}"`)).toBe(2);
    expect(await count(`direction: EXIT`)).toBe(0);
    expect(await count(`direction: ENTRY, outcome: ACCEPTED, gateId: "${venue.gate()}"`)).toBe(3);
    expect(await count(`reason: ALREADY_INSIDE`)).toBe(0);
  });
});
