import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeId } from "../src/schema/ids.js";
import { fromNow } from "./setup/doors.js";
import { at, eventAt, type Location } from "./setup/places.js";
import { cancel, held, pay } from "./setup/sales.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { type Event, made, type Person, World } from "./setup/world.js";

const RECOMMENDED = "query ($first: Int) { recommendedEvents(first: $first) { id } }";
const HOME = at(48, 11);

let gatehouse: TestGatehouse;
let world: World;
let owner: Person;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
  owner = await world.person("Owner");
});
afterAll(() => gatehouse.close());

/** What is recommended, of these events alone: other tests make theirs beside them. */
async function recommended(person: Person, events: readonly Event[]): Promise<string[]> {
  const { recommendedEvents } = await person.client.ok<{ recommendedEvents: { id: string }[] }>(RECOMMENDED, {
    first: 100,
  });
  const known = new Map(events.map(({ id }, index) => [id, String.fromCharCode(65 + index)]));
  return recommendedEvents.flatMap(({ id }) => known.get(id) ?? []);
}

async function personAt(location: Location | null): Promise<Person> {
  const person = await world.person("Fan");
  if (location !== null) {
    await made(person.client, "updateProfile", "UpdateProfileInput", "user { id }", { location });
  }
  return person;
}

/** Events in the order given, each at a venue and of an organizer of its own unless it says otherwise. */
async function events(
  ...places: readonly [Location | undefined, Record<string, unknown>?, Person?][]
): Promise<Event[]> {
  const all: Event[] = [];
  for (const [location, input = {}, organizer] of places) {
    all.push((await eventAt(world, organizer ?? (await world.person()), location, input)).event);
  }
  return all;
}

const sell = (event: Event, count: number) =>
  event.tickets(Array.from({ length: count }, (_, index) => `${event.id} ${index}`));
const give = (event: Event, { email: holderEmail }: Person) =>
  event.tickets([`for ${holderEmail}`], "Standard", { holderEmail });

describe("recommended events", () => {
  it("are for users who have signed in", async () => {
    const device = await (await world.venue()).device();
    expect(await world.anonymous.codes(RECOMMENDED)).toEqual(["UNAUTHENTICATED"]);
    expect(await device.client.codes(RECOMMENDED)).toEqual(["FORBIDDEN"]);
  });

  it.each([0, -1, 101])("are from 1 to 100, not %j", async (first) => {
    const { body } = await owner.client.request(RECOMMENDED, { first });
    expect(body.errors).toMatchObject([{ path: ["recommendedEvents"], extensions: { code: "BAD_USER_INPUT" } }]);
  });

  it("are ten unless more or fewer are asked for", async () => {
    const venue = await world.venue({}, owner);
    for (let count = 0; count < 12; count += 1) await venue.event();
    const person = await world.person();
    const count = async (given: string) =>
      (await person.client.ok<{ recommendedEvents: unknown[] }>(`{ recommendedEvents${given} { id } }`))
        .recommendedEvents.length;
    expect(await count("")).toBe(10);
    expect(await count("(first: null)")).toBe(10);
    expect(await count("(first: 3)")).toBe(3);
    expect(await count("(first: 11)")).toBe(11);
  });

  it("are near the user first, wherever on the globe", async () => {
    for (const [home, ...places] of [
      [HOME, at(48.05, 11), at(48.2, 11), at(48.7, 11), at(50, 11), at(60, 11)],
      [at(0, 179.99), at(0, -179.97), at(0, -179.8), at(0, 179.3), at(2, -179), at(2, 150)],
    ] as const) {
      const found = await events(...[...places].reverse().map((place) => [place] as [Location]));
      expect(await recommended(await personAt(home), found)).toEqual(["E", "D", "C", "B", "A"]);
    }
  });

  it("are like what the user holds tickets for: of its category, venue and organizer", async () => {
    const person = await personAt(null);
    const organizer = await world.person();
    const { venue, event: kept } = await eventAt(world, organizer, undefined, { category: "jazz" });
    await give(kept, person);
    const [other, sameOrganizer, sameCategory] = (await events(
      [undefined],
      [undefined, {}, organizer],
      [undefined, { category: "jazz" }],
    )) as [Event, Event, Event];
    const sameVenue = await venue.event();
    const all = await venue.event({ category: "jazz" });
    await sell(sameVenue, 1);
    expect(await recommended(person, [other, sameOrganizer, sameCategory, sameVenue, all, kept])).toEqual(
      // The category weighs as much as venue and organizer together, and of equals the popular one is first.
      ["E", "D", "C", "B", "A"],
    );
  });

  it("are like what the user went to, though it is over", async () => {
    const person = await personAt(null);
    const [past] = (await events([undefined, { category: "opera", startsAt: fromNow(-9), endsAt: fromNow(-5) }])) as [
      Event,
    ];
    await give(past, person);
    const found = await events([undefined, { category: "polka" }], [undefined, { category: "opera" }]);
    expect(await recommended(person, [...found, past])).toEqual(["B", "A"]);
  });

  it("weigh likeness against place: alike 100 km away is worth as much as around the corner", async () => {
    const home = at(-40, 20);
    const person = await personAt(home);
    const [kept] = (await events([undefined, { category: "chess" }])) as [Event];
    await give(kept, person);
    const found = (await events(
      [at(-40, 20.02)],
      [at(-40.8, 20), { category: "chess" }],
      [at(-41.5, 20), { category: "chess" }],
    )) as [Event, Event, Event];
    expect(await recommended(person, found)).toEqual(["A", "B", "C"]);
    await sell(found[1], 1);
    expect(await recommended(person, found)).toEqual(["B", "A", "C"]);
    await sell(found[2], 5);
    expect(await recommended(person, found)).toEqual(["B", "A", "C"]);
  });

  it("are the popular first among equals, then the nearer, then those that start first", async () => {
    const home = at(10, -60);
    const later = { startsAt: fromNow(4), endsAt: fromNow(8) };
    const found = (await events(
      [at(10, -60.03)],
      [at(10, -60.01), later],
      [at(10, -60.01)],
      [at(10, -60.05)],
    )) as Event[];
    const person = await personAt(home);
    expect(await recommended(person, found)).toEqual(["C", "B", "A", "D"]);
    await sell(found[3] as Event, 2);
    await sell(found[0] as Event, 1);
    expect(await recommended(person, found)).toEqual(["D", "A", "C", "B"]);
    for (let times = 0; times < 3; times += 1) expect(await recommended(person, found)).toEqual(["D", "A", "C", "B"]);
  });

  it("never are what the user holds a ticket for, paid or kept, until it is cancelled or has run out", async () => {
    const person = await personAt(at(-10, -30));
    const found = (await events([at(-10, -30)], [at(-10, -30)], [at(-10, -30)], [at(-10, -30)])) as [
      Event,
      Event,
      Event,
      Event,
    ];
    const [issued, kept, bought, lapsed] = found;
    expect((await recommended(person, found)).toSorted()).toEqual(["A", "B", "C", "D"]);
    const [ticketId] = await give(issued, person);
    const reservation = await held(person.client, kept);
    await pay(person.client, await held(person.client, bought));
    const late = await held(person.client, lapsed);
    expect(await recommended(person, found)).toEqual([]);
    await gatehouse.sql("update tickets set held_until = now() - interval '1 second' where reservation_id = $1", [
      decodeId("rsv", late.id),
    ]);
    expect(await recommended(person, found)).toEqual(["D"]);
    await cancel(person.client, reservation);
    await made(issued.venue.owner.client, "cancelTicket", "TicketIdInput", "ticket { id }", { ticketId });
    expect((await recommended(person, found)).toSorted()).toEqual(["A", "B", "D"]);
  });

  it("are published and not yet over, for their own organizer too", async () => {
    const home = at(70, 70);
    await made(owner.client, "updateProfile", "UpdateProfileInput", "user { id }", { location: home });
    const { venue, event } = await eventAt(world, owner, home);
    const draft = await venue.event({ publish: false });
    const cancelled = await venue.event();
    await made(owner.client, "cancelEvent", "EventIdInput", "event { id }", { eventId: cancelled.id });
    const over = await venue.event({ startsAt: fromNow(-3), endsAt: fromNow(-0.001) });
    for (const person of [owner, await personAt(home), await venue.staff()]) {
      expect(await recommended(person, [event, draft, cancelled, over])).toEqual(["A"]);
    }
  });

  it("are there for a user without a place or a ticket: the popular first", async () => {
    const found = (await events([undefined], [HOME], [undefined])) as [Event, Event, Event];
    await sell(found[1], 7);
    await sell(found[2], 9);
    expect(await recommended(await personAt(null), found)).toEqual(["C", "B", "A"]);
  });
});
