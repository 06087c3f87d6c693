import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cast, makeCast } from "./setup/cast.js";
import { Client } from "./setup/client.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { recordScan, World } from "./setup/world.js";

let gatehouse: TestGatehouse;
let cast: Cast;
let owner: Client;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  cast = await makeCast(gatehouse);
  owner = new Client(gatehouse.url, cast.tokens.owner);
});
afterAll(() => expectCountsRight(gatehouse).finally(() => gatehouse.close()));

const KINDS = [
  ["User", "member", "usr"],
  ["Venue", "venue", "ven"],
  ["Gate", "gate", "gat"],
  ["Device", "device", "dev"],
  ["Event", "event", "evt"],
  ["TicketType", "type", "tty"],
  ["Ticket", "ticket", "tkt"],
  ["Scan", "scan", "scn"],
] as const;
const FIELDS = [
  ["venue", "venue"],
  ["gate", "gate"],
  ["event", "event"],
  ["ticket", "ticket"],
] as const;
/** The last 26 letters of an id of nothing. */
const NOTHING = "01h455vb4pex5vsknk084sn02q";

const idOf = (name: string): string => cast.ids[name] ?? "";
const node = (id: string, client = owner) =>
  client.ok<{ node: unknown }>("query ($id: ID!) { node(id: $id) { __typename id } }", { id });
const nodes = (ids: readonly string[], client = owner) =>
  client.ok<{ nodes: unknown[] }>("query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", { ids });

describe("node", () => {
  it.each(KINDS)("finds a %s by its id, which names its kind", async (typename, name, prefix) => {
    expect(idOf(name)).toMatch(new RegExp(`^${prefix}_[0-7][0-9a-hjkmnp-tv-z]{25}$`));
    expect(await node(idOf(name))).toEqual({ node: { __typename: typename, id: idOf(name) } });
  });

  it.each([...KINDS.map(([, , prefix]) => prefix), "rsv"])("is null for an id of no %s", async (prefix) => {
    expect(await node(`${prefix}_${NOTHING}`)).toEqual({ node: null });
  });

  it("is null for the id of something else under another kind's prefix", async () => {
    expect(await node(idOf("venue").replace("ven_", "evt_"))).toEqual({ node: null });
  });

  it("is null for what is hidden, as for nothing", async () => {
    const stranger = new Client(gatehouse.url, cast.tokens.stranger);
    for (const name of ["draft", "draftType", "cancelled", "ticket", "scan", "device"]) {
      expect(await node(idOf(name), stranger), name).toEqual({ node: null });
      expect(await node(idOf(name)), name).toMatchObject({ node: { id: idOf(name) } });
    }
  });

  it("gives what is met through a ticket and its scans to those who meet it there", async () => {
    const venue = await new World(gatehouse.url).venue({ gates: ["A", "B"] });
    const draft = await venue.event({ publish: false });
    const guest = await venue.world.person("Guest");
    await draft.tickets(["G1"], "Standard", { holderEmail: guest.email });
    const [first, second] = [await venue.device("A"), await venue.device("B")];
    const { scan } = await recordScan(first.client, { code: "G1" });
    const found = (id: string) => ({ node: { id } });
    expect(await node(draft.id, guest.client)).toMatchObject(found(draft.id));
    expect(await node(draft.types.get("Standard") ?? "", guest.client)).not.toEqual({ node: null });
    expect(await node(scan?.id ?? "", second.client)).toMatchObject(found(scan?.id ?? "-"));
    expect(await node(first.id, second.client)).toMatchObject(found(first.id));
    expect(await node(scan?.id ?? "", guest.client)).toEqual({ node: null });
  });

  it.each([
    ["nothing", ""],
    ["no kind", NOTHING],
    ["a bare UUID", "018f2c6e-7b6a-7c3d-9e1f-0123456789ab"],
    ["an unknown kind", `abc_${NOTHING}`],
    ["a kind in capitals", `EVT_${NOTHING}`],
    ["capitals", `evt_${NOTHING.toUpperCase()}`],
    ["a letter too few", `evt_${NOTHING.slice(1)}`],
    ["a letter too many", `evt_${NOTHING}0`],
    ["a letter that none has", `evt_${NOTHING.slice(0, -1)}u`],
    ["more than 128 bits", `evt_8${NOTHING.slice(1)}`],
    ["a blank after it", `evt_${NOTHING} `],
    ["a zero byte", `evt_${NOTHING.slice(0, -1)}\u0000`],
    ["SQL", "evt_' or true; --"],
    ["a number", "1"],
    ["a long text", `evt_${"0".repeat(100_000)}`],
  ])("refuses an id of %s", async (_what, id) => {
    expect(await owner.codes("query ($id: ID!) { node(id: $id) { id } }", { id })).toEqual(["BAD_USER_INPUT"]);
    expect(await owner.codes("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", { ids: [idOf("venue"), id] })).toEqual(
      ["BAD_USER_INPUT"],
    );
  });
});

describe("nodes", () => {
  it("answers in the order of the ids, null for nothing and for what is hidden, twice where asked twice", async () => {
    const stranger = new Client(gatehouse.url, cast.tokens.stranger);
    const [event, venue, gate] = [idOf("event"), idOf("venue"), idOf("gate")];
    const ids = [gate, `tkt_${NOTHING}`, event, idOf("draft"), venue, idOf("ticket"), event, `rsv_${NOTHING}`];
    expect(await nodes(ids, stranger)).toEqual({
      nodes: [
        { __typename: "Gate", id: gate },
        null,
        { __typename: "Event", id: event },
        null,
        { __typename: "Venue", id: venue },
        null,
        { __typename: "Event", id: event },
        null,
      ],
    });
  });

  it("takes no ids and 100, and not one more", async () => {
    const ids = Array<string>(100).fill(idOf("venue"));
    expect(await nodes([])).toEqual({ nodes: [] });
    expect((await nodes(ids)).nodes).toHaveLength(100);
    const query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    expect(await owner.codes(query, { ids: [...ids, idOf("venue")] })).toEqual(["BAD_USER_INPUT"]);
  });
});

describe.each(FIELDS)("%s", (field, name) => {
  const query = `query ($id: ID!) { ${field}(id: $id) { __typename id } }`;

  it("finds its object by the id, and nothing by that of nothing", async () => {
    expect(await owner.ok(query, { id: idOf(name) })).toMatchObject({ [field]: { id: idOf(name) } });
    expect(await owner.ok(query, { id: idOf(name).replace(/_.*/, `_${NOTHING}`) })).toEqual({ [field]: null });
  });

  it("refuses the ids of every other kind", async () => {
    for (const [, other] of KINDS) {
      if (other === name) continue;
      expect(await owner.codes(query, { id: idOf(other) }), other).toEqual(["BAD_USER_INPUT"]);
    }
    expect(await owner.codes(query, { id: "nonsense" })).toEqual(["BAD_USER_INPUT"]);
  });
});

describe("an id of another kind", () => {
  it.each([
    ["in a mutation", "mutation ($id: ID!) { updateVenue(input: { venueId: $id }) { venue { id } } }", "event"],
    [
      "in a list's filter",
      "query ($id: ID!, $venue: ID!) { gate(id: $venue) { scans(filter: { gateId: $id }) { totalCount } } }",
      "event",
    ],
    ["in a look-up by code", `query ($id: ID!) { ticketByCode(eventId: $id, code: "x") { id } }`, "venue"],
    [
      "in a scan",
      `mutation ($id: ID!) { recordScan(input: { key: "k", code: "c", direction: ENTRY, gateId: $id }) { replayed } }`,
      "venue",
    ],
  ])("is bad input %s", async (_where, query, name) => {
    const variables = { id: idOf(name), ...(query.includes("$venue") ? { venue: idOf("gate") } : {}) };
    expect(await owner.codes(query, variables)).toEqual(["BAD_USER_INPUT"]);
  });
});
