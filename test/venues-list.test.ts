import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { made, type Person, World } from "./setup/world.js";

const VENUES = `query ($first: Int, $after: String, $last: Int, $before: String, $text: String) {
  venues(first: $first, after: $after, last: $last, before: $before, text: $text) {
    totalCount nodes { id name } edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;

interface VenueList {
  readonly totalCount: number;
  readonly nodes: readonly { readonly id: string; readonly name: string }[];
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly id: string } }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

const PLACES: readonly (readonly [name: string, address: string])[] = [
  ["Corn Exchange", "Wheeler Street\nCambridge"],
  ["Arena", "1 Quay, Manchester"],
  ["Corn Exchange", "Church Street, Brighton"],
  ["Zwölf Räume", "Gänsemarkt 12, Hamburg"],
  ["100% Club", "under_score\\road 7"],
];
const BY_NAME = ["100% Club", "Arena", "Corn Exchange", "Corn Exchange", "Zwölf Räume"];

let gatehouse: TestGatehouse;
let world: World;
let owner: Person;
const ids: string[] = [];
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
  owner = await world.person("Owner");
  for (const [name, address] of PLACES) ids.push((await world.venue({ name, address }, owner)).id);
});
afterAll(() => gatehouse.close());

const list = async (variables: Record<string, unknown> = {}): Promise<VenueList> =>
  (await world.anonymous.ok<{ venues: VenueList }>(VENUES, { first: 20, ...variables })).venues;
const idsOf = ({ nodes }: VenueList): string[] => nodes.map(({ id }) => id);
const addressesFound = async (text: string) =>
  idsOf(await list({ text })).map((id) => PLACES[ids.indexOf(id)]?.[1].split(/[\s,]/).at(-1));

describe("venues", () => {
  it("are listed by name for anybody, of equal names the older first", async () => {
    const { nodes, edges, totalCount } = await list();
    expect(nodes.map(({ name }) => name)).toEqual(BY_NAME);
    expect(nodes.filter(({ name }) => name === "Corn Exchange").map(({ id }) => id)).toEqual([ids[0], ids[2]]);
    expect(edges.map(({ node }) => node.id)).toEqual(nodes.map(({ id }) => id));
    expect(totalCount).toBe(PLACES.length);
    const { client: device } = await (await world.venue({ name: "Corn Exchange", address: "Leeds" }, owner)).device();
    for (const client of [owner.client, device]) {
      expect((await client.ok<{ venues: VenueList }>(VENUES, {})).venues.totalCount).toBe(PLACES.length + 1);
    }
  });

  it("are paged both ways without a gap or a repeat, while others are made", async () => {
    const wanted = idsOf(await list());
    const added: string[] = [];
    const forth: string[] = [];
    let after: string | null = null;
    for (let hasMore = true; hasMore; ) {
      const page: VenueList = await list({ first: 2, after });
      expect(page.pageInfo.hasPreviousPage).toBe(forth.length > 0);
      forth.push(...idsOf(page));
      after = page.pageInfo.endCursor;
      hasMore = page.pageInfo.hasNextPage;
      if (forth.length === 4) for (const name of ["000", "Middle"]) added.push((await world.venue({ name }, owner)).id);
    }
    expect(forth.filter((id) => !added.includes(id))).toEqual(wanted);
    const whole = idsOf(await list());
    const back: string[] = [];
    let before: string | null = null;
    do {
      const { venues }: { venues: VenueList } = await world.anonymous.ok(VENUES, { last: 3, before });
      expect(venues.pageInfo.hasNextPage).toBe(back.length > 0);
      back.unshift(...idsOf(venues));
      before = venues.pageInfo.hasPreviousPage ? venues.pageInfo.startCursor : null;
    } while (before !== null);
    expect(back).toEqual(whole);
    expect(new Set(whole).size).toBe(whole.length);
  });

  it.each([
    ["exchange", ["Cambridge", "Brighton", "Leeds"]],
    ["STREET corn", ["Cambridge", "Brighton"]],
    ["  brighton\tCORN ", ["Brighton"]],
    ["exchangewheeler", []],
    ["corn manchester", []],
    ["räume GÄNSE", ["Hamburg"]],
    ["100%", ["7"]],
    ["under_", ["7"]],
    ["under%road", []],
    ["\\road", ["7"]],
    ["a\0b", []],
    ["x' or true --", []],
  ])("are found by %j in their names and addresses", async (text, found) => {
    const cities = await addressesFound(text);
    expect(cities.map((city) => city ?? "Leeds")).toEqual(found);
    expect((await list({ text, first: 1 })).totalCount).toBe(found.length);
  });

  it("are all listed for a blank text", async () => {
    expect(await list({ text: " \n" })).toEqual(await list());
    expect(await list({ text: null })).toEqual(await list());
  });

  it("are found by what they are called now", async () => {
    const venueId = ids[1] ?? "";
    await made(owner.client, "updateVenue", "UpdateVenueInput", "venue { id }", { venueId, name: "Velodrome" });
    expect(idsOf(await list({ text: "arena" }))).toEqual([]);
    expect(idsOf(await list({ text: "velodrome quay" }))).toEqual([venueId]);
  });

  it("are listed under who owns them, by name, and under nobody else", async () => {
    const [other, colleague] = [await world.person("Other owner"), await world.person("Staff")];
    const last = await world.venue({ name: "Z" }, other);
    const first = await world.venue({ name: "A" }, other);
    await first.staff(colleague);
    const query = "query ($id: ID!, $n: Int) { user(id: $id) { ownedVenues(first: $n) { totalCount nodes { id } } } }";
    const ownedBy = async ({ id }: Person, n = 20) =>
      (await colleague.client.ok<{ user: { ownedVenues: object } }>(query, { id, n })).user.ownedVenues;
    expect(await ownedBy(other)).toEqual({ totalCount: 2, nodes: [{ id: first.id }, { id: last.id }] });
    expect(await ownedBy(other, 1)).toEqual({ totalCount: 2, nodes: [{ id: first.id }] });
    expect(await ownedBy(colleague)).toEqual({ totalCount: 0, nodes: [] });
  });

  it.each([
    ["a text of 201 characters", { text: "x".repeat(201) }],
    ["a page of 0", { first: 0 }],
    ["a page of 101", { first: 101 }],
    ["first with last", { first: 1, last: 1 }],
    ["a forged cursor", { first: 1, after: "forged" }],
    [
      "another list's cursor",
      { first: 1, after: Buffer.from('["018f8f8f-0000-7000-8000-000000000000"]').toString("base64url") },
    ],
  ])("refuse %s", async (_what, variables) => {
    const { body } = await world.anonymous.request(VENUES, variables);
    expect(body.errors).toMatchObject([{ path: ["venues"], extensions: { code: "BAD_USER_INPUT" } }]);
  });
});
