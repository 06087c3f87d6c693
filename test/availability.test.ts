import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Client } from "./setup/client.js";
import { cancel, eventWith, held, pay } from "./setup/sales.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { type Event, made, type Person, type Venue, World } from "./setup/world.js";

interface Seen {
  readonly availabilityChanged: {
    readonly id: string;
    readonly ticketsAvailable: number;
    readonly ticketTypes: readonly { readonly reserved: number; readonly sold: number; readonly available: number }[];
  };
}

const WATCH = `subscription ($id: ID!) { availabilityChanged(eventId: $id) {
  id ticketsAvailable ticketTypes { reserved sold available } } }`;

let gatehouse: TestGatehouse;
let world: World;
let venue: Venue;
let buyer: Person;
beforeAll(async () => {
  gatehouse = await startGatehouse({ redisUrl: inject("redisUrl"), holdSeconds: 3 });
  world = new World(gatehouse.url);
  venue = await world.venue();
  buyer = await world.person("Buyer");
});
afterAll(() => gatehouse.close());

const watch = (client: Client, { id }: Event) => client.subscribe<Seen>(WATCH, { id });
const counts = ({ availabilityChanged: { ticketTypes } }: Seen) => ticketTypes[0];

describe("availabilityChanged", () => {
  it("tells anybody the present state at once, then every hold, payment and cancellation", async () => {
    const event = await eventWith(venue, 5);
    await using watching = watch(world.anonymous, event);
    expect(counts(await watching.next())).toEqual({ reserved: 0, sold: 0, available: 5 });
    const first = await held(buyer.client, event, { Standard: 2 });
    expect(counts(await watching.next(1_000))).toEqual({ reserved: 2, sold: 0, available: 3 });
    await pay(buyer.client, first);
    expect(counts(await watching.next(1_000))).toEqual({ reserved: 0, sold: 2, available: 3 });
    const second = await held(buyer.client, event);
    expect(counts(await watching.next(1_000))).toEqual({ reserved: 1, sold: 2, available: 2 });
    await cancel(buyer.client, second);
    expect(counts(await watching.next(1_000))).toEqual({ reserved: 0, sold: 2, available: 3 });
    expect(watching.messages).toHaveLength(5);
  });

  it("tells that a hold has run out, within seconds", async () => {
    const event = await eventWith(venue, 5);
    await using watching = watch(world.anonymous, event);
    await held(buyer.client, event, { Standard: 2 });
    await watching.waitFor((seen) => counts(seen)?.reserved === 2);
    expect(counts(await watching.next(6_000))).toEqual({ reserved: 0, sold: 0, available: 5 });
  });

  it("tells those who watch through another node", async () => {
    await using other = await startGatehouse({ databaseUrl: gatehouse.databaseUrl, redisUrl: inject("redisUrl") });
    const event = await eventWith(venue, 5);
    await using watching = watch(new World(other.url).anonymous, event);
    await watching.next();
    await held(buyer.client, event);
    expect(counts(await watching.next(1_000))).toMatchObject({ reserved: 1 });
  });

  it("is forbidden of what one may not see and of what is not there", async () => {
    const draft = await venue.event({ publish: false });
    for (const client of [world.anonymous, buyer.client]) {
      await using watching = watch(client, draft);
      expect((await watching.failure())?.errors[0]?.extensions?.["code"]).toBe("FORBIDDEN");
    }
    await using owners = watch(venue.owner.client, draft);
    expect((await owners.next()).availabilityChanged.id).toBe(draft.id);
    await using nowhere = world.anonymous.subscribe(WATCH, { id: draft.id.replace(/.{4}$/, "0000") });
    expect((await nowhere.failure())?.errors[0]?.extensions?.["code"]).toBe("FORBIDDEN");
  });

  it("ends within two seconds when the session does", async () => {
    const person = await world.person();
    await using watching = watch(person.client, await eventWith(venue, 5));
    await watching.next();
    await person.client.ok("mutation { logout { ok } }");
    expect(await watching.failure(2_000)).not.toBeNull();
  });

  it("tells that nothing is left when the event is cancelled", async () => {
    const event = await eventWith(venue, 5);
    await using watching = watch(world.anonymous, event);
    await watching.next();
    await made(venue.owner.client, "cancelEvent", "EventIdInput", "event { id }", { eventId: event.id });
    expect((await watching.next(3_000)).availabilityChanged.ticketsAvailable).toBe(0);
  });
});
