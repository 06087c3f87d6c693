import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Client } from "./setup/client.js";
import { interfere, untilAsleep } from "./setup/interference.js";
import { codes, type Outcome, tryScan } from "./setup/race.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { made, type Person, type Venue, World } from "./setup/world.js";

const LANES = 6;
const SCANS = 240;

let gatehouse: TestGatehouse;
let world: World;
let owner: Person;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
  owner = await world.person("Owner");
});
afterEach(() => expectCountsRight(gatehouse));
afterAll(() => gatehouse.close());

/** Enters with every code, in several lanes side by side. Calls `onAnswer` with the number of the answers so far. */
async function enterAll(
  clients: readonly Client[],
  input: Record<string, unknown>,
  onAnswer: (answers: number) => void = () => {},
): Promise<Outcome[]> {
  const rest = codes(SCANS);
  const outcomes: Outcome[] = [];
  const lane = async (client: Client) => {
    for (let code = rest.shift(); code !== undefined; code = rest.shift()) {
      outcomes.push(await tryScan(client, { ...input, code }));
      onAnswer(outcomes.length);
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_, index) => lane(clients[index % clients.length] as Client)));
  return outcomes;
}

/** Runs `change` once that many scans were answered, while the others are under way. */
function afterAnswers(answers: number, change: () => Promise<unknown>) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const changed = promise.then(change);
  return { changed, onAnswer: (count: number) => (count === answers ? resolve() : undefined) };
}

const venueWithTickets = async (input: Record<string, unknown> = {}): Promise<Venue> => {
  const venue = await world.venue(input, owner);
  await (await venue.event()).tickets(codes(SCANS));
  return venue;
};

const storedKeys = async (since: string): Promise<string[]> =>
  (await gatehouse.sql<{ key: string }>("select key from scans where received_at > $1 order by key", [since])).map(
    ({ key }) => key,
  );

const databaseTime = async (): Promise<string> =>
  (await gatehouse.sql<{ now: string }>("select clock_timestamp()::text as now"))[0]?.now ?? "";

describe("a right that ends while its scans are under way", () => {
  it.each(["device", "staff"] as const)(
    "stops the %s: what was acknowledged is stored, and nothing else",
    async (who) => {
      for (let round = 0; round < 2; round += 1) {
        const venue = await venueWithTickets();
        const { client, input, end, refusal } = await scanner(venue, who);
        const begun = await databaseTime();
        let storedAtTheEnd: string[] = [];
        const ending = afterAnswers(20, async () => {
          await end();
          storedAtTheEnd = await storedKeys(begun);
        });
        const outcomes = await enterAll([client], input, ending.onAnswer);
        await ending.changed;

        const acknowledged = outcomes.filter(({ id }) => id !== null);
        expect(acknowledged.every(({ outcome }) => outcome === "ACCEPTED")).toBe(true);
        const others = outcomes.filter(({ id }) => id === null).map(({ outcome }) => outcome);
        expect(new Set(others)).toEqual(new Set([refusal]));
        expect(await storedKeys(begun)).toEqual(acknowledged.map(({ key }) => key).sort());
        expect(await storedKeys(begun)).toEqual(storedAtTheEnd);
      }
    },
  );

  it.each(["device", "staff"] as const)(
    "is told to have ended once the scan of the %s that was already decided is stored",
    async (who) => {
      const venue = await venueWithTickets();
      const { client, input, end } = await scanner(venue, who);
      const slow = `SLOW ${who}`;
      await interfere(gatehouse, { when: `new.code = '${slow}'`, run: "perform pg_sleep(0.3);" });
      const begun = await databaseTime();
      const scan = tryScan(client, { ...input, code: slow, direction: "EXIT" });
      await untilAsleep(gatehouse);
      await end();
      const storedByThen = await storedKeys(begun);
      const { key, outcome } = await scan;
      expect(outcome).toBe("ACCEPTED");
      expect(storedByThen).toEqual([key]);
    },
  );
});

async function scanner(venue: Venue, who: "device" | "staff") {
  if (who === "device") {
    const { id, client } = await venue.device();
    const end = () => made(owner.client, "revokeDevice", "RevokeDeviceInput", "device { id }", { deviceId: id });
    return { client, input: {}, end, refusal: "UNAUTHENTICATED" };
  }
  const { client, email } = await venue.staff();
  const end = () =>
    made(owner.client, "removeVenueStaff", "VenueStaffInput", "venue { id }", { venueId: venue.id, email });
  return { client, input: { gateId: venue.gate() }, end, refusal: "FORBIDDEN" };
}

describe("a capacity that changes while people enter", () => {
  const setCapacity = async (venue: Venue, capacity: number): Promise<number> => {
    const { venue: changed } = await made<{ venue: { occupancy: { version: number } } }>(
      owner.client,
      ...(["updateVenue", "UpdateVenueInput", "venue { occupancy { version } }"] as const),
      { venueId: venue.id, capacity },
    );
    return changed.occupancy.version;
  };

  const versionOf = async (venue: Venue): Promise<number> => {
    const query = "query ($id: ID!) { venue(id: $id) { occupancy { version } } }";
    const { venue: answer } = await owner.client.ok<{ venue: { occupancy: { version: number } } }>(query, {
      id: venue.id,
    });
    return answer.occupancy.version;
  };

  /** The running count of those inside after each accepted entry, in the order of their commit. */
  const admissions = async (venue: Venue): Promise<{ inside: number; version: number }[]> => {
    const accepted = await gatehouse.sql<{ version: string }>(
      `select s.version from scans s join venues v on v.id = s.venue_id
       where v.name = $1 and s.outcome = 'ACCEPTED' order by s.version`,
      [venue.id],
    );
    return accepted.map(({ version }, index) => ({ inside: index + 1, version: Number(version) }));
  };

  const nameAfterItself = (venue: Venue) =>
    made(owner.client, "updateVenue", "UpdateVenueInput", "venue { id }", { venueId: venue.id, name: venue.id });

  it("is never passed: the highest in force at any time, the lowered one once it is answered", async () => {
    const venue = await venueWithTickets({ capacity: 150 });
    await nameAfterItself(venue);
    let lowered = Number.POSITIVE_INFINITY;
    const lowering = afterAnswers(30, async () => {
      lowered = await setCapacity(venue, 60);
    });
    await enterAll([(await venue.device()).client], {}, lowering.onAnswer);
    await lowering.changed;
    const passed = await admissions(venue);
    expect(passed.filter(({ inside }) => inside > 150)).toEqual([]);
    expect(passed.filter(({ inside, version }) => version > lowered && inside > 60)).toEqual([]);
    expect(passed.length).toBeGreaterThanOrEqual(60);
  });

  it("is used to the last place once it is raised", async () => {
    const venue = await venueWithTickets({ capacity: 10 });
    await nameAfterItself(venue);
    let beforeRaised = 0;
    const raising = afterAnswers(20, async () => {
      beforeRaised = await versionOf(venue);
      await setCapacity(venue, 50);
    });
    await enterAll([(await venue.device()).client], {}, raising.onAnswer);
    await raising.changed;
    const passed = await admissions(venue);
    expect(passed.filter(({ inside, version }) => version <= beforeRaised && inside > 10)).toEqual([]);
    expect(passed).toHaveLength(50);
  });
});
