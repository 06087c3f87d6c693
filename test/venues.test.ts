import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { mutate, type Person, type Venue, World } from "./setup/world.js";

const VENUE = `venue { id name address location { latitude longitude } timeZone capacity publicOccupancy
  alertThresholdPercents owner { id } gates { name } staff { id } }`;

interface VenueData {
  readonly id: string;
  readonly gates: readonly { readonly name: string }[];
  readonly staff: readonly { readonly id: string }[] | null;
}

let gatehouse: TestGatehouse;
let world: World;
let owner: Person;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
  owner = await world.person("Owner");
});
afterAll(() => expectCountsRight(gatehouse).finally(() => gatehouse.close()));

const create = (input: Record<string, unknown> = {}) =>
  mutate<{ venue: VenueData | null }>(owner.client, "createVenue", "CreateVenueInput", VENUE, {
    name: "Hall",
    address: "1 Street",
    capacity: 100,
    ...input,
  });
const update = (venueId: string, input: Record<string, unknown>) =>
  mutate<{ venue: VenueData | null }>(owner.client, "updateVenue", "UpdateVenueInput", VENUE, { venueId, ...input });
const read = async (id: string) =>
  (
    await owner.client.ok<{ venue: VenueData }>(`query ($id: ID!) { ${VENUE.replace("venue", "venue(id: $id)")} }`, {
      id,
    })
  ).venue;
const venuesOfOwner = async () => {
  const [row] = await gatehouse.sql<{ venues: number; gates: number }>(
    "select (select count(*)::int from venues) as venues, (select count(*)::int from gates) as gates",
  );
  return row;
};

/** Values that both mutations refuse, with the path of the one that is wrong. */
const REFUSED: readonly (readonly [string, Record<string, unknown>, readonly string[]])[] = [
  ["a blank name", { name: " \n " }, ["name"]],
  ["a name of 201 characters", { name: "x".repeat(201) }, ["name"]],
  ["a capacity of 0", { capacity: 0 }, ["capacity"]],
  ["a capacity below 0", { capacity: -1 }, ["capacity"]],
  ["a latitude beyond the pole", { location: { latitude: 90.001, longitude: 0 } }, ["location", "latitude"]],
  ["a longitude beyond the date line", { location: { latitude: 0, longitude: -180.5 } }, ["location", "longitude"]],
  ["a time zone that there is not", { timeZone: "Europe/Atlantis" }, ["timeZone"]],
  ["an offset for a time zone", { timeZone: "+01:00" }, ["timeZone"]],
  ["a blank time zone", { timeZone: "" }, ["timeZone"]],
];

describe("createVenue", () => {
  it("makes a venue with its gates, owned by the caller", async () => {
    const { venue, userErrors } = await create({
      name: "  Arena ",
      gates: [" North ", "South"],
      publicOccupancy: true,
    });
    expect(userErrors).toEqual([]);
    expect(venue).toEqual({
      id: expect.stringMatching(/^ven_[0-9a-z]{26}$/),
      name: "Arena",
      address: "1 Street",
      location: null,
      timeZone: "UTC",
      capacity: 100,
      publicOccupancy: true,
      alertThresholdPercents: [80, 90, 100],
      owner: { id: owner.id },
      gates: [{ name: "North" }, { name: "South" }],
      staff: [],
    });
    expect(await read(venue?.id ?? "")).toEqual(venue);
  });

  it("makes one without gates, and keeps its counts to its people, unless told otherwise", async () => {
    expect(await create()).toMatchObject({ venue: { gates: [], publicOccupancy: false } });
  });

  it.each(REFUSED)("refuses %s", async (_what, input, path) => {
    const before = await venuesOfOwner();
    expect(await create({ gates: ["A"], ...input })).toMatchObject({
      venue: null,
      userErrors: [{ code: "INVALID", path }],
    });
    expect(await venuesOfOwner()).toEqual(before);
  });

  it.each([
    ["a blank gate", ["A", " "], ["gates", "1"]],
    ["the same gate twice", ["A", "B", " A "], ["gates", "2"]],
    ["a gate's name of 201 characters", ["g".repeat(201)], ["gates", "0"]],
  ])("refuses %s, and makes nothing", async (_what, gates, path) => {
    const before = await venuesOfOwner();
    expect(await create({ gates })).toMatchObject({ venue: null, userErrors: [{ code: "INVALID", path }] });
    expect(await venuesOfOwner()).toEqual(before);
  });

  it.each([
    ["a capacity of one", { capacity: 1 }],
    ["the largest capacity", { capacity: 2_147_483_647 }],
    ["the pole and the date line", { location: { latitude: -90, longitude: 180 } }],
    ["a zone of the world", { timeZone: "Asia/Kathmandu" }],
    ["a zone by its older name", { timeZone: "Europe/Kiev" }],
    ["a name of 200 characters", { name: "é".repeat(200) }],
  ])("takes %s", async (_what, input) => {
    expect(await create(input)).toMatchObject({ venue: input, userErrors: [] });
  });

  it("refuses a capacity that no integer holds before it begins", async () => {
    const { status, body } = await owner.client.request(
      `mutation ($input: CreateVenueInput!) { createVenue(input: $input) { venue { id } } }`,
      { input: { name: "Hall", address: "", capacity: 2_147_483_648 } },
    );
    expect(status).toBe(400);
    expect(body.errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
  });
});

describe("updateVenue", () => {
  const CHANGES: readonly Record<string, unknown>[] = [
    { name: "Other" },
    { address: "2 Road" },
    { location: { latitude: 51.5, longitude: -0.12 } },
    { timeZone: "Europe/London" },
    { capacity: 7 },
    { publicOccupancy: true },
    { alertThresholdPercents: [50] },
  ];

  it.each(CHANGES)("changes %o alone", async (change) => {
    const { venue } = await create({ gates: ["A"] });
    const changed = await update(venue?.id ?? "", change);
    expect(changed).toEqual({ venue: { ...venue, ...change }, userErrors: [] });
    expect(await read(venue?.id ?? "")).toEqual(changed.venue);
  });

  it("changes nothing when nothing is given", async () => {
    const { venue } = await create({ location: { latitude: 1, longitude: 2 }, timeZone: "Europe/Paris" });
    expect(await update(venue?.id ?? "", {})).toEqual({ venue, userErrors: [] });
  });

  it("takes the location away by null, and leaves it when it is absent", async () => {
    const location = { latitude: 1, longitude: 2 };
    const { venue } = await create({ location });
    expect(await update(venue?.id ?? "", { name: "Other" })).toMatchObject({ venue: { location } });
    expect(await update(venue?.id ?? "", { location: null })).toMatchObject({ venue: { location: null } });
  });

  it.each(["name", "address", "timeZone", "capacity", "publicOccupancy", "alertThresholdPercents"])(
    "refuses to take %s away by null",
    async (field) => {
      const { venue } = await create();
      expect(await update(venue?.id ?? "", { name: "Other", [field]: null })).toMatchObject({
        venue: null,
        userErrors: [{ code: "INVALID", path: [field] }],
      });
      expect(await read(venue?.id ?? "")).toEqual(venue);
    },
  );

  it.each(REFUSED)("refuses %s, and changes nothing", async (_what, input, path) => {
    const { venue } = await create();
    const given = { address: "2 Road", ...input };
    expect(await update(venue?.id ?? "", given)).toMatchObject({
      venue: null,
      userErrors: [{ code: "INVALID", path }],
    });
    expect(await read(venue?.id ?? "")).toEqual(venue);
  });

  it("keeps thresholds in their order, each once, and may have none", async () => {
    const { venue } = await create();
    expect(await update(venue?.id ?? "", { alertThresholdPercents: [100, 1, 50, 1] })).toMatchObject({
      venue: { alertThresholdPercents: [1, 50, 100] },
    });
    expect(await update(venue?.id ?? "", { alertThresholdPercents: [] })).toMatchObject({
      venue: { alertThresholdPercents: [] },
    });
  });

  it.each([0, -5, 101])("refuses a threshold of %i percent", async (percent) => {
    const { venue } = await create();
    expect(await update(venue?.id ?? "", { alertThresholdPercents: [80, percent] })).toMatchObject({
      venue: null,
      userErrors: [{ code: "INVALID", path: ["alertThresholdPercents", "1"] }],
    });
  });

  it("shows the new capacity in the counts, under a newer version", async () => {
    const venue = await world.venue({ capacity: 10 }, owner);
    const before = await occupancyOf(venue);
    await update(venue.id, { capacity: 4 });
    const after = await occupancyOf(venue);
    expect(after).toMatchObject({ capacity: 4, available: 4 });
    expect(after.version).toBeGreaterThan(before.version);
  });
});

async function occupancyOf(
  venue: Venue,
): Promise<{ version: number; capacity: number; gates: { gate: { name: string } }[] }> {
  const query = `query ($id: ID!) {
    venue(id: $id) { occupancy { version capacity available gates { gate { name } inside } } } }`;
  const data = await owner.client.ok<{ venue: { occupancy: Awaited<ReturnType<typeof occupancyOf>> } }>(query, {
    id: venue.id,
  });
  return data.venue.occupancy;
}

describe("addGate", () => {
  const addGate = (venueId: string, name: string) =>
    mutate<{ gate: { id: string; name: string; venue: { id: string } } | null }>(
      owner.client,
      "addGate",
      "AddGateInput",
      "gate { id name venue { id } occupancy { inside entries exits refusals } }",
      { venueId, name },
    );

  it("adds a gate with counts of its own", async () => {
    const venue = await world.venue({}, owner);
    const { version } = await occupancyOf(venue);
    expect(await addGate(venue.id, "  East ")).toMatchObject({
      gate: { name: "East", venue: { id: venue.id }, occupancy: { inside: 0, entries: 0, exits: 0, refusals: 0 } },
      userErrors: [],
    });
    const occupancy = await occupancyOf(venue);
    expect(occupancy.gates.map(({ gate }) => gate.name)).toEqual(["A", "East"]);
    expect(occupancy.version).toBeGreaterThan(version);
  });

  it("refuses a name that a gate of the venue has, but not one of another venue's", async () => {
    const venue = await world.venue({ gates: ["A"] }, owner);
    await world.venue({ gates: ["B"] }, owner);
    expect(await addGate(venue.id, " A")).toMatchObject({
      gate: null,
      userErrors: [{ code: "CONFLICT", path: ["name"] }],
    });
    expect(await addGate(venue.id, "B")).toMatchObject({ gate: { name: "B" }, userErrors: [] });
    expect(await read(venue.id)).toMatchObject({ gates: [{ name: "A" }, { name: "B" }] });
  });

  it("gives a name to one of those who ask for it at once", async () => {
    const venue = await world.venue({}, owner);
    const outcomes = await Promise.all([1, 2, 3].map(() => addGate(venue.id, "West")));
    expect(outcomes.flatMap(({ userErrors }) => userErrors.map(({ code }) => code))).toEqual(["CONFLICT", "CONFLICT"]);
    expect(await read(venue.id)).toMatchObject({ gates: [{ name: "A" }, { name: "West" }] });
  });

  it.each(["", "  ", "g".repeat(201), "a\u0007b"])("refuses the name %j", async (name) => {
    const venue = await world.venue({}, owner);
    expect(await addGate(venue.id, name)).toMatchObject({
      gate: null,
      userErrors: [{ code: "INVALID", path: ["name"] }],
    });
  });
});
