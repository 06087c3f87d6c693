import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fromNow, openDoors } from "./setup/doors.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { mutate, recordScan, uploadScans, World } from "./setup/world.js";

let gatehouse: TestGatehouse;
let world: World;
let doors: Awaited<ReturnType<typeof openDoors>>;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
  doors = await openDoors(world, { codes: ["T1", "T2", "T3"] });
  for (const code of ["T1", "T2", "T3"]) await recordScan(doors.client, { code });
});
afterAll(() => gatehouse.close());

async function stock(): Promise<unknown> {
  const tables = ["users", "sessions", "venues", "venue_staff", "gates", "devices", "events", "ticket_types"];
  const counts = [...tables, "tickets", "scans", "presences", "occupancies"].map(
    (table) => `(select count(*) from ${table}) as ${table}`,
  );
  return gatehouse.sql(`select ${counts}, (select sum(sold) from ticket_types) as sold`);
}

describe("a page", () => {
  const PLACES: [string, string][] = [
    ["venue", "events"],
    ["gate", "scans"],
    ["event", "tickets"],
    ["event", "scans"],
    ["ticket", "scans"],
    ["me", "organizedEvents"],
    ["me", "ownedVenues"],
    ["me", "tickets"],
  ];
  const FORBIDDEN_MIXTURES = [
    ...["first: 0", "first: -1", "first: 101", "first: -2147483648", "last: 0", "last: -1", "last: 101"],
    ...["first: 1, last: 1", "first: 20, last: 1", "first: 1, before: $cursor", "before: $cursor"],
    ...["last: 1, after: $cursor", "after: $cursor, before: $cursor", "first: 1, after: $cursor, before: $cursor"],
    ...[
      "first: 1, last: 1, after: $cursor",
      'after: ""',
      'after: "nonsense"',
      'after: "W10="',
      'last: 1, before: "💥"',
    ],
    ...['after: "eyJhIjoxfQ"', `after: "${"A".repeat(50_000)}"`, 'after: "WyInOyBkcm9wIHRhYmxlIHNjYW5zOyAtLSJd"'],
  ];
  const document = (place: string, list: string, given: string) => {
    const id = { venue: doors.venue.id, gate: doors.venue.gate(), event: doors.event.id, ticket: doors.tickets[0] }[
      place
    ];
    const root = id === undefined ? place : `${place}(id: "${id}")`;
    const variables = given.includes("$cursor") ? "query ($cursor: String!) " : "";
    return `${variables}{ root: ${root} { list: ${list}(${given}) { nodes { id } pageInfo { startCursor endCursor } } } }`;
  };
  interface Listed {
    root: { list: { nodes: { id: string }[]; pageInfo: { startCursor: string | null } } };
  }

  it.each(PLACES)(
    "of %s.%s refuses every mixture of arguments but the two, and sizes beyond 1 to 100",
    async (place, list) => {
      const { client } = doors.venue.owner;
      const whole = await client.ok<Listed>(document(place, list, "first: 100"));
      const cursor = whole.root.list.pageInfo.startCursor ?? "nonsense";
      for (const given of FORBIDDEN_MIXTURES) {
        expect(await client.codes(document(place, list, given), { cursor }), given).toEqual(["BAD_USER_INPUT"]);
      }
      for (const given of ["first: 100", "last: 100", "first: 1", "last: 1"]) {
        const { root } = await client.ok<Listed>(document(place, list, given));
        expect(root.list.nodes.length, given).toBe(
          Math.min(whole.root.list.nodes.length, given.endsWith("00") ? 100 : 1),
        );
      }
    },
  );

  it("has its arguments from variables by the same rules; what is not given counts for nothing", async () => {
    const query = `query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
      gate(id: $id) { scans(first: $first, after: $after, last: $last, before: $before) { nodes { id } } } }`;
    const { client } = doors.venue.owner;
    const page = (variables: Record<string, unknown>) =>
      client.request<{ gate: { scans: { nodes: unknown[] } } }>(query, { id: doors.venue.gate(), ...variables });
    expect((await page({})).body.data?.gate.scans.nodes).toHaveLength(3);
    expect((await page({ last: 2 })).body.data?.gate.scans.nodes).toHaveLength(2);
    expect((await page({ first: 2, last: null, after: null })).body.data?.gate.scans.nodes).toHaveLength(2);
    for (const variables of [{ first: 2, last: 2 }, { first: 0 }, { last: 101 }, { first: 20, last: 1 }]) {
      expect((await page(variables)).body).toMatchObject({ errors: [{ extensions: { code: "BAD_USER_INPUT" } }] });
    }
    for (const first of ["2", 1.5, 2 ** 31, true, [[1]]]) {
      const { status, body } = await page({ first });
      expect([status, body.errors?.[0]?.extensions?.code]).toEqual([400, "BAD_USER_INPUT"]);
    }
  });
});

describe("a timestamp", () => {
  const BAD = [
    ...["", "now", "2025-09-30", "10:00:00Z", "2025-09-30T10:00:00", "2025-09-30T10:00Z ", "20250930T100000Z"],
    ...["2025-02-30T10:00:00Z", "2025-02-29T10:00:00Z", "2025-13-01T10:00:00Z", "2025-00-10T10:00:00Z"],
    ...["2025-09-30T25:00:00Z", "2025-09-30T10:60:00Z", "2025-09-30T10:00:00+25:00", "2025-09-30T10:00:00+0200"],
    ...["10000-01-01T00:00:00Z", "+012025-09-30T10:00:00Z", "-000001-01-01T00:00:00Z", "0000-01-01T00:00:00Z"],
    ...["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00", "infinity", "2025-09-30T10:00:00Z\0"],
    ...[1_759_226_400_000, 2025, true, null, {}, ["2025-09-30T10:00:00Z"]],
  ];
  const UPLOAD = "mutation ($input: UploadScansInput!) { uploadScans(input: $input) { results { scan { id } } } }";
  const SCAN = { key: "k", code: "T1", direction: "EXIT" };

  it.each(BAD.map((text) => [text]))(
    "without an offset, or that no calendar has, is BAD_USER_INPUT: %j",
    async (text) => {
      const before = await stock();
      const inputs = [
        { sentAt: text, scans: [] },
        { sentAt: fromNow(0), scans: [{ ...SCAN, scannedAt: text }] },
      ];
      for (const input of inputs) {
        const { status, body } = await doors.client.request(UPLOAD, { input });
        expect([status, body.errors?.[0]?.extensions?.code]).toEqual([400, "BAD_USER_INPUT"]);
      }
      const literal = `{ gate(id: "${doors.venue.gate()}") { scans(filter: { from: ${JSON.stringify(text)} }) { totalCount } } }`;
      if (text !== null && typeof text !== "object") {
        expect((await doors.venue.owner.client.request(literal)).status).toBe(400);
      }
      expect(await stock()).toEqual(before);
    },
  );

  it("may have any offset and any fraction of a second, and is told in UTC", async () => {
    const past = new Date(Date.now() - 60_000).toISOString().slice(0, 19);
    for (const [written, read] of [
      [`${past}Z`, `${past}.000Z`],
      [`${past}.5Z`, `${past}.500Z`],
      [`${past}.123456789+00:00`, `${past}.123Z`],
      [new Date(Date.parse(`${past}Z`) + 19_800_000).toISOString().replace("Z", "+05:30"), `${past}.000Z`],
    ]) {
      const [result] = await uploadScans(doors.client, [{ code: "nobody's", direction: "EXIT", scannedAt: written }]);
      expect(result?.scan?.scannedAt).toBe(read);
    }
  });

  it("of the year 9999 is a clear error where something is to happen then, and may be asked for", async () => {
    const before = await stock();
    const [far, farther] = ["9999-12-31T22:00:00Z", "9999-12-31T23:59:59Z"];
    expect(await uploadScans(doors.client, [{ ...SCAN, scannedAt: far }])).toMatchObject([
      { scan: null, userErrors: [{ code: "INVALID", path: ["scans", "0", "scannedAt"] }] },
    ]);
    const show = { venueId: doors.venue.id, title: "Far away", startsAt: far, endsAt: farther };
    const { client } = doors.venue.owner;
    expect(await mutate<object>(client, "createEvent", "CreateEventInput", "__typename", show)).toMatchObject({
      userErrors: [{ code: "INVALID", path: ["startsAt"] }],
    });
    expect(await stock()).toEqual(before);
    const query = `query ($id: ID!, $filter: ScanFilter) { gate(id: $id) { scans(filter: $filter) { totalCount } } }`;
    const found = async (filter: unknown) =>
      (await client.ok<{ gate: { scans: { totalCount: number } } }>(query, { id: doors.venue.gate(), filter })).gate
        .scans.totalCount;
    expect(await found({ from: far })).toBe(0);
    expect(await found({ from: "0001-01-01T00:00:00Z", to: farther })).toBeGreaterThanOrEqual(3);
  });
});

describe("a list with one bad item is not half done", () => {
  const type = { name: "Any", price: { amountMinor: 5, currency: "EUR" }, quantity: 5 };
  const show = () => ({ venueId: doors.venue.id, title: "Show", startsAt: fromNow(1), endsAt: fromNow(2) });
  const hall = { name: "Hall", address: "Street", capacity: 5 };
  const issue = () => ({ eventId: doors.event.id, ticketTypeId: doors.event.types.get("Standard") });
  const many = (count: number) => Array.from({ length: count }, (_, index) => index);

  it.each<[string, string, () => Record<string, unknown>, string, string | null]>([
    ["a venue's gates: blank", "createVenue", () => ({ ...hall, gates: ["A", " "] }), "INVALID", "gates.1"],
    ["a venue's gates: twice", "createVenue", () => ({ ...hall, gates: ["A", "B", "A "] }), "INVALID", "gates.2"],
    ["a venue's capacity", "createVenue", () => ({ ...hall, capacity: 0, gates: ["A"] }), "INVALID", "capacity"],
    [
      "an event's types: quantity",
      "createEvent",
      () => ({ ...show(), ticketTypes: [type, { ...type, name: "B", quantity: -1 }] }),
      "INVALID",
      "ticketTypes.1.quantity",
    ],
    [
      "an event's types: blank",
      "createEvent",
      () => ({ ...show(), ticketTypes: [type, { ...type, name: "" }] }),
      "INVALID",
      "ticketTypes.1.name",
    ],
    [
      "an event's times",
      "createEvent",
      () => ({ ...show(), endsAt: fromNow(0), ticketTypes: [type] }),
      "INVALID",
      "endsAt",
    ],
    [
      "tickets: empty code",
      "issueTickets",
      () => ({ ...issue(), tickets: [{ code: "N1" }, { code: "" }] }),
      "INVALID",
      "tickets.1.code",
    ],
    [
      "tickets: twice",
      "issueTickets",
      () => ({ ...issue(), tickets: [{ code: "N1" }, { code: " N1" }] }),
      "CODE_TAKEN",
      "tickets.1.code",
    ],
    [
      "tickets: taken",
      "issueTickets",
      () => ({ ...issue(), tickets: [{ code: "N1" }, { code: "T1" }] }),
      "CODE_TAKEN",
      "tickets.1.code",
    ],
    [
      "tickets: holder",
      "issueTickets",
      () => ({ ...issue(), tickets: [{}, { holderEmail: "x@y.z" }] }),
      "NOT_FOUND",
      "tickets.1.holderEmail",
    ],
    ["tickets: none", "issueTickets", () => ({ ...issue(), tickets: [] }), "INVALID", "tickets"],
    [
      "tickets: more than there are",
      "issueTickets",
      () => ({ ...issue(), tickets: many(998).map(() => ({})) }),
      "SOLD_OUT",
      null,
    ],
  ])("%s", async (_what, name, input, code, path) => {
    const before = await stock();
    const inputType = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
    const { userErrors } = await mutate<object>(doors.venue.owner.client, name, inputType, "__typename", input());
    expect(userErrors).toMatchObject([path === null ? { code } : { code, path: path.split(".") }]);
    expect(await stock()).toEqual(before);
  });

  it("nor is one that is too long", async () => {
    const before = await stock();
    const tooMany: [string, string, Record<string, unknown>][] = [
      ["issueTickets", "IssueTicketsInput", { ...issue(), tickets: many(1_001).map(() => ({})) }],
      ["createVenue", "CreateVenueInput", { ...hall, gates: many(1_001).map((index) => `Gate ${index}`) }],
    ];
    for (const [name, inputType, input] of tooMany) {
      const query = `mutation ($input: ${inputType}!) { ${name}(input: $input) { __typename } }`;
      expect(await doors.venue.owner.client.codes(query, { input })).toEqual(["BAD_USER_INPUT"]);
    }
    expect(await stock()).toEqual(before);
  });
});

it("keeps every count as the scans tell", () => expectCountsRight(gatehouse));
