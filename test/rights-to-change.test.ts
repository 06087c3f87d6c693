import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Door, httpDoor, socketDoor } from "./setup/both-doors.js";
import { type Cast, makeCast, outcomeOf, ROLES, type Role } from "./setup/cast.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { type Person, World } from "./setup/world.js";

let gatehouse: TestGatehouse;
let cast: Cast;
let extra: Person;
let doors: Readonly<Record<"HTTP" | "WebSocket", Door>>;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  cast = await makeCast(gatehouse);
  extra = await new World(gatehouse.url).person();
  doors = { HTTP: httpDoor(gatehouse.url), WebSocket: socketDoor(gatehouse.url) };
});
afterAll(async () => {
  for (const door of Object.values(doors)) await door[Symbol.asyncDispose]();
  await expectCountsRight(gatehouse).finally(() => gatehouse.close());
});

/** A device changes nothing, staff neither; whom a thing is hidden from is told that there is none. */
const OF_WHAT_ALL_SEE = outcomes("FORBIDDEN", { owner: "OK", admin: "OK" });
const OF_WHAT_THE_CREW_SEES = outcomes("NOT_FOUND", {
  device: "FORBIDDEN",
  otherDevice: "FORBIDDEN",
  staff: "FORBIDDEN",
  owner: "OK",
  admin: "OK",
});
const OF_NOTHING = outcomes("NOT_FOUND", { device: "FORBIDDEN", otherDevice: "FORBIDDEN" });

function outcomes(others: string, some: Partial<Record<Role, string>>): Record<Role, string> {
  const all = Object.fromEntries(ROLES.map((role) => [role, others])) as Record<Role, string>;
  return { ...all, anonymous: "UNAUTHENTICATED", ...some };
}

type Ids = Cast["ids"];
type Changing = readonly [
  mutation: string,
  of: string,
  input: (ids: Ids) => Record<string, unknown>,
  expected: Record<Role, string>,
];

const TYPE = { name: "Late", price: { amountMinor: 1, currency: "EUR" }, quantity: 1 };
const SHOW = { title: "New", startsAt: "2030-06-01T18:00:00Z", endsAt: "2030-06-01T21:00:00Z" };
const scan = () => ({ key: randomUUID(), code: "nobody's", direction: "ENTRY" });

const CHANGES: readonly Changing[] = [
  [
    "createVenue",
    "one's own",
    () => ({ name: "Mine", address: "", capacity: 1 }),
    outcomes("OK", { device: "FORBIDDEN", otherDevice: "FORBIDDEN" }),
  ],
  ["updateVenue", "a venue", ({ venue }) => ({ venueId: venue, name: "Renamed" }), OF_WHAT_ALL_SEE],
  ["updateVenue", "nothing", ({ noVenue }) => ({ venueId: noVenue, name: "Renamed" }), OF_NOTHING],
  ["addGate", "a venue", ({ venue }) => ({ venueId: venue, name: randomUUID() }), OF_WHAT_ALL_SEE],
  ["addGate", "nothing", ({ noVenue }) => ({ venueId: noVenue, name: "Gate" }), OF_NOTHING],
  ["addVenueStaff", "a venue", ({ venue }) => ({ venueId: venue, email: extra.email }), OF_WHAT_ALL_SEE],
  ["addVenueStaff", "nothing", ({ noVenue }) => ({ venueId: noVenue, email: extra.email }), OF_NOTHING],
  ["removeVenueStaff", "a venue", ({ venue }) => ({ venueId: venue, email: extra.email }), OF_WHAT_ALL_SEE],
  ["removeVenueStaff", "nothing", ({ noVenue }) => ({ venueId: noVenue, email: extra.email }), OF_NOTHING],
  ["enrollDevice", "a gate", ({ gate }) => ({ gateId: gate, name: "New" }), OF_WHAT_ALL_SEE],
  ["enrollDevice", "nothing", ({ noGate }) => ({ gateId: noGate, name: "New" }), OF_NOTHING],
  ["rotateDeviceToken", "a device", ({ spareDevice }) => ({ deviceId: spareDevice }), OF_WHAT_THE_CREW_SEES],
  ["rotateDeviceToken", "nothing", ({ noDevice }) => ({ deviceId: noDevice }), OF_NOTHING],
  ["revokeDevice", "a device", ({ spareDevice }) => ({ deviceId: spareDevice }), OF_WHAT_THE_CREW_SEES],
  ["revokeDevice", "nothing", ({ noDevice }) => ({ deviceId: noDevice }), OF_NOTHING],
  ["createEvent", "a venue", ({ venue }) => ({ venueId: venue, ...SHOW }), OF_WHAT_ALL_SEE],
  ["createEvent", "nothing", ({ noVenue }) => ({ venueId: noVenue, ...SHOW }), OF_NOTHING],
  ["addTicketType", "a published event", ({ event }) => ({ eventId: event, ticketType: TYPE }), OF_WHAT_ALL_SEE],
  ["addTicketType", "a draft", ({ draft }) => ({ eventId: draft, ticketType: TYPE }), OF_WHAT_THE_CREW_SEES],
  [
    "addTicketType",
    "a cancelled event",
    ({ cancelled }) => ({ eventId: cancelled, ticketType: TYPE }),
    { ...OF_WHAT_THE_CREW_SEES, owner: "ALREADY_CANCELLED", admin: "ALREADY_CANCELLED" },
  ],
  ["addTicketType", "nothing", ({ noEvent }) => ({ eventId: noEvent, ticketType: TYPE }), OF_NOTHING],
  [
    "issueTickets",
    "a published event",
    ({ event, type }) => ({ eventId: event, ticketTypeId: type, tickets: [{}] }),
    OF_WHAT_ALL_SEE,
  ],
  [
    "issueTickets",
    "a draft",
    ({ draft, draftType }) => ({ eventId: draft, ticketTypeId: draftType, tickets: [{}] }),
    OF_WHAT_THE_CREW_SEES,
  ],
  [
    "issueTickets",
    "nothing",
    ({ noEvent, type }) => ({ eventId: noEvent, ticketTypeId: type, tickets: [{}] }),
    OF_NOTHING,
  ],
  [
    "recordScan",
    "a gate",
    ({ gate }) => ({ ...scan(), gateId: gate }),
    outcomes("FORBIDDEN", { otherDevice: "INVALID", device: "OK", staff: "OK", owner: "OK", admin: "OK" }),
  ],
  [
    "recordScan",
    "nothing",
    ({ noGate }) => ({ ...scan(), gateId: noGate }),
    outcomes("NOT_FOUND", { device: "INVALID", otherDevice: "INVALID" }),
  ],
];

const inputTypeOf = (mutation: string): string =>
  /Staff$/.test(mutation) ? "VenueStaffInput" : `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;

/** Everything that a mutation could have changed, apart from who is signed in and when a device was last seen. */
const TABLES = [
  "users",
  "venues",
  "venue_staff",
  "gates",
  "events",
  "ticket_types",
  "tickets",
  "scans",
  "presences",
  "occupancies",
];

async function everything(): Promise<unknown> {
  const digests = TABLES.map(
    (table) => `(select md5(string_agg(t::text, '|' order by t::text)) from ${table} t) as ${table}`,
  );
  const devices = "(select string_agg(format('%s %s', id, revoked_at), '|' order by id) from devices) as devices";
  return gatehouse.sql(`select ${[...digests, devices].join(", ")}`);
}

describe.each(["HTTP", "WebSocket"] as const)("over %s", (name) => {
  beforeAll(async () => {
    const device = await doors.HTTP.ask(
      cast.tokens.owner,
      `mutation ($gate: ID!) { enrollDevice(input: { gateId: $gate, name: "Spare" }) { device { id } } }`,
      cast.ids,
    );
    const { enrollDevice } = device.data as { enrollDevice: { device: { id: string } } };
    cast = { ...cast, ids: { ...cast.ids, spareDevice: enrollDevice.device.id } };
  });

  it.each(CHANGES)(
    "%s of %s is for those alone who may, and leaves no trace of the others",
    async (mutation, _of, input, expected) => {
      const query = `mutation ($input: ${inputTypeOf(mutation)}!) { ${mutation}(input: $input) { userErrors { code } } }`;
      const ask = async (role: Role) =>
        outcomeOf(await doors[name].ask(cast.tokens[role], query, { input: input(cast.ids) }));
      const found: Partial<Record<Role, string>> = {};
      const before = await everything();
      for (const role of ROLES) if (expected[role] !== "OK") found[role] = await ask(role);
      expect(await everything()).toEqual(before);
      for (const role of ROLES) if (expected[role] === "OK") found[role] = await ask(role);
      expect(found).toEqual(expected);
    },
  );

  it("uploadScans is for those alone who may scan at the gate", async () => {
    const query = `mutation ($input: UploadScansInput!) {
      uploadScans(input: $input) { results { userErrors { code } scan { id } } } }`;
    const found: Partial<Record<Role, unknown>> = {};
    for (const role of ROLES) {
      const scans = [{ ...scan(), scannedAt: new Date().toISOString() }];
      const input = { gateId: cast.ids["gate"], sentAt: new Date().toISOString(), scans };
      const reply = await doors[name].ask(cast.tokens[role], query, { input });
      const payload = reply.data?.["uploadScans"] as { results: { userErrors: { code: string }[] }[] } | undefined;
      found[role] = reply.errors?.[0]?.extensions?.["code"] ?? payload?.results[0]?.userErrors[0]?.code ?? "OK";
    }
    expect(found).toEqual(
      outcomes("FORBIDDEN", { otherDevice: "INVALID", device: "OK", staff: "OK", owner: "OK", admin: "OK" }),
    );
  });

  it("logout is for who has signed in as a user", async () => {
    const ask = async (token: string | undefined) =>
      outcomeOf(await doors[name].ask(token, "mutation { logout { ok } }"));
    const { client } = await new World(gatehouse.url).person();
    expect(await ask(undefined)).toBe("UNAUTHENTICATED");
    expect(await ask(cast.tokens.device)).toBe("FORBIDDEN");
    expect(await ask(client.token)).toBe("OK");
  });

  it("who signs in within an operation acts as themselves in the rest of it", async () => {
    const { id, email, password } = extra;
    const query = `mutation ($email: String!, $password: String!) {
      login(input: { email: $email, password: $password }) { user { email } }
      createVenue(input: { name: "Theirs", address: "", capacity: 1 }) { venue { owner { id email } } } }`;
    const reply = await doors[name].ask(cast.tokens.stranger, query, { email, password });
    expect(reply.data).toEqual({ login: { user: { email } }, createVenue: { venue: { owner: { id, email } } } });
  });
});

describe("a right that has ended", () => {
  it("is gone for staff at their next operation", async () => {
    const { venue, member, gate } = cast.ids;
    const ask = (role: Role, query: string) => doors.HTTP.ask(cast.tokens[role], query, { venue, gate, member });
    const change = (mutation: string) =>
      ask(
        "owner",
        `mutation ($venue: ID!) { ${mutation}(input: { venueId: $venue, email: "${cast.secrets.staffEmail}" }) { userErrors { code } } }`,
      );
    const read = "query ($venue: ID!) { venue(id: $venue) { staff { id } devices { id } occupancy { inside } } }";
    const nothing = { data: { venue: { staff: null, devices: null, occupancy: null } } };
    await change("removeVenueStaff");
    expect(await ask("staff", read)).toMatchObject(nothing);
    await change("addVenueStaff");
    expect(await ask("staff", read)).not.toMatchObject(nothing);
  });

  it("is gone for an admin within two seconds", async () => {
    const { member } = cast.ids;
    const setRole = (role: string, from: string) =>
      gatehouse.sql("update users set role = $1 where role = $2", [role, from]);
    const read = "query ($member: ID!) { node(id: $member) { ... on User { email } } }";
    const email = async () => {
      const { data } = await doors.HTTP.ask(cast.tokens.admin, read, { member });
      return (data?.["node"] as { email: string | null } | undefined)?.email;
    };
    expect(await email()).toBe(cast.secrets.memberEmail);
    const [admin] = await gatehouse.sql<{ id: string }>("select id from users where role = 'ADMIN'");
    await setRole("MEMBER", "ADMIN");
    await expect.poll(email, { timeout: 2_000, interval: 100 }).toBeNull();
    await gatehouse.sql("update users set role = 'ADMIN' where id = $1", [admin?.id]);
  });
});
