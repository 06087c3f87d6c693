import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Door, httpDoor, socketDoor } from "./setup/both-doors.js";
import { type Cast, makeCast, outcomeOf, ROLES, type Role } from "./setup/cast.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";

let gatehouse: TestGatehouse;
let cast: Cast;
let doors: Readonly<Record<"HTTP" | "WebSocket", Door>>;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  cast = await makeCast(gatehouse);
  doors = { HTTP: httpDoor(gatehouse.url), WebSocket: socketDoor(gatehouse.url) };
});
afterAll(async () => {
  for (const door of Object.values(doors)) await door[Symbol.asyncDispose]();
  await expectCountsRight(gatehouse).finally(() => gatehouse.close());
});

const RECORDS: readonly Role[] = ["staff", "owner", "admin"];
const CREW: readonly Role[] = ["device", ...RECORDS];
const MEMBER: readonly Role[] = ["member"];

/** Who finds the secret in the answer, by what is asked for. Everybody else gets null, and no error. */
type Reading = readonly [title: string, secret: keyof Cast["secrets"], seenBy: readonly Role[], query: string];

const READINGS: readonly Reading[] = [
  ["User.email", "memberEmail", ["member", "admin"], `node(id: $member) { ... on User { email } }`],
  ["User.email of nodes", "memberEmail", ["member", "admin"], `nodes(ids: [$member]) { ... on User { email } }`],
  ["User.email of a holder", "memberEmail", ["admin"], `event(id: $event) { tickets { nodes { holder { email } } } }`],
  ["User.email of a ticket's holder", "memberEmail", ["member", "admin"], `ticket(id: $ticket) { holder { email } }`],
  ["User.email of an owner", "ownerEmail", ["owner", "admin"], `venue(id: $venue) { owner { email } }`],
  ["User.email of an organizer", "ownerEmail", ["owner", "admin"], `event(id: $event) { organizer { email } }`],
  ["User.email of staff", "staffEmail", ["staff", "admin"], `venue(id: $venue) { staff { email } }`],
  ["User.location", "memberLatitude", MEMBER, `node(id: $member) { ... on User { location { latitude } } }`],
  ["User.location of a holder", "memberLatitude", MEMBER, `ticket(id: $ticket) { holder { location { latitude } } }`],
  ["User.tickets", "ticket", ["member", "admin"], `node(id: $member) { ... on User { tickets { nodes { id } } } }`],
  [
    "User.tickets of a holder",
    "ticket",
    ["member", "admin"],
    `ticket(id: $ticket) { holder { tickets { nodes { id } } } }`,
  ],
  ["me", "memberEmail", MEMBER, `me { email }`],

  ["Venue.staff", "staff", RECORDS, `venue(id: $venue) { staff { id } }`],
  ["Venue.staff of an event's venue", "staff", RECORDS, `event(id: $event) { venue { staff { id } } }`],
  ["Venue.devices", "deviceName", RECORDS, `venue(id: $venue) { devices { name } }`],
  ["Venue.auditLog", "enrolled", ["owner", "admin"], `venue(id: $venue) { auditLog { nodes { action } } }`],
  [
    "Venue.auditLog of a gate's venue",
    "enrolled",
    ["owner", "admin"],
    `gate(id: $gate) { venue { auditLog { edges { node { action } } } } }`,
  ],
  ["Venue.auditLog's number", "number", ["owner", "admin"], `venue(id: $venue) { auditLog { totalCount } }`],
  ["Venue.occupancy", "inside", CREW, `venue(id: $venue) { occupancy { inside } }`],
  ["Venue.occupancy of a gate's venue", "inside", CREW, `gate(id: $gate) { venue { occupancy { inside } } }`],
  ["Venue.occupancy where it is public", "noneInside", ROLES, `venue(id: $plaza) { occupancy { inside } }`],
  ["Gate.occupancy", "inside", CREW, `gate(id: $gate) { occupancy { inside } }`],
  ["Gate.occupancy of a venue's gates", "inside", CREW, `venue(id: $venue) { gates { occupancy { inside } } }`],
  ["Gate.occupancy where it is public", "noneInside", ROLES, `gate(id: $plazaGate) { occupancy { inside } }`],
  ["Event.occupancy", "inside", CREW, `event(id: $event) { occupancy { inside } }`],
  ["Event.occupancy of a ticket", "inside", CREW, `ticket(id: $ticket) { event { occupancy { inside } } }`],
  ["Event.occupancy where it is public", "noneInside", ROLES, `event(id: $plazaEvent) { occupancy { inside } }`],

  ["Gate.scans", "scanKey", RECORDS, `gate(id: $gate) { scans { nodes { key } } }`],
  ["Gate.scans' number", "one", RECORDS, `gate(id: $gate) { scans { totalCount } }`],
  [
    "Gate.scans where the counts are public",
    "plazaScanKey",
    RECORDS,
    `gate(id: $plazaGate) { scans { nodes { key } } }`,
  ],
  ["Event.scans", "scanKey", RECORDS, `event(id: $event) { scans { edges { node { key } } } }`],
  ["Event.scans of a holder's ticket", "scanKey", RECORDS, `ticket(id: $ticket) { event { scans { nodes { key } } } }`],
  ["Event.tickets", "ticket", RECORDS, `event(id: $event) { tickets { nodes { id } } }`],
  ["Event.tickets' number", "one", RECORDS, `event(id: $event) { tickets { totalCount } }`],
  ["Ticket.scans", "scanKey", CREW, `ticket(id: $ticket) { scans { nodes { key } } }`],
  ["Scan", "scanKey", CREW, `node(id: $scan) { ... on Scan { key } }`],
  ["Device", "deviceName", CREW, `node(id: $device) { ... on Device { name } }`],
  ["Device of a scan", "deviceName", RECORDS, `gate(id: $gate) { scans { nodes { device { name } } } }`],

  ["Ticket", "paid", ["member", ...CREW], `ticket(id: $ticket) { status }`],
  ["Ticket through node", "paid", ["member", ...CREW], `node(id: $ticket) { ... on Ticket { status } }`],
  ["Ticket through nodes", "paid", ["member", ...CREW], `nodes(ids: [$ticket]) { ... on Ticket { status } }`],
  ["Ticket.code", "code", ["member", "owner", "admin"], `ticket(id: $ticket) { code }`],
  ["Ticket.code of a scan", "code", ["owner", "admin"], `gate(id: $gate) { scans { nodes { ticket { code } } } }`],
  ["Ticket.code of an event", "code", ["owner", "admin"], `event(id: $event) { tickets { nodes { code } } }`],
  ["Ticket.holder", "member", ["member", ...RECORDS], `ticket(id: $ticket) { holder { id } }`],
  ["Ticket.holderName", "holderName", ["member", ...RECORDS], `ticket(id: $ticket) { holderName }`],
  ["Ticket.holderName of a scan", "holderName", RECORDS, `node(id: $scan) { ... on Scan { ticket { holderName } } }`],

  ["a draft", "draftTitle", CREW, `event(id: $draft) { title }`],
  ["a draft through node", "draftTitle", CREW, `node(id: $draft) { ... on Event { title } }`],
  ["a draft through nodes", "draftTitle", CREW, `nodes(ids: [$event, $draft]) { ... on Event { title } }`],
  ["a draft of a venue", "draftTitle", CREW, `venue(id: $venue) { events { nodes { title } } }`],
  ["the number of a venue's events", "two", CREW, `venue(id: $venue) { events { totalCount } }`],
  [
    "a draft of a gate's venue",
    "draftTitle",
    CREW,
    `gate(id: $gate) { venue { events { edges { node { title } } } } }`,
  ],
  [
    "a draft of its organizer",
    "draftTitle",
    ["owner", "admin"],
    `venue(id: $venue) { owner { organizedEvents { nodes { title } } } }`,
  ],
  ["a draft's ticket type", "draftType", CREW, `node(id: $draftType) { ... on TicketType { name } }`],
  [
    "a draft in public counts",
    "plazaDraftTitle",
    RECORDS,
    `venue(id: $plaza) { occupancy { events { event { title } } } }`,
  ],
  [
    "a draft's ticket type in public counts",
    "plazaDraftType",
    RECORDS,
    `venue(id: $plaza) { occupancy { ticketTypes { ticketType { name } } } }`,
  ],
  ["a cancelled event", "cancelledTitle", CREW, `event(id: $cancelled) { title }`],
  ["a cancelled event of a venue", "cancelledTitle", [], `venue(id: $venue) { events { nodes { title } } }`],

  ["a published event", "eventTitle", ROLES, `event(id: $event) { title }`],
  ["a venue", "venueName", ROLES, `venue(id: $venue) { name owner { name } }`],
  ["a gate", "gateName", ROLES, `gate(id: $gate) { name venue { id } }`],
];

const variablesOf = (query: string): string => {
  const names = [...new Set(query.match(/\$\w+/g))];
  return names.length === 0 ? "" : `(${names.map((name) => `${name}: ID!`).join(", ")})`;
};

describe.each(["HTTP", "WebSocket"] as const)("over %s", (name) => {
  it.each(READINGS)("%s (%s) is read by %j alone", async (_title, secret, seenBy, selection) => {
    const seen: Role[] = [];
    for (const role of ROLES) {
      const reply = await doors[name].ask(
        cast.tokens[role],
        `query ${variablesOf(selection)} { ${selection} }`,
        cast.ids,
      );
      expect(reply.errors, role).toBeUndefined();
      if (JSON.stringify(reply).includes(cast.secrets[secret])) seen.push(role);
    }
    expect(seen.sort()).toEqual([...seenBy].sort());
  });

  it("ticketByCode finds for those who may scan, and asks for a token first", async () => {
    const query = `query ($event: ID!) { ticketByCode(eventId: $event, code: "SECRET-CODE") { status code holderName } }`;
    const answers = await everybody((token) => doors[name].ask(token, query, cast.ids));
    const none = { ticketByCode: null };
    const found = (code: string | null, holderName: string | null) => ({
      ticketByCode: { status: "PAID", code, holderName },
    });
    const { code, holderName } = cast.secrets;
    expect(answers).toMatchObject({
      anonymous: { errors: [{ extensions: { code: "UNAUTHENTICATED" } }] },
      stranger: { data: none },
      member: { data: none },
      otherOwner: { data: none },
      otherDevice: { data: none },
      device: { data: found(null, null) },
      staff: { data: found(null, holderName) },
      owner: { data: found(code, holderName) },
      admin: { data: found(code, holderName) },
    });
  });

  it("previewScan tells those who may scan at the gate, and shows a device no holder", async () => {
    const query = `query ($gate: ID!) {
      previewScan(input: { code: "SECRET-CODE", gateId: $gate }) { reason ticket { holderName } } }`;
    const answers = await everybody((token) => doors[name].ask(token, query, cast.ids));
    const told = (holderName: string | null) => ({
      data: { previewScan: { reason: "ALREADY_INSIDE", ticket: { holderName } } },
    });
    const refused = (code: string) => ({ errors: [{ extensions: { code } }] });
    const { holderName } = cast.secrets;
    expect(answers).toMatchObject({
      anonymous: refused("UNAUTHENTICATED"),
      stranger: refused("FORBIDDEN"),
      member: refused("FORBIDDEN"),
      otherOwner: refused("FORBIDDEN"),
      otherDevice: refused("BAD_USER_INPUT"),
      device: told(null),
      staff: told(holderName),
      owner: told(holderName),
      admin: told(holderName),
    });
  });
});

describe("a subscription", () => {
  it.each([
    ["occupancyChanged", "occupancyChanged(venueId: $venue) { inside }", CREW],
    ["gateOccupancyChanged", "gateOccupancyChanged(gateId: $gate) { inside }", CREW],
    ["occupancyChanged where it is public", "occupancyChanged(venueId: $plaza) { inside }", ROLES],
    ["gateOccupancyChanged where it is public", "gateOccupancyChanged(gateId: $plazaGate) { inside }", ROLES],
    ["occupancyChanged of nothing", "occupancyChanged(venueId: $noVenue) { inside }", []],
    ["gateOccupancyChanged of nothing", "gateOccupancyChanged(gateId: $noGate) { inside }", []],
  ] as const)("to %s is for those who may read it", async (_title, selection, allowed) => {
    const query = `subscription ${variablesOf(selection)} { ${selection} }`;
    const outcomes = await everybody(async (token) => outcomeOf(await doors.WebSocket.ask(token, query, cast.ids)));
    const expected = ROLES.map((role) => [role, (allowed as readonly Role[]).includes(role) ? "OK" : "FORBIDDEN"]);
    expect(outcomes).toEqual(Object.fromEntries(expected));
  });

  it("shows a draft of a public venue to those alone who see drafts", async () => {
    const query = `subscription ($plaza: ID!) {
      occupancyChanged(venueId: $plaza) { events { event { title } } ticketTypes { ticketType { name } } } }`;
    const answers = await everybody(async (token) => JSON.stringify(await doors.WebSocket.ask(token, query, cast.ids)));
    for (const secret of ["plazaDraftTitle", "plazaDraftType"] as const) {
      const seen = ROLES.filter((role) => answers[role]?.includes(cast.secrets[secret]));
      expect([...seen].sort()).toEqual([...RECORDS].sort());
    }
  });
});

async function everybody<Answer>(
  ask: (token: string | undefined) => Promise<Answer>,
): Promise<Partial<Record<Role, Answer>>> {
  const answers: Partial<Record<Role, Answer>> = {};
  for (const role of ROLES) answers[role] = await ask(cast.tokens[role]);
  return answers;
}
