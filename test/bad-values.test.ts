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
  doors = await openDoors(world);
});
afterAll(() => gatehouse.close());

/** How much there is of everything. */
async function stock(): Promise<unknown> {
  const tables = ["users", "sessions", "venues", "venue_staff", "gates", "devices", "events", "ticket_types"];
  const counts = [...tables, "tickets", "scans", "presences", "occupancies"].map(
    (table) => `(select count(*) from ${table}) as ${table}`,
  );
  return gatehouse.sql(`select ${counts}, (select sum(sold) from ticket_types) as sold`);
}

describe("an id", () => {
  const KINDS = { venue: "ven", gate: "gat", event: "evt", ticket: "tkt" };
  const SUFFIX = "01h455vb4pex5vsknk084sn02q";
  const malformed = (prefix: string) => [
    ...[
      "",
      " ",
      "5",
      "nonsense",
      prefix,
      `${prefix}_`,
      SUFFIX,
      `_${SUFFIX}`,
      `${prefix}_${SUFFIX}x`,
      `${prefix}-${SUFFIX}`,
    ],
    ...[
      `${prefix}_${SUFFIX.slice(1)}`,
      `${prefix}_${SUFFIX.toUpperCase()}`,
      ` ${prefix}_${SUFFIX}`,
      `${prefix}_${SUFFIX}\n`,
    ],
    ...[`${prefix}_8${SUFFIX.slice(1)}`, `${prefix}_${SUFFIX.slice(0, -1)}u`, `${prefix}_${SUFFIX.slice(0, -1)}\0`],
    ...[`${prefix.toUpperCase()}_${SUFFIX}`, `usr_${SUFFIX}`, "x".repeat(100_000), `${prefix}_'; drop table scans; --`],
  ];

  it.each(Object.entries(KINDS))(
    "of a %s that is malformed or of another kind is BAD_USER_INPUT",
    async (field, prefix) => {
      const query = `query ($id: ID!) { ${field}(id: $id) { id } }`;
      for (const id of malformed(prefix)) {
        expect(await doors.client.codes(query, { id }), id.slice(0, 60)).toEqual(["BAD_USER_INPUT"]);
      }
      expect(await doors.client.ok(query, { id: `${prefix}_${SUFFIX}` })).toEqual({ [field]: null });
    },
  );

  it("of any node that is malformed, or of no kind there is, is BAD_USER_INPUT; of nothing it is null", async () => {
    const query = "query ($id: ID!) { node(id: $id) { id } }";
    for (const id of [...malformed("ven").filter((id) => !id.startsWith("usr_")), `xyz_${SUFFIX}`]) {
      expect(await doors.client.codes(query, { id }), id.slice(0, 60)).toEqual(["BAD_USER_INPUT"]);
    }
    for (const prefix of ["evt", "tkt", "tty", "ven", "gat", "usr", "rsv", "scn", "dev"]) {
      expect(await doors.client.ok(query, { id: `${prefix}_${SUFFIX}` })).toEqual({ node: null });
    }
  });

  it("is answered in order, a hundred at most", async () => {
    const query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    const ids = Array.from({ length: 101 }, (_, index) => (index % 2 ? `ven_${SUFFIX}` : doors.venue.id));
    const { nodes } = await doors.client.ok<{ nodes: unknown[] }>(query, { ids: ids.slice(1) });
    expect(nodes).toEqual(ids.slice(1).map((id) => (id === doors.venue.id ? { id } : null)));
    const tooMany = await doors.client.request(query, { ids });
    expect(tooMany.body.data).toBeNull();
    expect(await doors.client.codes(query, { ids })).toEqual(["BAD_USER_INPUT"]);
    expect(await doors.client.codes(query, { ids: [doors.venue.id, "nonsense"] })).toEqual(["BAD_USER_INPUT"]);
    expect(await doors.client.ok(query, { ids: [] })).toEqual({ nodes: [] });
  });

  it("in an input that is malformed is BAD_USER_INPUT, and nothing is done", async () => {
    const before = await stock();
    const query = "mutation ($input: RecordScanInput!) { recordScan(input: $input) { scan { id } } }";
    const upload = "mutation ($input: UploadScansInput!) { uploadScans(input: $input) { results { replayed } } }";
    const scan = { key: "k", code: "T1", direction: "ENTRY" };
    for (const place of [{ gateId: "nonsense" }, { eventId: doors.venue.id }, { gateId: doors.event.id }]) {
      expect(await doors.client.codes(query, { input: { ...scan, ...place } })).toEqual(["BAD_USER_INPUT"]);
    }
    const scans = [{ ...scan, scannedAt: fromNow(0), eventId: doors.event.id }];
    const input = { sentAt: fromNow(0), scans, gateId: doors.event.id };
    expect(await doors.client.codes(upload, { input })).toEqual(["BAD_USER_INPUT"]);
    const byCode = 'query ($id: ID!) { ticketByCode(eventId: $id, code: "T1") { id } }';
    expect(await doors.client.codes(byCode, { id: doors.venue.id })).toEqual(["BAD_USER_INPUT"]);
    expect(await stock()).toEqual(before);
  });
});

const HIGH = "\ud83d";
const LOW = "\ude00";
const UNSTORABLE = [
  "NUL\0",
  "bell\u0007",
  "escape\u001b[2J",
  "delete\u007f",
  "next\u0085line",
  "tab\there",
  HIGH,
  `x${LOW}`,
];
const HARMLESS = [
  "'; drop table scans; --",
  "\\'); delete from tickets; --",
  "%_%",
  "$1",
  "{}",
  "null",
  "😀",
  "é",
  "<b>",
  "‮",
];

describe("a code and a key", () => {
  it.each([
    ["code", 200],
    ["key", 100],
  ])("the %s may have %i characters, counted as people do, and no more", async (field, most) => {
    const scanned = (text: string) => recordScan(doors.client, { code: "nobody's", direction: "EXIT", [field]: text });
    for (const character of ["x", "é", "😀"]) {
      const longest = character.repeat(most);
      expect(await scanned(longest)).toMatchObject({ scan: { [field]: longest, outcome: "ACCEPTED" } });
      expect(await scanned(longest + character)).toMatchObject({
        scan: null,
        userErrors: [{ code: "INVALID", path: [field] }],
      });
    }
  });

  it.each(["code", "key"])("the %s that is empty or cannot be kept is INVALID, at both mutations", async (field) => {
    const before = await stock();
    const scan = { code: "T1", key: "k", [field]: "" };
    for (const text of ["", ...UNSTORABLE]) {
      const bad = { ...scan, [field]: text };
      const no = { scan: null, replayed: false };
      expect(await recordScan(doors.client, bad), JSON.stringify(text)).toMatchObject({
        ...no,
        userErrors: [{ code: "INVALID", path: [field] }],
      });
      expect(await uploadScans(doors.client, [bad]), JSON.stringify(text)).toMatchObject([
        { ...no, userErrors: [{ code: "INVALID", path: ["scans", "0", field] }] },
      ]);
    }
    expect(await stock()).toEqual(before);
  });

  it.each(HARMLESS)("is text and nothing more: %s", async (text) => {
    expect(await recordScan(doors.client, { code: text, key: text })).toMatchObject({
      scan: { code: text, key: text, outcome: "REFUSED", reason: "UNKNOWN_TICKET" },
    });
    expect(await recordScan(doors.client, { code: text, key: text })).toMatchObject({ replayed: true });
    expect(await gatehouse.sql("select from scans where code = $1", [text])).toHaveLength(1);
    const code = `${text} ticket`;
    const [ticket] = await doors.event.tickets([code]);
    expect((await recordScan(doors.client, { code })).scan?.ticket?.id).toBe(ticket);
  });

  it("may be looked for whatever it is, and is then found nowhere", async () => {
    const query = "query ($eventId: ID!, $code: String!) { ticketByCode(eventId: $eventId, code: $code) { id } }";
    for (const code of ["", "x".repeat(10_000), ...UNSTORABLE, ...HARMLESS]) {
      const { status, body } = await doors.client.request(query, { eventId: doors.event.id, code });
      expect([status, body.errors, body.data], JSON.stringify(code.slice(0, 20))).toEqual([
        200,
        undefined,
        { ticketByCode: null },
      ]);
    }
  });
});

describe("a text", () => {
  const sample = () =>
    ({
      register: [
        "RegisterInput",
        { name: "Ada", email: `${crypto.randomUUID()}@example.com`, password: "correct horse" },
      ],
      createVenue: ["CreateVenueInput", { name: "Hall", address: "Street", timeZone: "UTC", capacity: 5 }],
      addGate: ["AddGateInput", { venueId: doors.venue.id, name: "Side" }],
      enrollDevice: ["EnrollDeviceInput", { gateId: doors.venue.gate(), name: "Scanner" }],
      createEvent: [
        "CreateEventInput",
        {
          ...{ venueId: doors.venue.id, title: "Show", category: "general", description: "x" },
          ...{ startsAt: fromNow(1), endsAt: fromNow(2) },
        },
      ],
    }) as const;
  const FIELDS: [keyof ReturnType<typeof sample>, string, number][] = [
    ["register", "name", 200],
    ["createVenue", "name", 200],
    ["addGate", "name", 200],
    ["enrollDevice", "name", 200],
    ["createEvent", "title", 200],
    ["createEvent", "category", 200],
    ["createEvent", "description", 10_000],
    ["register", "email", 254],
    ["register", "password", 256],
    ["createVenue", "address", 1_000],
    ["createVenue", "timeZone", 200],
  ];

  it.each(FIELDS)("%s refuses a %s that is over %i characters or cannot be kept", async (name, field, most) => {
    const before = await stock();
    const client = name === "register" ? world.anonymous : doors.venue.owner.client;
    for (const text of [`${"x".repeat(most)}@`, ...[0, 6, 7].map((index) => `long enough ${UNSTORABLE[index]}`)]) {
      const [type, input] = sample()[name];
      const { userErrors } = await mutate<object>(client, name, type, "__typename", { ...input, [field]: text });
      expect(userErrors, JSON.stringify(text.slice(0, 40))).toMatchObject([{ code: "INVALID", path: [field] }]);
    }
    expect(await stock()).toEqual(before);
  });

  it("with which somebody signs in is nobody's, whatever it is", async () => {
    for (const text of ["", "x".repeat(100_000), ...UNSTORABLE, ...HARMLESS]) {
      for (const [email, password] of [
        [text, "correct horse"],
        [doors.venue.owner.email, text],
      ]) {
        const { userErrors } = await mutate<object>(world.anonymous, "login", "LoginInput", "__typename", {
          email,
          password,
        });
        expect(userErrors, JSON.stringify(text.slice(0, 40))).toMatchObject([{ code: "BAD_CREDENTIALS" }]);
      }
      const input = { venueId: doors.venue.id, email: text };
      const call = ["addVenueStaff", "VenueStaffInput", "__typename", input] as const;
      expect((await mutate<object>(doors.venue.owner.client, ...call)).userErrors).toHaveLength(1);
    }
  });
});

it("keeps every count as the scans tell", () => expectCountsRight(gatehouse));
