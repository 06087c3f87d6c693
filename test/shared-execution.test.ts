import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Client } from "./setup/client.js";
import { enter, leave, openDoors } from "./setup/doors.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import type { Subscription } from "./setup/subscription.js";
import { expectCountsRight } from "./setup/verify.js";
import { made, type Person, type Venue, World } from "./setup/world.js";

/** Longer than the second after which a node looks again who stands as what. */
const HEARD_MILLISECONDS = 1_200;

let gatehouse: TestGatehouse;
let world: World;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
});
afterAll(async () => {
  await expectCountsRight(gatehouse);
  await gatehouse.close();
});

type Counts = Subscription<{ counts: { inside: number; events: { event: { title: string } }[] } }>;
type Scans = Subscription<{
  scan: { ticket: { code: string | null; holder: { name: string; email: string | null } | null } };
}>;

const watchCounts = (client: Client, venue: Venue): Counts =>
  client.subscribe(
    "subscription ($id: ID!) { counts: occupancyChanged(venueId: $id) { inside events { event { title } } } }",
    { id: venue.id },
  );

const watchScans = (client: Client, venue: Venue): Scans =>
  client.subscribe(
    "subscription ($id: ID!) { scan: scanRecorded(venueId: $id) { ticket { code holder { name email } } } }",
    { id: venue.id },
  );

type Message = Counts["messages"][number];

const titles = ({ counts }: Message): string[] => counts.events.map(({ event }) => event.title).sort();

it("sends each what its own variables ask for, those of a default too, also where the document is the same", async () => {
  const { venue, client } = await openDoors(world, { venue: { publicOccupancy: true } });
  const document = `subscription ($id: ID!, $withGates: Boolean! = true) {
    counts: occupancyChanged(venueId: $id) { inside gates @include(if: $withGates) { inside } } }`;
  const asked = [{}, { withGates: false }, { withGates: true }, { withGates: false, ignored: [1] }];
  const screens = asked.map((more) =>
    client.subscribe<{ counts: { inside: number; gates?: unknown[] } }>(document, { id: venue.id, ...more }),
  );
  for (const screen of screens) await screen.next();
  await enter(client, "T1");
  const has: boolean[] = [];
  for (const screen of screens) {
    const { counts } = await screen.waitFor(({ counts }) => counts.inside === 1);
    has.push(counts.gates !== undefined);
    await screen.close();
  }
  expect(has).toEqual([true, false, true, false]);
});

describe("subscribers who ask the same", () => {
  it("are sent what their own standing lets them see, whoever is served first", async () => {
    const { venue, client } = await openDoors(world, { venue: { publicOccupancy: true }, event: { title: "Open" } });
    await venue.event({ title: "Draft", publish: false });
    const staff = await venue.staff();
    const crew = [venue.owner.client, staff.client, client];
    const others = [world.anonymous, (await world.person()).client];
    for (const first of [crew, others]) {
      const order = first === crew ? [...crew, ...others] : [...others, ...crew];
      const screens = order.map((viewer) => ({ viewer, screen: watchCounts(viewer, venue) }));
      for (const { screen } of screens) await screen.next();
      await enter(client, "T1");
      for (const { viewer, screen } of screens) {
        const message = await screen.waitFor(({ counts }) => counts.inside === 1);
        expect(titles(message)).toEqual(crew.includes(viewer) ? ["Draft", "Open"] : ["Open"]);
        await screen.close();
      }
      await leave(client, "T1");
    }
  });

  it("are each sent by themselves what only one of them may see", async () => {
    const { venue, event, client } = await openDoors(world);
    const viewers: Person[] = [await venue.staff(), venue.owner, await venue.staff()];
    for (const [index, { email }] of viewers.entries()) {
      await event.tickets([`H${index}`], "Standard", { holderEmail: email });
    }
    const screens = viewers.map((viewer) => watchScans(viewer.client, venue));
    while (screens.some(({ messages }) => messages.length === 0)) await scanTwice(client, "T1");
    for (const index of viewers.keys()) await enter(client, `H${index}`);
    for (const [which, { email }] of viewers.entries()) {
      const screen = screens[which] as Scans;
      await expect.poll(() => emails(screen).length, { timeout: 5_000 }).toBe(viewers.length);
      expect(emails(screen)).toEqual(viewers.map((holder) => (holder.email === email ? email : null)));
      await screen.close();
    }
  });

  it("are no longer sent what a standing let them see that they have lost", async () => {
    const { venue, client } = await openDoors(world, { venue: { publicOccupancy: true }, event: { title: "Open" } });
    await venue.event({ title: "Draft", publish: false });
    const [leaving, staying] = [await venue.staff(), await venue.staff()];
    const screens = [watchCounts(leaving.client, venue), watchCounts(staying.client, venue)] as const;
    for (const screen of screens) expect(titles(await screen.next())).toEqual(["Draft", "Open"]);
    await made(venue.owner.client, "removeVenueStaff", "VenueStaffInput", "venue { id }", {
      venueId: venue.id,
      email: leaving.email,
    });
    await sleep(HEARD_MILLISECONDS);
    await enter(client, "T1");
    for (const [index, expected] of [["Open"], ["Draft", "Open"]].entries()) {
      const counts = await screens[index]?.waitFor(({ counts: { inside } }) => inside === 1);
      expect(counts === undefined ? [] : titles(counts)).toEqual(expected);
      await screens[index]?.close();
    }
  });
});

async function scanTwice(client: Client, code: string): Promise<void> {
  await enter(client, code);
  await leave(client, code);
}

/** Of the holders of the tickets that were told of, without the one that nobody holds. */
const emails = ({ messages }: Scans): (string | null)[] =>
  messages.flatMap(({ scan: { ticket } }) => (ticket.holder === null ? [] : [ticket.holder.email]));
