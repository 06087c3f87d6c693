import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { decodeId } from "../src/schema/ids.js";
import { Client } from "./setup/client.js";
import { fromNow, openDoors } from "./setup/doors.js";
import type { Subscription } from "./setup/subscription.js";
import { startTwoNodes } from "./setup/two-nodes.js";
import { made, recordScan, uploadScans, type Venue } from "./setup/world.js";

type Screen = Subscription<{ readonly scan: { readonly id: string; readonly key: string } }>;

const nodes = startTwoNodes();

const QUERY = `subscription ($venueId: ID!, $gateId: ID, $after: ID) {
  scan: scanRecorded(venueId: $venueId, gateId: $gateId, after: $after) { id key } }`;

const watch = (
  venue: Venue,
  more: Record<string, unknown> = {},
  { url } = nodes.near,
  { client } = venue.owner,
): Screen => new Client(url, client.token).subscribe(QUERY, { venueId: venue.id, ...more });

const keys = ({ messages }: Screen): string[] => messages.map(({ scan }) => scan.key);

async function expectKeys(screen: Screen, expected: readonly string[]): Promise<void> {
  await expect.poll(() => keys(screen), { timeout: 5_000 }).toEqual(expected);
}

async function scan(client: Client, key: string, more: Record<string, unknown> = {}): Promise<string> {
  const { scan: recorded } = await recordScan(client, { code: "nobody", direction: "EXIT", key, ...more });
  return recorded?.id ?? "";
}

const numbered = (count: number, name = "k"): string[] =>
  Array.from({ length: count }, (_, index) => `${name}${index}`);

const offline = (key: string) => ({ key, code: "nobody", direction: "EXIT", scannedAt: fromNow(-1) });

describe("whoever watches a venue's scans is sent", () => {
  it("each as it is committed, of both nodes, in the order of the commits", async () => {
    const { venue, client } = await openDoors(nodes.world);
    const first = await scan(client, "first");
    const screens = [nodes.near, nodes.far].map((node) => watch(venue, { after: first }, node));
    const away = new Client(nodes.far.url, client.token);
    for (const [index, key] of numbered(12).entries()) await scan(index % 2 === 0 ? client : away, key);
    for (const screen of screens) {
      await expectKeys(screen, numbered(12));
      await screen.close();
    }
  });

  it("first what was committed since a scan, page after page, and then live, none missed and none twice", async () => {
    const { venue, client } = await openDoors(nodes.world);
    const first = await scan(client, "first");
    const old = numbered(1_300, "old");
    await uploadScans(client, old.slice(0, 700).map(offline));
    await uploadScans(client, old.slice(700).map(offline));
    await using screen = watch(venue, { after: first }, nodes.far);
    const live = numbered(40, "live");
    for (const key of live) await scan(client, key);
    await expectKeys(screen, [...old, ...live]);
  });

  it("without a scan to begin after, what is committed from then on", async () => {
    const { venue, client } = await openDoors(nodes.world);
    await scan(client, "before");
    await using screen = watch(venue);
    for (let round = 0; screen.messages.length === 0; round += 1) await scan(client, `probe${round}`);
    await scan(client, "after");
    await expect.poll(() => keys(screen).at(-1)).toBe("after");
    expect(keys(screen)).not.toContain("before");
  });

  it("those of one gate, where one is named", async () => {
    const { venue, client } = await openDoors(nodes.world, { venue: { gates: ["A", "B"] } });
    const first = await scan(client, "first");
    const other = (await venue.device("B")).client;
    await using screen = watch(venue, { after: first, gateId: venue.gate("B") });
    await scan(client, "at A");
    await scan(other, "at B");
    await scan(client, "again at A");
    await scan(other, "again at B");
    await expectKeys(screen, ["at B", "again at B"]);
  });

  it("a refusal, a replay never again, and an automatic exit", async () => {
    const { venue, client, event } = await openDoors(nodes.world, { codes: ["T1"] });
    const first = await scan(client, "first");
    await using screen = watch(venue, { after: first });
    await scan(client, "in", { code: "T1", direction: "ENTRY" });
    await scan(client, "in", { code: "T1", direction: "ENTRY" });
    await scan(client, "refused", { code: "T1", direction: "ENTRY" });
    const now = new Date().toISOString();
    await made(venue.owner.client, "updateEvent", "UpdateEventInput", "event { id }", {
      eventId: event.id,
      endsAt: now,
      autoExitAt: now,
    });
    await expect.poll(() => screen.messages.length, { timeout: 10_000 }).toBe(3);
    expect(keys(screen).slice(0, 2)).toEqual(["in", "refused"]);
  });
});

describe("an `after` is refused that", () => {
  const refused = async (venue: Venue, after: string) => (await watch(venue, { after }).failure())?.errors[0];

  it("is of no scan of the venue", async () => {
    const { venue } = await openDoors(nodes.world);
    const elsewhere = await openDoors(nodes.world);
    const other = await scan(elsewhere.client, "other");
    for (const after of [other, "scn_01h455vb4pex5vsknk084sn02q", venue.id]) {
      expect((await refused(venue, after))?.extensions).toMatchObject({ code: "BAD_USER_INPUT" });
    }
  });

  it("is farther back than can be read at once, and is told where to read it", async () => {
    const { venue, client } = await openDoors(nodes.world);
    const first = await scan(client, "first");
    await nodes.near.sql("update occupancies set version = version + 100001 where id = $1", [
      decodeId("ven", venue.id),
    ]);
    const error = await refused(venue, first);
    expect(error).toMatchObject({
      message: expect.stringMatching(/100,000.*Gate\.scans/),
      extensions: { code: "BAD_USER_INPUT" },
    });
  });
});

it("is for the owner and staff alone", async () => {
  const { venue, client } = await openDoors(nodes.world);
  for (const viewer of [client, nodes.world.anonymous, (await nodes.world.person()).client]) {
    const { errors } = (await watch(venue, {}, nodes.near, { ...venue.owner, client: viewer }).failure()) ?? {
      errors: [],
    };
    expect(errors[0]?.extensions).toMatchObject({ code: "FORBIDDEN" });
  }
  const staff = await venue.staff();
  await using screen = watch(venue, { after: await scan(client, "first") }, nodes.near, staff);
  await scan(client, randomUUID());
  await screen.next();
});
