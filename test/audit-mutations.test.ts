import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { apiSchema } from "../src/resolvers/schema.js";
import { type Entry, everyEntry } from "./setup/audit.js";
import { type Input, Mutations, standard } from "./setup/mutations.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { mutate, type Person } from "./setup/world.js";

const schema = apiSchema();

let gatehouse: TestGatehouse;
let mutations: Mutations;
beforeAll(async () => {
  gatehouse = await startGatehouse({ jobs: false });
  mutations = await Mutations.on(gatehouse, schema);
  await gatehouse.sql(`create function fail() returns trigger language plpgsql as $$
    begin raise exception 'the commit fails'; end $$`);
});
afterAll(() => expectCountsRight(gatehouse).finally(() => gatehouse.close()));

interface Logged {
  /** The kind of what was changed. */
  readonly target: string;
  readonly summary: RegExp;
  /** Whose it is; the owner's, unless it is said. */
  readonly by?: "buyer";
  /** Where the good input of any mutation would change nothing. */
  readonly input?: () => Promise<Input>;
  /** One that its own sender is refused; else a stranger is. */
  readonly refused?: () => Promise<Input>;
}

const unpublished = async (): Promise<Input> => ({ eventId: (await mutations.venue.event({ publish: false })).id });
const hall = async (): Promise<Input> => ({ venueId: (await mutations.world.venue({}, mutations.owner)).id });
const employed = async (person: Person): Promise<Person> => mutations.venue.staff(person);

/** Every mutation that changes something belonging to a venue. */
const LOGGED: Readonly<Record<string, Logged>> = {
  createVenue: {
    ...{ target: "ven", summary: /^Made the venue, with a capacity of 5 and 0 gates\.$/ },
    refused: () => mutations.inputWith("createVenue.capacity", -1),
  },
  updateVenue: {
    ...{ target: "ven", summary: /^Changed name, location, capacity from 1000 to 900\.$/ },
    input: async () => ({
      ...(await hall()),
      name: "Wintergarden",
      location: { latitude: 1, longitude: 1 },
      capacity: 900,
    }),
  },
  addGate: { target: "gat", summary: /^Added the gate\.$/ },
  addVenueStaff: {
    ...{ target: "usr", summary: /^Let a user scan at the venue, and read its records\.$/ },
    input: async () => ({ ...(await hall()), email: mutations.buyer.email }),
  },
  removeVenueStaff: {
    ...{ target: "usr", summary: /^Took from a user the right to scan at the venue, and to read its records\.$/ },
    input: async () => ({ venueId: mutations.venue.id, email: (await employed(mutations.buyer)).email }),
  },
  enrollDevice: { target: "dev", summary: /^Enrolled the device/ },
  rotateDeviceToken: { target: "dev", summary: /^Gave the device another token/ },
  revokeDevice: { target: "dev", summary: /^Revoked the device/ },
  createEvent: { target: "evt", summary: /^Made the event, published, with 1 ticket type\.$/ },
  updateEvent: {
    ...{ target: "evt", summary: /^Changed title, capacity from none to 7\.$/ },
    input: async () => ({ eventId: (await mutations.show()).id, title: "Wintergarden", capacity: 7 }),
  },
  publishEvent: { target: "evt", summary: /^Published the event\.$/, input: unpublished },
  cancelEvent: { target: "evt", summary: /^Cancelled the event, its tickets and its reservations\.$/ },
  addTicketType: { target: "tty", summary: /quantity of 5 and a price of 5 minor units of EUR\.$/ },
  updateTicketType: { target: "tty", summary: /^Changed price in minor units from 1000 to 5\.$/ },
  issueTickets: { target: "evt", summary: /^Issued 1 ticket without a sale\.$/ },
  cancelTicket: { target: "tkt", summary: /^Cancelled the ticket\.$/ },
  transferTicket: { target: "tkt", summary: /^Gave the ticket to another user, under a new code\.$/, by: "buyer" },
  annulScan: { target: "scn", summary: /^Took the scan back/ },
};

/** These change a person, or are their own record; what an account's end takes from a venue is told in audit-log.test.ts. */
const NOT_LOGGED = [
  ...["register", "login", "refreshSession", "logout", "updateProfile", "deleteAccount"],
  ...["reserveTickets", "payReservation", "cancelReservation"],
  ...["recordScan", "uploadScans"],
];

it("every mutation of the API is either logged or has a reason not to be", () => {
  const all = Object.keys(schema.getMutationType()?.getFields() ?? {});
  expect([...Object.keys(LOGGED), ...NOT_LOGGED].sort()).toEqual(all.sort());
});

const inputOf = (name: string): Promise<Input> => LOGGED[name]?.input?.() ?? mutations.input(name);
const senderOf = (name: string): Person => (LOGGED[name]?.by === "buyer" ? mutations.buyer : mutations.owner);
const countEntries = async (): Promise<unknown> => gatehouse.sql("select count(*)::int from audit_entries");

/** What is new in all the logs that the owner and the buyer may read, since `before`. */
async function newEntries(before: ReadonlySet<string>): Promise<Entry[]> {
  return (await everyEntry(mutations.owner.client)).filter(({ id }) => !before.has(id));
}

const known = async (): Promise<Set<string>> => new Set((await everyEntry(mutations.owner.client)).map(({ id }) => id));

/** All rows, but of who is signed in and when a device was last seen. */
async function everything(): Promise<unknown> {
  const tables = await gatehouse.sql<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public'
     and table_name not in ('sessions', 'refresh_tokens', 'devices') order by 1`,
  );
  const digests = tables.map(({ name }) => `(select md5(string_agg(t::text, '|' order by t::text)) from ${name} t)`);
  return gatehouse.sql(`select array[${digests}], array(select revoked_at from devices order by id)`);
}

describe.each(Object.entries(LOGGED))("%s", (name, { target, summary, refused }) => {
  afterEach(() => gatehouse.sql("drop trigger if exists fail on audit_entries"));

  it("writes one entry, of who did it and to what, without anybody's words", async () => {
    const input = await inputOf(name);
    const [before, sender] = [await known(), senderOf(name)];
    expect(await mutations.run(name, input)).toEqual([]);
    const entries = await newEntries(before);
    expect(entries).toMatchObject([{ action: name, user: { id: sender.id }, device: null }]);
    expect(entries[0]?.target?.slice(0, 4)).toBe(`${target}_`);
    expect(entries[0]?.summary).toMatch(summary);
    expect(entries[0]?.summary).not.toMatch(/@|Hall|Street|Show|Buyer|Owner|Wintergarden|Scanner|Standard|GIVEN/);
  });

  it("is not done, and writes nothing, when the commit fails", async () => {
    const input = await inputOf(name);
    await gatehouse.sql(`create constraint trigger fail after insert on audit_entries
      deferrable initially deferred for each row execute function fail()`);
    const before = await everything();
    expect(await mutations.failure(name, input)).toMatchObject({ code: "INTERNAL_SERVER_ERROR" });
    expect(await everything()).toEqual(before);
  });

  it("writes nothing when it is refused", async () => {
    const input = await (refused?.() ?? inputOf(name));
    const before = await countEntries();
    const client = refused === undefined ? (await mutations.world.person()).client : senderOf(name).client;
    const type = schema.getMutationType()?.getFields()[name]?.args[0]?.type;
    const query = `mutation ($input: ${type}) { ${name}(input: $input) { userErrors { code } } }`;
    const { body } = await client.request<Record<string, { userErrors: { code: string }[] }>>(query, { input });
    const code = body.errors?.[0]?.extensions?.code ?? body.data?.[name]?.userErrors[0]?.code;
    expect(code).toMatch(/^(FORBIDDEN|NOT_FOUND|INVALID)$/);
    expect(await countEntries()).toEqual(before);
  });
});

describe("what changes nothing writes nothing:", () => {
  type Idle = readonly [what: string, mutation: string, input: () => Promise<Input>];
  const IDLE: readonly Idle[] = [
    ["a venue's own name", "updateVenue", async () => ({ ...(await hall()), name: "Hall" })],
    ["an event's nothing", "updateEvent", async () => ({ eventId: mutations.event.id })],
    ["publishing what is published", "publishEvent", async () => ({ eventId: mutations.event.id })],
    ["a type's own quantity", "updateTicketType", () => sameQuantity()],
    ["a device that is revoked", "revokeDevice", () => done("revokeDevice")],
    ["a scan that is annulled", "annulScan", () => done("annulScan")],
    ["staff who are", "addVenueStaff", () => staff("addVenueStaff")],
    ["staff who are not", "removeVenueStaff", () => staff("removeVenueStaff")],
  ];

  it.each(IDLE)("%s (%s)", async (_what, name, input) => {
    const given = await input();
    const before = await countEntries();
    expect(await mutations.run(name, given)).toEqual([]);
    expect(await countEntries()).toEqual(before);
  });

  const sameQuantity = async (): Promise<Input> => ({ ticketTypeId: standard(mutations.event), quantity: 1_000 });

  async function done(name: string): Promise<Input> {
    const input = await inputOf(name);
    await mutations.run(name, input);
    return input;
  }

  async function staff(name: string): Promise<Input> {
    const input = { venueId: mutations.venue.id, email: mutations.buyer.email };
    await mutate(mutations.owner.client, name, "VenueStaffInput", "__typename", input);
    return input;
  }
});
