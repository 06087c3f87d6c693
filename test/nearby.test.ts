import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Client } from "./setup/client.js";
import { fromNow } from "./setup/doors.js";
import { at, eventAt, type Location } from "./setup/places.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { type Event, made, type Person, World } from "./setup/world.js";

const NEARBY = `query ($near: GeoPointInput!, $radiusKm: Float, $first: Int, $after: String, $filter: EventFilter) {
  eventsNearby(near: $near, radiusKm: $radiusKm, first: $first, after: $after, filter: $filter) {
    totalCount nodes { id } edges { cursor distanceKm node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
// A variable that is not given leaves the default to an argument that cannot be null.
const document = (variables: object) =>
  "radiusKm" in variables
    ? NEARBY.replace("Float,", "Float!,")
    : NEARBY.replace(/\$radiusKm: Float, |radiusKm: \$radiusKm, /g, "");

interface Nearby {
  readonly totalCount: number;
  readonly nodes: readonly { readonly id: string }[];
  readonly edges: readonly {
    readonly cursor: string;
    readonly distanceKm: number;
    readonly node: { readonly id: string };
  }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

const EVERYWHERE = 20_038;

let gatehouse: TestGatehouse;
let world: World;
let owner: Person;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
  owner = await world.person("Owner");
});
afterAll(() => gatehouse.close());

const nearby = async (near: Location, more: Record<string, unknown> = {}, client: Client = world.anonymous) =>
  (await client.ok<{ eventsNearby: Nearby }>(document(more), { near, ...more })).eventsNearby;
const idsOf = ({ nodes }: Nearby): string[] => nodes.map(({ id }) => id);
const errorsOf = async (near: object, more: Record<string, unknown> = {}) =>
  (await world.anonymous.request(document(more), { near, ...more })).body.errors;

describe("distanceKm", () => {
  /** Geodesics of WGS 84: published examples (Karney, Vincenty, the Australian manual), and lengths of its arcs. */
  const GEODESICS: readonly (readonly [what: string, from: Location, to: Location, kilometres: number])[] = [
    ["from New York to London", at(40.6, -73.8), at(51.6, -0.5), 5_551.7594],
    ["from Flinders Peak to Buninyong", at(-37.951033417, 144.424867889), at(-37.652821139, 143.926495528), 54.97227],
    ["of one degree along the equator", at(0, 10), at(0, 11), 111.319491],
    ["of one degree across the equator", at(-0.5, 10), at(0.5, 10), 110.574276],
    ["of one degree at the pole", at(89, -70), at(90, 0), 111.693865],
    ["across the 180th meridian", at(-17, 179.5), at(-17, -179.5), 106.4856],
    ["across the pole", at(89, 0), at(89, 180), 223.38773],
    ["from pole to pole", at(90, 12), at(-90, -34), 20_003.93146],
    ["from the equator to the pole", at(0, 123), at(90, 0), 10_001.96573],
    ["to the antipode", at(30, 40), at(-30, -140), 20_003.93146],
    ["to where Vincenty's formula fails", at(0, 0), at(0.5, 179.7), 19_944.127421],
    ["from Wellington to Salamanca", at(-41.32, 174.81), at(40.96, -5.5), 19_959.679267],
    ["of ten metres", at(51.5, -0.1), at(51.50008988, -0.1), 0.01],
  ];

  it.each(GEODESICS)("%s is right to a fifth of a percent, both ways", async (_what, from, to, kilometres) => {
    for (const [here, there] of [
      [from, to],
      [to, from],
    ] as const) {
      const { venue, event } = await eventAt(world, owner, there);
      const { edges } = await nearby(here, { radiusKm: EVERYWHERE, filter: { venueId: venue.id } });
      expect(edges.map(({ node }) => node.id)).toEqual([event.id]);
      expect(Math.abs((edges[0]?.distanceKm ?? 0) / kilometres - 1)).toBeLessThan(0.002);
    }
  });

  it.each([
    ["on the equator", at(0, -33.3), at(0, -33.3)],
    ["at the pole, of whatever longitude", at(90, 10), at(90, -120)],
    ["on the 180th meridian, from either side", at(12, 180), at(12, -180)],
  ])("is nothing %s", async (_what, here, there) => {
    const { venue } = await eventAt(world, owner, there);
    const { edges } = await nearby(here, { radiusKm: 0.001, filter: { venueId: venue.id } });
    expect(edges).toMatchObject([{ distanceKm: expect.closeTo(0, 9) }]);
  });
});

describe("events nearby", () => {
  it("are told nearest first, across the 180th meridian and around the pole", async () => {
    for (const [near, ...places] of [
      [at(5, 179.99), at(5, -179.99), at(5, 179.9), at(5, -179.8), at(5, 179.7)],
      [at(-89.99, 0), at(-90, 0), at(-89.98, 180), at(-89.95, 90), at(-89.9, -90)],
    ] as const) {
      const events: string[] = [];
      const category = "globe";
      for (const place of [...places].reverse()) {
        events.unshift((await eventAt(world, owner, place, { category })).event.id);
      }
      const found = await nearby(near, { radiusKm: 100, filter: { category } });
      expect(idsOf(found)).toEqual(events);
      const distances = found.edges.map(({ distanceKm }) => distanceKm);
      expect(distances).toEqual(distances.toSorted((a, b) => a - b));
    }
  });

  it("are within the radius by the very distance that is shown, and within 25 km by default", async () => {
    const near = at(20, 20);
    const { event } = await eventAt(world, owner, at(20.1, 20.1));
    await eventAt(world, owner, at(20.24, 20));
    const [first] = (await nearby(near)).edges;
    expect((await nearby(near)).totalCount).toBe(1);
    expect((await nearby(near, { radiusKm: 27 })).totalCount).toBe(2);
    const distance = first?.distanceKm ?? 0;
    expect(idsOf(await nearby(near, { radiusKm: distance }))).toEqual([event.id]);
    expect(await nearby(near, { radiusKm: distance * (1 - 1e-12) })).toMatchObject({ edges: [], totalCount: 0 });
  });

  it("are published and not yet over, for the owner and admins too", async () => {
    const near = at(-20, 20);
    const { venue, event } = await eventAt(world, owner, near);
    await venue.event({ publish: false });
    const cancelled = await venue.event();
    await made(owner.client, "cancelEvent", "EventIdInput", "event { id }", { eventId: cancelled.id });
    await venue.event({ startsAt: fromNow(-3), endsAt: fromNow(-0.001) });
    const admin = await world.person("Root");
    await gatehouse.sql("update users set role = 'ADMIN' where email = $1", [admin.email]);
    for (const client of [world.anonymous, owner.client, (await venue.staff()).client, admin.client]) {
      expect(await nearby(near, {}, client)).toMatchObject({ nodes: [{ id: event.id }], totalCount: 1 });
      for (const status of ["DRAFT", "CANCELLED"]) {
        expect(await nearby(near, { filter: { status } }, client)).toMatchObject({ nodes: [], totalCount: 0 });
      }
      for (const filter of [{ status: "PUBLISHED" }, { venueId: venue.id }, { text: "show" }]) {
        expect(await nearby(near, { filter }, client)).toMatchObject({ nodes: [{ id: event.id }], totalCount: 1 });
      }
    }
  });

  it("are where their venues are now, and nowhere at one without a place", async () => {
    const [here, there] = [at(-50, -50), at(-55, -50)];
    const { venue, event } = await eventAt(world, owner, here);
    const nowhere = await eventAt(world, owner, undefined);
    const move = (location: Location | null) =>
      made(owner.client, "updateVenue", "UpdateVenueInput", "venue { id }", { venueId: venue.id, location });
    expect(idsOf(await nearby(here))).toEqual([event.id]);
    await move(there);
    expect(idsOf(await nearby(here))).toEqual([]);
    expect(idsOf(await nearby(there))).toEqual([event.id]);
    await move(null);
    for (const filter of [null, { venueId: venue.id }, { venueId: nowhere.venue.id }]) {
      expect(await nearby(there, { filter })).toMatchObject({ nodes: [], totalCount: 0 });
    }
  });

  it("are as the filter says", async () => {
    const near = at(60, 100);
    const { venue, event } = await eventAt(world, owner, near, { title: "Jazz Night", category: "music" });
    const other = await eventAt(world, await world.person(), near, {
      title: "Chess Open",
      category: "games",
      startsAt: fromNow(24),
      endsAt: fromNow(30),
    });
    const none = await other.venue.event({ title: "Closed", startsAt: fromNow(48), endsAt: fromNow(50) }, []);
    const all = [event.id, other.event.id, none.id];
    const cases: [Record<string, unknown>, readonly Event[]][] = [
      [{ text: "NIGHT jaz" }, [event]],
      [{ text: " " }, [event, other.event, none]],
      [{ category: "games" }, [other.event]],
      [{ venueId: other.venue.id }, [other.event, none]],
      [{ organizerId: owner.id }, [event]],
      [{ startsAfter: fromNow(1) }, [other.event, none]],
      [{ startsBefore: fromNow(36) }, [event, other.event]],
      [{ available: false }, [none]],
      [{ available: true }, [event, other.event]],
      [{ venueId: venue.id, category: "games" }, []],
    ];
    expect(idsOf(await nearby(near))).toEqual(all);
    for (const [filter, events] of cases) {
      const found = await nearby(near, { filter });
      expect(idsOf(found), JSON.stringify(filter)).toEqual(events.map(({ id }) => id));
      expect(found.totalCount).toBe(events.length);
    }
  });

  it.each([[null], [{ text: "show" }]])(
    "are paged without a gap or a repeat while others are added, many at one place, by filter %j",
    async (filter) => {
      const near = filter === null ? at(-30, -100) : at(30, -100);
      const wanted: { id: string; place: number; starts: string }[] = [];
      for (const [place, location] of [near, near, at(near.latitude, -99.9)].entries()) {
        const venue = await world.venue({ location, gates: [] }, owner);
        for (const hours of [3, 1, 2, 1]) {
          const starts = fromNow(hours);
          const { id } = await venue.event({ startsAt: starts, endsAt: fromNow(9) });
          wanted.push({ id, place: Math.max(place, 1), starts });
        }
      }
      const key = ({ id, place, starts }: (typeof wanted)[number]) => `${place} ${starts} ${id}`;
      wanted.sort((a, b) => (key(a) < key(b) ? -1 : 1));
      const found: string[] = [];
      let after: string | null = null;
      for (let hasMore = true; hasMore; ) {
        const page: Nearby = await nearby(near, { first: 5, after, filter });
        expect(page.pageInfo).toMatchObject({
          hasPreviousPage: found.length > 0,
          startCursor: page.edges[0]?.cursor,
          endCursor: page.edges.at(-1)?.cursor,
        });
        expect(idsOf(page)).toEqual(page.edges.map(({ node }) => node.id));
        found.push(...idsOf(page));
        after = page.pageInfo.endCursor;
        hasMore = page.pageInfo.hasNextPage;
        if (found.length === 5) await eventAt(world, owner, near, { startsAt: fromNow(-1), endsAt: fromNow(9) });
      }
      expect(found).toEqual(wanted.map(({ id }) => id));
      expect(await nearby(near, { filter })).toMatchObject({ totalCount: wanted.length + 1 });
    },
  );

  it("at one place are told by their start, whichever of its venues they are at", async () => {
    const near = at(-75, 75);
    const wanted: string[] = [];
    for (const hours of [5, 4, 3, 2, 1]) {
      const input = { startsAt: fromNow(hours), endsAt: fromNow(9) };
      wanted.unshift((await eventAt(world, owner, near, input)).event.id);
    }
    const found: string[] = [];
    for (let after: string | null = null; found.length < wanted.length; ) {
      const page: Nearby = await nearby(near, { first: 1, after });
      found.push(...idsOf(page));
      after = page.pageInfo.endCursor;
    }
    expect(found).toEqual(wanted);
  });

  it("go on with a cursor under another radius and filter", async () => {
    const near = at(-60, 60);
    const first = await eventAt(world, owner, near);
    const second = await eventAt(world, owner, at(-60, 60.1), { category: "late" });
    const { pageInfo } = await nearby(near, { first: 1 });
    const more = await nearby(near, { after: pageInfo.endCursor, radiusKm: 6, filter: { category: "late" } });
    expect(idsOf(more)).toEqual([second.event.id]);
    expect(idsOf(await nearby(near))).toEqual([first.event.id, second.event.id]);
  });

  it("are nothing where there is nothing, with a page that says so", async () => {
    expect(await nearby(at(-70, -70), { radiusKm: 1 })).toEqual({
      totalCount: 0,
      nodes: [],
      edges: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    });
  });

  it.each([
    ["a latitude of 90.1", { latitude: 90.1, longitude: 0 }, {}, "near.latitude"],
    ["a latitude of -91", { latitude: -91, longitude: 0 }, {}, "near.latitude"],
    ["a longitude of 180.5", { latitude: 0, longitude: 180.5 }, {}, "near.longitude"],
    ["a longitude of -1e300", { latitude: 0, longitude: -1e300 }, {}, "near.longitude"],
    ["a radius of 0", at(0, 0), { radiusKm: 0 }, "radiusKm"],
    ["a radius of -1", at(0, 0), { radiusKm: -1 }, "radiusKm"],
    ["a radius of 50,000 km", at(0, 0), { radiusKm: 50_000 }, "radiusKm"],
    ["a page of 0", at(0, 0), { first: 0 }, "first"],
    ["a page of 101", at(0, 0), { first: 101 }, "first"],
    ["a forged cursor", at(0, 0), { after: "forged" }, "cursor"],
    ["a cursor of numbers that are none", at(0, 0), { after: cursorOf("0", "0", "NaN") }, "cursor"],
    ["a cursor of too large a number", at(0, 0), { after: cursorOf("0", "0", "1e999") }, "cursor"],
    ["a cursor of another place", at(0, 0), { after: cursorOf("0", "0.1", "0.5") }, "another place"],
    ["another list's cursor", at(0, 0), { after: Buffer.from('["Hall","x"]').toString("base64url") }, "cursor"],
    ["a text of 201 characters", at(0, 0), { filter: { text: "x".repeat(201) } }, "text"],
    ["an id of another kind", at(0, 0), { filter: { venueId: "evt_01h455vb4pex5vsknk084sn02q" } }, "ven_"],
  ])("refuse %s", async (_what, near, more, named) => {
    expect(await errorsOf(near, more)).toMatchObject([
      { path: ["eventsNearby"], message: expect.stringContaining(named), extensions: { code: "BAD_USER_INPUT" } },
    ]);
  });

  it.each(["1e999", "-1e999"])("refuse %s for any number", async (number) => {
    for (const given of [
      `near: { latitude: ${number}, longitude: 0 }`,
      `near: { latitude: 0, longitude: ${number} }`,
      `near: { latitude: 0, longitude: 0 }, radiusKm: ${number}`,
    ]) {
      expect(await world.anonymous.codes(`{ eventsNearby(${given}) { nodes { id } } }`)).toEqual(["BAD_USER_INPUT"]);
    }
  });
});

function cursorOf(latitude: string, longitude: string, chord: string): string {
  const values = [latitude, longitude, chord, "2026-01-01T00:00:00.000000Z", "018f8f8f-0000-7000-8000-000000000000"];
  return Buffer.from(JSON.stringify(values)).toString("base64url");
}
