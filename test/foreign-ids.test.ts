import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiSchema } from "../src/resolvers/schema.js";
import { argumentsOf, readArgumentsOf, valueAt, withValue } from "./setup/arguments.js";
import { type Door, httpDoor, socketDoor, streamDoor } from "./setup/both-doors.js";
import { outcomeOf } from "./setup/cast.js";
import { Mutations, standard } from "./setup/mutations.js";
import { held } from "./setup/sales.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { recordScan } from "./setup/world.js";

const schema = apiSchema();
const DOORS = ["HTTP", "WebSocket"] as const;

let gatehouse: TestGatehouse;
let mine: Mutations;
let theirs: Mutations;
let ids: Readonly<Record<string, string | undefined>>;
let doors: Readonly<Record<"HTTP" | "stream" | "WebSocket", Door>>;
beforeAll(async () => {
  gatehouse = await startGatehouse({ jobs: false });
  [mine, theirs] = [await Mutations.on(gatehouse, schema), await Mutations.on(gatehouse, schema)];
  ids = await idsOf();
  doors = { HTTP: httpDoor(gatehouse.url), stream: streamDoor(gatehouse.url), WebSocket: socketDoor(gatehouse.url) };
});
afterAll(async () => {
  for (const door of Object.values(doors)) await door[Symbol.asyncDispose]();
  await expectCountsRight(gatehouse).finally(() => gatehouse.close());
});

async function idsOf() {
  const { venue, event, buyer } = theirs;
  const draft = await venue.event({ title: "Theirs", publish: false });
  const [ticket] = await event.tickets(["THEIRS"]);
  const { scan } = await recordScan(venue.owner.client, { gateId: venue.gate(), code: "THEIRS", key: "theirs" });
  return {
    ...{ gate: mine.venue.gate(), venue: mine.venue.id, event: mine.event.id },
    ...{ theirGate: venue.gate(), theirVenue: venue.id, theirEvent: event.id, theirDraft: draft.id },
    ...{ theirType: standard(event), theirTicket: ticket, theirScan: scan?.id, theirDevice: (await venue.device()).id },
    ...{ theirOwner: venue.owner.id, theirHold: (await held(buyer.client, event)).id },
  };
}

/** All rows, but of who is signed in and when a device was last seen. */
async function everything(): Promise<unknown> {
  const tables = await gatehouse.sql<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public'
     and table_name not in ('sessions', 'refresh_tokens', 'devices') order by 1`,
  );
  const digests = tables.map(({ name }) => `(select md5(string_agg(t::text, '|' order by t::text)) from ${name} t)`);
  return gatehouse.sql(`select array[${digests}], array(select revoked_at from devices order by id)`);
}

async function send(door: Door, name: string, input: unknown): Promise<string> {
  const payload = name === "uploadScans" ? "results { userErrors { code } }" : "userErrors { code }";
  const type = schema.getMutationType()?.getFields()[name]?.args[0]?.type;
  const query = `mutation ($input: ${type}) { ${name}(input: $input) { ${payload} } }`;
  const reply = await door.ask(mine.clientOf(name).token, query, { input });
  const { results } = (reply.data?.[name] ?? {}) as { results?: unknown[] };
  return outcomeOf(results === undefined ? reply : { data: { result: results[0] } });
}

const NO = /^(NOT_FOUND|FORBIDDEN|INVALID|BAD_USER_INPUT)$/;
/** Here an id only narrows where a code is looked for: of another owner's event it finds no ticket, and the exit is one of nobody. */
const NARROWING = ["recordScan.eventId", "uploadScans.scans.0.eventId"];
const ARGUMENTS = argumentsOf(schema, "ID");

/** What each door says. */
const sendBoth = async (name: string, input: unknown): Promise<string[]> => [
  await send(doors.HTTP, name, input),
  await send(doors.WebSocket, name, input),
];

async function expectRefused(mutation: string, input: unknown): Promise<void> {
  const before = await everything();
  expect(await sendBoth(mutation, input)).toEqual([expect.stringMatching(NO), expect.stringMatching(NO)]);
  expect(await everything()).toEqual(before);
}

describe("an id of another owner's, over both doors,", () => {
  it.each(ARGUMENTS.filter((argument) => !NARROWING.includes(argument)))(
    "is refused among one's own as %s, and changes nothing",
    async (argument) => {
      const [mutation = "", ...path] = argument.split(".");
      const foreign = valueAt(await theirs.input(mutation), path);
      expect(foreign).toEqual(expect.any(String));
      await expectRefused(mutation, withValue(await mine.input(mutation), path, foreign));
    },
  );

  it.each(NARROWING)("is of no use as %s: nothing of theirs is found or changed", async (argument) => {
    const [mutation = "", ...path] = argument.split(".");
    const code = [...path.slice(0, -1), "code"];
    const input = withValue(withValue(await mine.input(mutation), path, ids["theirEvent"]), code, "THEIRS");
    const theirRows = () =>
      gatehouse.sql(
        `select (select json_agg(o order by id) from occupancies o where venue_id = t.venue_id),
           (select json_agg(s order by s.id) from scans s where venue_id = t.venue_id),
           (select json_agg(p order by ticket_id) from presences p where p.ticket_id = t.id)
         from tickets t where code = 'THEIRS'`,
      );
    const before = await theirRows();
    expect(await sendBoth(mutation, input)).toEqual(["OK", "OK"]);
    expect(await theirRows()).toEqual(before);
    const [scan] = await gatehouse.sql(
      "select ticket_id, event_id from scans order by received_at desc, id desc limit 1",
    );
    expect(scan).toEqual({ ticket_id: null, event_id: null });
  });

  it.each(["issueTickets", "recordScan", "uploadScans"])(
    "is refused by %s, all of whose ids are theirs",
    async (mutation) => expectRefused(mutation, await theirs.input(mutation)),
  );
});

/** Each place where a reader gives an id: what to ask of theirs, and all that is answered. */
const READS: Readonly<Record<string, readonly [selection: string, answer: unknown]>> = {
  "Gate.scans.filter.gateId": [
    "gate(id: $gate) { scans(filter: { gateId: $theirGate }) { nodes { key } totalCount } }",
    { gate: { scans: { nodes: [], totalCount: 0 } } },
  ],
  "Venue.anomalies.filter.eventId": [
    "venue(id: $venue) { anomalies(filter: { eventId: $theirEvent }) { nodes { message } totalCount } }",
    { venue: { anomalies: { nodes: [], totalCount: 0 } } },
  ],
  "Venue.anomalies.filter.gateId": [
    "venue(id: $venue) { anomalies(filter: { gateId: $theirGate }) { nodes { message } totalCount } }",
    { venue: { anomalies: { nodes: [], totalCount: 0 } } },
  ],
  "Venue.events.filter.venueId": [
    "venue(id: $venue) { events(filter: { venueId: $theirVenue }) { nodes { title } totalCount } }",
    { venue: { events: { nodes: [], totalCount: 0 } } },
  ],
  "Venue.events.filter.organizerId": [
    "venue(id: $venue) { events(filter: { organizerId: $theirOwner }) { nodes { title } totalCount } }",
    { venue: { events: { nodes: [], totalCount: 0 } } },
  ],
  "Event.tickets.filter.ticketTypeId": [
    "event(id: $event) { tickets(filter: { ticketTypeId: $theirType }) { nodes { code } totalCount } }",
    { event: { tickets: { nodes: [], totalCount: 0 } } },
  ],
  "Event.scans.filter.gateId": [
    "event(id: $event) { scans(filter: { gateId: $theirGate }) { nodes { key } totalCount } }",
    { event: { scans: { nodes: [], totalCount: 0 } } },
  ],
  "Query.eventsNearby.filter.venueId": [
    "eventsNearby(near: { latitude: 0, longitude: 0 }, filter: { venueId: $theirVenue, status: DRAFT }) { totalCount }",
    { eventsNearby: { totalCount: 0 } },
  ],
  "Query.eventsNearby.filter.organizerId": [
    "eventsNearby(near: { latitude: 0, longitude: 0 }, filter: { organizerId: $theirOwner, status: DRAFT }) { totalCount }",
    { eventsNearby: { totalCount: 0 } },
  ],
  "Query.events.filter.venueId": [
    "events(filter: { venueId: $theirVenue, status: DRAFT }) { nodes { title } totalCount }",
    { events: { nodes: [], totalCount: 0 } },
  ],
  "Query.events.filter.organizerId": [
    "events(filter: { organizerId: $theirOwner, status: DRAFT }) { nodes { title } totalCount }",
    { events: { nodes: [], totalCount: 0 } },
  ],
  "Query.event.id": ["event(id: $theirDraft) { title }", { event: null }],
  "Query.gate.id": [
    "gate(id: $theirGate) { scans { totalCount } occupancy { inside } venue { staff { id } } }",
    { gate: { scans: null, occupancy: null, venue: { staff: null } } },
  ],
  "Query.node.id": ["node(id: $theirScan) { id }", { node: null }],
  "Query.nodes.ids.0": [
    "nodes(ids: [$theirScan, $theirTicket, $theirDevice, $theirHold, $theirDraft]) { id }",
    { nodes: [null, null, null, null, null] },
  ],
  "Query.reservation.id": ["reservation(id: $theirHold) { id }", { reservation: null }],
  "Query.previewScan.input.gateId": [
    'previewScan(input: { code: "THEIRS", gateId: $theirGate }) { outcome }',
    "FORBIDDEN",
  ],
  "Query.previewScan.input.eventId": [
    'previewScan(input: { code: "THEIRS", gateId: $gate, eventId: $theirEvent }) { reason ticket { id } }',
    { previewScan: { reason: "UNKNOWN_TICKET", ticket: null } },
  ],
  "Query.ticket.id": ["ticket(id: $theirTicket) { id }", { ticket: null }],
  "Query.ticketByCode.eventId": ['ticketByCode(eventId: $theirEvent, code: "THEIRS") { id }', { ticketByCode: null }],
  "Query.user.id": [
    "user(id: $theirOwner) { email location { latitude } mailOptOut tickets { totalCount } reservations { totalCount } }",
    { user: { email: null, location: null, mailOptOut: null, tickets: null, reservations: null } },
  ],
  "Query.venue.id": [
    "venue(id: $theirVenue) { staff { id } devices { id } auditLog { totalCount } anomalies { totalCount } occupancy { inside } }",
    { venue: { staff: null, devices: null, auditLog: null, anomalies: null, occupancy: null } },
  ],
  "Subscription.anomalyDetected.venueId": ["anomalyDetected(venueId: $theirVenue) { message }", "FORBIDDEN"],
  "Subscription.availabilityChanged.eventId": ["availabilityChanged(eventId: $theirDraft) { title }", "FORBIDDEN"],
  "Subscription.capacityAlertRaised.venueId": ["capacityAlertRaised(venueId: $theirVenue) { inside }", "FORBIDDEN"],
  "Subscription.occupancyChanged.venueId": ["occupancyChanged(venueId: $theirVenue) { inside }", "FORBIDDEN"],
  "Subscription.gateOccupancyChanged.gateId": ["gateOccupancyChanged(gateId: $theirGate) { inside }", "FORBIDDEN"],
  "Subscription.scanRecorded.venueId": ["scanRecorded(venueId: $theirVenue) { key }", "FORBIDDEN"],
  "Subscription.scanRecorded.gateId": ["scanRecorded(venueId: $venue, gateId: $theirGate) { key }", "FORBIDDEN"],
  "Subscription.scanRecorded.after": ["scanRecorded(venueId: $venue, after: $theirScan) { key }", "BAD_USER_INPUT"],
};

it("every place where a reader gives an id is tried", () => {
  expect(Object.keys(READS).sort()).toEqual(readArgumentsOf(schema, "ID").sort());
});

describe.each(DOORS)("over %s, a reader with an id of another owner's", (name) => {
  it.each(Object.entries(READS))("learns nothing by %s", async (argument, [selection, answer]) => {
    const isSubscription = argument.startsWith("Subscription");
    const names = [...new Set(selection.match(/\$\w+/g))].map((variable) => `${variable}: ID!`);
    const query = `${isSubscription ? "subscription" : "query"} (${names}) { ${selection} }`;
    const door = doors[name === "HTTP" && isSubscription ? "stream" : name];
    const { data, errors } = await door.ask(mine.owner.client.token, query, ids);
    expect(errors === undefined ? data : errors[0]?.extensions?.["code"]).toEqual(answer);
  });
});
