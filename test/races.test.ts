import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Client } from "./setup/client.js";
import { codes, tallied, tryScan } from "./setup/race.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { mutate, type Person, type RecordedScan, uploadScans, type Venue, World } from "./setup/world.js";

const ROUNDS = 25;

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

const gatesOf = async (venue: Venue): Promise<[Client, Client]> => [
  (await venue.device("A")).client,
  (await venue.device("B")).client,
];

const rounds = async (times: number, round: (number: number) => Promise<void>): Promise<void> => {
  for (let number = 0; number < times; number += 1) await round(number);
};

const countsOf = async (venue: Venue) => {
  const query = `query ($id: ID!) { venue(id: $id) { occupancy { version inside entries exits refusals } } }`;
  const { venue: answer } = await venue.owner.client.ok<{
    venue: { occupancy: { version: number; inside: number; entries: number; exits: number; refusals: number } };
  }>(query, { id: venue.id });
  return answer.occupancy;
};

describe("two gates at once", () => {
  it.each([
    ["the venue", { capacity: 1 }, {}, "VENUE_FULL"],
    ["the event", {}, { capacity: 1 }, "EVENT_FULL"],
  ])("let exactly one in where %s has one place left", async (_where, ofVenue, ofEvent, reason) => {
    const venue = await world.venue({ gates: ["A", "B"], ...ofVenue }, owner);
    await (await venue.event(ofEvent)).tickets(["one", "two"]);
    const [a, b] = await gatesOf(venue);
    await rounds(ROUNDS, async (round) => {
      const entries = await Promise.all([tryScan(a, { code: "one" }), tryScan(b, { code: "two" })]);
      expect(tallied(entries)).toEqual({ ACCEPTED: 1, [reason]: 1 });
      expect(await countsOf(venue)).toMatchObject({ inside: 1, entries: round + 1, exits: round, refusals: round + 1 });
      const inside = entries.find(({ outcome }) => outcome === "ACCEPTED")?.code ?? "";
      await tryScan(a, { code: inside, direction: "EXIT" });
    });
  });

  it("admit one ticket once", async () => {
    const venue = await world.venue({ gates: ["A", "B"] }, owner);
    await (await venue.event()).tickets(["copied"]);
    const [a, b] = await gatesOf(venue);
    await rounds(ROUNDS, async () => {
      const entries = await Promise.all([a, b].map((gate) => tryScan(gate, { code: "copied" })));
      expect(tallied(entries)).toEqual({ ACCEPTED: 1, ALREADY_INSIDE: 1 });
      expect(await countsOf(venue)).toMatchObject({ inside: 1 });
      await tryScan(b, { code: "copied", direction: "EXIT" });
    });
  });
});

describe("one key twice at once", () => {
  let venue: Venue;
  let device: Client;
  beforeAll(async () => {
    venue = await world.venue({}, owner);
    await (await venue.event()).tickets(codes(3 * ROUNDS));
    device = (await venue.device()).client;
  });
  const storedUnder = (key: string) => gatehouse.sql("select direction from scans where key = $1", [key]);

  it("is one scan, and both are told of it", async () => {
    const before = await countsOf(venue);
    await rounds(ROUNDS, async (round) => {
      const scan = { code: codes(3 * ROUNDS)[round] ?? "", key: randomUUID() };
      const [first, second] = await Promise.all([tryScan(device, scan), tryScan(device, scan)]);
      expect({ ...first, replayed: null }).toEqual({ ...second, replayed: null });
      expect([first?.replayed, second?.replayed].sort()).toEqual([false, true]);
      expect(await storedUnder(scan.key)).toHaveLength(1);
    });
    expect(await countsOf(venue)).toMatchObject({ inside: before.inside + ROUNDS, entries: before.entries + ROUNDS });
  });

  it("is one scan when it is scanned and uploaded", async () => {
    await rounds(ROUNDS, async (round) => {
      const scan = { code: codes(3 * ROUNDS)[ROUNDS + round] ?? "", key: randomUUID() };
      const [online, [uploaded]] = await Promise.all([tryScan(device, scan), uploadScans(device, [scan])]);
      expect(uploaded?.scan?.id).toBe(online.id);
      expect([online.replayed, (uploaded as RecordedScan).replayed].sort()).toEqual([false, true]);
      expect(await storedUnder(scan.key)).toHaveLength(1);
    });
  });

  it("with another direction is refused to one of them", async () => {
    await rounds(ROUNDS, async (round) => {
      const scan = { code: codes(3 * ROUNDS)[2 * ROUNDS + round] ?? "", key: randomUUID() };
      const both = await Promise.all([tryScan(device, scan), tryScan(device, { ...scan, direction: "EXIT" })]);
      expect(tallied(both)).toEqual({ ACCEPTED: 1, KEY_REUSED: 1 });
      expect(await storedUnder(scan.key)).toEqual([{ direction: both[0]?.id === null ? "EXIT" : "ENTRY" }]);
    });
  });
});

describe("many at once", () => {
  it("never pass the capacity but for those whose type admits when full", async () => {
    const venue = await world.venue({ capacity: 10, gates: ["A", "B"] }, owner);
    const event = await venue.event({}, [{ name: "Standard" }, { name: "VIP", admitsWhenFull: true }]);
    await event.tickets(codes(45));
    await event.tickets(codes(5, "VIP"), "VIP");
    const [a, b] = await gatesOf(venue);
    const crowd = codes(45).flatMap((code, index) => (index % 9 === 8 ? [code, `VIP000${(index - 8) / 9}`] : [code]));
    const entries = await Promise.all(crowd.map((code, index) => tryScan(index % 2 ? a : b, { code })));

    const accepted = entries.filter(({ outcome }) => outcome === "ACCEPTED");
    const overrides = accepted.filter(({ capacityOverride }) => capacityOverride);
    expect(accepted.filter(({ code }) => code.startsWith("VIP"))).toHaveLength(5);
    expect(overrides.every(({ code }) => code.startsWith("VIP"))).toBe(true);
    expect(accepted).toHaveLength(10 + overrides.length);
    expect(tallied(entries)).toEqual({ ACCEPTED: accepted.length, VENUE_FULL: 50 - accepted.length });
    expect(await countsOf(venue)).toMatchObject({ inside: accepted.length, refusals: 50 - accepted.length });
  });
});

describe("the last places for sale", () => {
  it("are issued to one of two who ask at once", async () => {
    const names = codes(ROUNDS, "Type ");
    const venue = await world.venue({}, owner);
    const event = await venue.event(
      {},
      names.map((name) => ({ name, quantity: 10 })),
    );
    const login = await mutate<{ accessToken: string }>(
      world.anonymous,
      ...(["login", "LoginInput", "accessToken"] as const),
      { email: owner.email, password: owner.password },
    );
    const sellers = [owner.client, owner.client.as(login.accessToken)];
    for (const name of names) {
      const ticketTypeId = event.types.get(name);
      const input = { eventId: event.id, ticketTypeId, tickets: Array.from({ length: 6 }, () => ({})) };
      const issued = await Promise.all(
        sellers.map((seller) => mutate(seller, "issueTickets", "IssueTicketsInput", "tickets { id }", input)),
      );
      expect(issued.flatMap(({ userErrors }) => userErrors.map(({ code }) => code))).toEqual(["SOLD_OUT"]);
    }
    const kept = await gatehouse.sql(
      `select distinct y.sold, (select count(*)::int from tickets t where t.ticket_type_id = y.id) as tickets
       from ticket_types y where y.name = any($1)`,
      [names],
    );
    expect(kept).toEqual([{ sold: 6, tickets: 6 }]);
  });
});

describe("two who make the same at once", () => {
  it("get one gate of a name", async () => {
    const venue = await world.venue({ gates: [] }, owner);
    await rounds(ROUNDS, async (round) => {
      const input = { venueId: venue.id, name: `Gate ${round}` };
      const add = () => mutate(owner.client, "addGate", "AddGateInput", "gate { id }", input);
      const added = await Promise.all([add(), add()]);
      expect(added.flatMap(({ userErrors }) => userErrors.map(({ code }) => code))).toEqual(["CONFLICT"]);
    });
    const query = "query ($id: ID!) { venue(id: $id) { gates { name } } }";
    const { venue: answer } = await owner.client.ok<{ venue: { gates: unknown[] } }>(query, { id: venue.id });
    expect(answer.gates).toHaveLength(ROUNDS);
  });

  it("get one ticket of a code, and keep the other's place free", async () => {
    const event = await (await world.venue({}, owner)).event({}, [{ name: "Standard", quantity: 2 * ROUNDS + 2 }]);
    const ticketTypeId = event.types.get("Standard");
    await rounds(ROUNDS, async (round) => {
      const input = { eventId: event.id, ticketTypeId, tickets: [{}, { code: `same ${round}` }] };
      const issue = () => mutate(owner.client, "issueTickets", "IssueTicketsInput", "tickets { id }", input);
      const issued = await Promise.all([issue(), issue()]);
      const errors = issued.flatMap(({ userErrors }) => userErrors);
      expect(errors).toMatchObject([{ code: "CODE_TAKEN", path: ["tickets", "1", "code"] }]);
    });
    const query = "query ($id: ID!) { event(id: $id) { ticketsSold ticketsAvailable } }";
    const sold = { ticketsSold: 2 * ROUNDS, ticketsAvailable: 2 };
    expect(await owner.client.ok(query, { id: event.id })).toEqual({ event: sold });
  });

  it("get one session of a refresh token, which ends as its token was used twice", async () => {
    await rounds(5, async () => {
      const person = await world.person();
      const refresh = (refreshToken: string) =>
        mutate<{ accessToken: string | null; refreshToken: string | null }>(
          world.anonymous,
          ...(["refreshSession", "RefreshSessionInput", "accessToken refreshToken"] as const),
          { refreshToken },
        );
      const both = await Promise.all([refresh(person.refreshToken), refresh(person.refreshToken)]);
      expect(both.flatMap(({ userErrors }) => userErrors.map(({ code }) => code))).toEqual(["BAD_CREDENTIALS"]);
      const traded = both.find(({ accessToken }) => accessToken !== null);
      const next = await refresh(traded?.refreshToken ?? "");
      expect(next.userErrors).toMatchObject([{ code: "BAD_CREDENTIALS" }]);
      for (const client of [person.client, world.anonymous.as(traded?.accessToken ?? "")]) {
        await expect.poll(() => client.codes("{ me { id } }"), { timeout: 2_000 }).toEqual(["UNAUTHENTICATED"]);
      }
    });
  });
});
