import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { decodeId, encodeId } from "../src/schema/ids.js";
import { Client, on } from "./setup/client.js";
import { enter } from "./setup/doors.js";
import { readVenue, watchGate, watchVenue } from "./setup/screens.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { made, mutate, type Person, type Venue, World } from "./setup/world.js";

/** The contract's. */
const END_MILLISECONDS = 2_000;
/** Less than the second after which a node looks without having been told. */
const TOLD_MILLISECONDS = 900;

const FORBIDDEN = { errors: [{ extensions: { code: "FORBIDDEN" } }] };
const CLOSED = { closeCode: 4403 };

describe("to subscribe", () => {
  let gatehouse: TestGatehouse;
  let world: World;
  let secluded: Venue;
  let open: Venue;
  beforeAll(async () => {
    gatehouse = await startGatehouse();
    world = new World(gatehouse.url);
    secluded = await world.venue();
    open = await world.venue({ publicOccupancy: true });
  });
  afterAll(async () => {
    await expectCountsRight(gatehouse);
    await gatehouse.close();
  });

  async function admin(): Promise<Person> {
    const person = await world.person("Admin");
    await gatehouse.sql("update users set role = 'ADMIN' where id = $1", [decodeId("usr", person.id)]);
    return person;
  }

  /** Two venues' counts and their gates', each shown or refused. */
  async function expectShown(client: Client, isShown: { open: boolean; secluded: boolean }): Promise<void> {
    for (const [venue, expected] of [
      [open, isShown.open],
      [secluded, isShown.secluded],
    ] as const) {
      await using counts = watchVenue(client, venue.id);
      await using gateCounts = watchGate(client, venue.gate());
      if (expected) {
        expect((await counts.next()).state.venue.id).toBe(venue.id);
        expect((await gateCounts.next()).state.gate.id).toBe(venue.gate());
      } else {
        expect(await counts.failure()).toMatchObject(FORBIDDEN);
        expect(await gateCounts.failure()).toMatchObject(FORBIDDEN);
        expect([counts.messages, gateCounts.messages]).toEqual([[], []]);
      }
    }
  }

  it("is for anybody where the counts are public, and else for nobody from outside", async () => {
    const outsiders = [
      world.anonymous,
      (await world.person()).client,
      open.owner.client,
      (await open.staff()).client,
      (await open.device()).client,
    ];
    await Promise.all(outsiders.map((client) => expectShown(client, { open: true, secluded: false })));
  });

  it("is for the owner, staff, devices and admins", async () => {
    const insiders = [
      secluded.owner.client,
      (await secluded.staff()).client,
      (await secluded.device()).client,
      (await admin()).client,
    ];
    await Promise.all(insiders.map((client) => expectShown(client, { open: true, secluded: true })));
  });

  it("to what is not there is refused just as to what one may not read", async () => {
    const nothing = randomUUID();
    for (const client of [world.anonymous, secluded.owner.client, (await admin()).client]) {
      await using counts = watchVenue(client, encodeId("ven", nothing));
      await using gateCounts = watchGate(client, encodeId("gat", nothing));
      expect(await counts.failure()).toMatchObject(FORBIDDEN);
      expect(await gateCounts.failure()).toMatchObject(FORBIDDEN);
    }
    await using hidden = watchVenue(world.anonymous, secluded.id);
    await using missing = watchVenue(world.anonymous, encodeId("ven", nothing));
    const messages = [await hidden.failure(), await missing.failure()].map((failure) => failure?.message);
    expect(messages[0]).toBe(messages[1]);
  });

  it("by an id that is malformed or of another kind is bad input", async () => {
    const badInput = { errors: [{ extensions: { code: "BAD_USER_INPUT" } }] };
    for (const id of ["", "nonsense", secluded.gate(), `${secluded.id}x`]) {
      await using counts = watchVenue(secluded.owner.client, id);
      expect(await counts.failure(), id).toMatchObject(badInput);
    }
    await using gateCounts = watchGate(secluded.owner.client, secluded.id);
    expect(await gateCounts.failure()).toMatchObject(badInput);
  });

  it("with a token that is not good closes the socket", async () => {
    const revoked = await open.device();
    await made(open.owner.client, "revokeDevice", "RevokeDeviceInput", "device { id }", { deviceId: revoked.id });
    for (const token of ["nonsense", revoked.token, `${open.owner.client.token}x`]) {
      await using counts = watchVenue(world.anonymous.as(token), open.id);
      expect(await counts.failure()).toMatchObject(CLOSED);
    }
  });

  it("holds no longer than the access token, even if the session goes on", async () => {
    await using short = await startGatehouse({ databaseUrl: gatehouse.databaseUrl, accessTokenSeconds: 3 });
    const { email, password } = secluded.owner;
    const anonymous = new Client(short.url);
    const selection = "accessToken refreshToken expiresAt";
    type Session = { accessToken: string; refreshToken: string; expiresAt: string };
    const first = await made<Session>(anonymous, "login", "LoginInput", selection, { email, password });
    await using counts = watchVenue(anonymous.as(first.accessToken), secluded.id);
    await using gateCounts = watchGate(anonymous.as(first.accessToken), secluded.gate());
    await Promise.all([counts.next(), gateCounts.next()]);
    await sleep(1_100);
    const { refreshToken } = first;
    const second = await made<Session>(anonymous, "refreshSession", "RefreshSessionInput", selection, { refreshToken });
    await using fresh = watchVenue(anonymous.as(second.accessToken), secluded.id);
    await fresh.next();
    for (const screen of [counts, gateCounts]) {
      expect(await screen.failure(Date.parse(first.expiresAt) + END_MILLISECONDS - Date.now())).toMatchObject(CLOSED);
      expect(Date.now()).toBeGreaterThan(Date.parse(first.expiresAt) - 50);
    }
    expect(fresh.ended).toBe(false);
    expect(await fresh.failure(Date.parse(second.expiresAt) + END_MILLISECONDS - Date.now())).toMatchObject(CLOSED);
  });
});

interface Ending {
  /** Who watches, and whether the socket is closed or the operation alone ended. */
  readonly viewer: (venue: Venue) => Promise<{ client: Client; end: () => Promise<unknown> }>;
  readonly told: object;
}

const ENDINGS: Readonly<Record<string, Ending>> = {
  "a revoked device": {
    viewer: async (venue) => {
      const { id: deviceId, client } = await venue.device();
      const end = () => made(venue.owner.client, "revokeDevice", "RevokeDeviceInput", "device { id }", { deviceId });
      return { client, end };
    },
    told: CLOSED,
  },
  "removed staff": {
    viewer: async (venue) => {
      const { client, email } = await venue.staff();
      const input = { venueId: venue.id, email };
      const end = () => made(venue.owner.client, "removeVenueStaff", "VenueStaffInput", "venue { id }", input);
      return { client, end };
    },
    told: FORBIDDEN,
  },
  "who has logged out": {
    viewer: async (venue) => {
      const { client } = await venue.staff();
      return { client, end: () => client.ok("mutation { logout { ok } }") };
    },
    told: CLOSED,
  },
  "whose refresh token was used twice": {
    viewer: async (venue) => {
      const { client, refreshToken } = await venue.staff();
      const use = () =>
        mutate(venue.world.anonymous, "refreshSession", "RefreshSessionInput", "accessToken", { refreshToken });
      expect((await use()).userErrors).toEqual([]);
      return { client, end: async () => expect((await use()).userErrors).toMatchObject([{ code: "BAD_CREDENTIALS" }]) };
    },
    told: CLOSED,
  },
  "the public, when the counts are public no longer": {
    viewer: async (venue) => {
      const publish = (publicOccupancy: boolean) =>
        made(venue.owner.client, "updateVenue", "UpdateVenueInput", "venue { id }", {
          venueId: venue.id,
          publicOccupancy,
        });
      await publish(true);
      return { client: venue.world.anonymous, end: () => publish(false) };
    },
    told: FORBIDDEN,
  },
};

/** The node on which rights end, and the one on which the screens are. */
const TOPOLOGIES = {
  "on the same node": { redis: false, isSame: true, within: TOLD_MILLISECONDS },
  "on another node": { redis: true, isSame: false, within: TOLD_MILLISECONDS },
  "on another node that is not told": { redis: false, isSame: false, within: END_MILLISECONDS },
} as const;

describe.each(Object.entries(TOPOLOGIES))("%s, the subscriptions end", (_name, { redis, isSame, within }) => {
  let near: TestGatehouse;
  let far: TestGatehouse;
  let venue: Venue;
  beforeAll(async () => {
    const redisUrl = redis ? inject("redisUrl") : null;
    near = await startGatehouse({ redisUrl });
    far = isSame ? near : await startGatehouse({ redisUrl, databaseUrl: near.databaseUrl });
    venue = await new World(near.url).venue();
    await (await venue.event()).tickets(Object.keys(ENDINGS));
  });
  afterAll(async () => {
    await expectCountsRight(near);
    await Promise.all([near.close(), far.close()]);
  });

  it.each(Object.entries(ENDINGS))("of %s, nobody else's", async (name, { viewer, told }) => {
    const { client, end } = await viewer(venue);
    const other = await venue.staff();
    await using counts = watchVenue(on(far, client), venue.id);
    await using gateCounts = watchGate(on(far, client), venue.gate());
    await using others = watchVenue(on(far, other.client), venue.id);
    await Promise.all<unknown>([counts.next(), gateCounts.next(), others.next()]);
    await end();
    const ended = performance.now();
    const failures = await Promise.all([counts.failure(), gateCounts.failure()]);
    expect(performance.now() - ended).toBeLessThan(within);
    for (const failure of failures) expect(failure).toMatchObject(told);

    await enter(on(far, venue.owner.client), name, { gateId: venue.gate() });
    const { inside } = await readVenue(venue.owner.client, venue.id);
    await others.waitFor(({ state }) => state.inside === inside);
    expect(counts.messages.length + gateCounts.messages.length).toBe(2);
    await using again = watchVenue(on(far, client), venue.id);
    expect(await again.failure()).toMatchObject(told);
    expect(others.ended).toBe(false);
  });
});
