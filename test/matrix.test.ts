import { setTimeout as sleep } from "node:timers/promises";
import type { GraphQLField } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiSchema } from "../src/resolvers/schema.js";
import { type Door, httpDoor, socketDoor, streamDoor } from "./setup/both-doors.js";
import { type Cast, makeCast, ROLES, type Role } from "./setup/cast.js";
import { answerOf, INPUTS, memberHold, NEWS, SELECTIONS, tokenFor } from "./setup/matrix.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";

/**
 * Who may what: every operation of the API, on something of the owner's venue, of which the member bought a ticket. The
 * owner of the venue is the organizer; the member owns the ticket and the reservation. A row is named after its field, and after what it is about where a field has several.
 *
 * yes: it is answered or done. null: it is answered by null. none: by an empty page. Else the code of the error, or of the first user error.
 */
const MATRIX = `
|                                                     | anonymous       | stranger        | member          | otherOwner      | otherDevice    | device    | staff           | owner             | admin             |
| Query.node                                          | yes             | yes             | yes             | yes             | yes            | yes       | yes             | yes               | yes               |
| Query.node of a user                                | yes             | yes             | yes             | yes             | yes            | yes       | yes             | yes               | yes               |
| Query.node of a gate                                | yes             | yes             | yes             | yes             | yes            | yes       | yes             | yes               | yes               |
| Query.node of an event                              | yes             | yes             | yes             | yes             | yes            | yes       | yes             | yes               | yes               |
| Query.node of a draft                               | null            | null            | null            | null            | null           | yes       | yes             | yes               | yes               |
| Query.node of a draft's ticket type                 | null            | null            | null            | null            | null           | yes       | yes             | yes               | yes               |
| Query.node of a ticket                              | null            | null            | yes             | null            | null           | yes       | yes             | yes               | yes               |
| Query.node of a reservation                         | null            | null            | yes             | null            | null           | null      | null            | null              | yes               |
| Query.node of a scan                                | null            | null            | null            | null            | null           | yes       | yes             | yes               | yes               |
| Query.node of a device                              | null            | null            | null            | null            | null           | yes       | yes             | yes               | yes               |
| Query.nodes                                         | yes             | yes             | yes             | yes             | yes            | yes       | yes             | yes               | yes               |
| Query.nodes of a ticket                             | null            | null            | yes             | null            | null           | yes       | yes             | yes               | yes               |
| Query.nodes of a reservation                        | null            | null            | yes             | null            | null           | null      | null            | null              | yes               |
| Query.me                                            | null            | yes             | yes             | yes             | null           | null      | yes             | yes               | yes               |
| Query.user                                          | yes             | yes             | yes             | yes             | yes            | yes       | yes             | yes               | yes               |
| Query.venues                                        | yes             | yes             | yes             | yes             | yes            | yes       | yes             | yes               | yes               |
| Query.events                                        | yes             | yes             | yes             | yes             | yes            | yes       | yes             | yes               | yes               |
| Query.events of a draft                             | none            | none            | none            | none            | none           | none      | none            | yes               | yes               |
| Query.events of a cancelled one                     | none            | none            | none            | none            | none           | none      | none            | yes               | yes               |
| Query.eventsNearby                                  | yes             | yes             | yes             | yes             | yes            | yes       | yes             | yes               | yes               |
| Query.recommendedEvents                             | UNAUTHENTICATED | yes             | yes             | yes             | FORBIDDEN      | FORBIDDEN | yes             | yes               | yes               |
| Query.users                                         | UNAUTHENTICATED | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN      | FORBIDDEN | FORBIDDEN       | FORBIDDEN         | yes               |
| Query.venue                                         | yes             | yes             | yes             | yes             | yes            | yes       | yes             | yes               | yes               |
| Query.gate                                          | yes             | yes             | yes             | yes             | yes            | yes       | yes             | yes               | yes               |
| Query.event                                         | yes             | yes             | yes             | yes             | yes            | yes       | yes             | yes               | yes               |
| Query.event of a draft                              | null            | null            | null            | null            | null           | yes       | yes             | yes               | yes               |
| Query.event of a cancelled one                      | null            | null            | null            | null            | null           | yes       | yes             | yes               | yes               |
| Query.event of nothing                              | null            | null            | null            | null            | null           | null      | null            | null              | null              |
| Query.reservation                                   | null            | null            | yes             | null            | null           | null      | null            | null              | yes               |
| Query.ticket                                        | null            | null            | yes             | null            | null           | yes       | yes             | yes               | yes               |
| Query.ticketByCode                                  | UNAUTHENTICATED | null            | null            | null            | null           | yes       | yes             | yes               | yes               |
| Query.previewScan                                   | UNAUTHENTICATED | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | BAD_USER_INPUT | yes       | yes             | yes               | yes               |

| Mutation.register                                   | yes             | yes             | yes             | yes             | yes            | yes       | yes             | yes               | yes               |
| Mutation.login                                      | yes             | yes             | yes             | yes             | yes            | yes       | yes             | yes               | yes               |
| Mutation.refreshSession                             | yes             | yes             | yes             | yes             | yes            | yes       | yes             | yes               | yes               |
| Mutation.logout                                     | UNAUTHENTICATED | yes             | yes             | yes             | FORBIDDEN      | FORBIDDEN | yes             | yes               | yes               |
| Mutation.updateProfile                              | UNAUTHENTICATED | yes             | yes             | yes             | FORBIDDEN      | FORBIDDEN | yes             | yes               | yes               |
| Mutation.deleteAccount                              | UNAUTHENTICATED | BAD_CREDENTIALS | BAD_CREDENTIALS | BAD_CREDENTIALS | FORBIDDEN      | FORBIDDEN | BAD_CREDENTIALS | BAD_CREDENTIALS   | BAD_CREDENTIALS   |
| Mutation.createVenue                                | UNAUTHENTICATED | yes             | yes             | yes             | FORBIDDEN      | FORBIDDEN | yes             | yes               | yes               |
| Mutation.updateVenue                                | UNAUTHENTICATED | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN      | FORBIDDEN | FORBIDDEN       | yes               | yes               |
| Mutation.addGate                                    | UNAUTHENTICATED | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN      | FORBIDDEN | FORBIDDEN       | yes               | yes               |
| Mutation.addVenueStaff                              | UNAUTHENTICATED | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN      | FORBIDDEN | FORBIDDEN       | yes               | yes               |
| Mutation.removeVenueStaff                           | UNAUTHENTICATED | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN      | FORBIDDEN | FORBIDDEN       | yes               | yes               |
| Mutation.enrollDevice                               | UNAUTHENTICATED | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN      | FORBIDDEN | FORBIDDEN       | yes               | yes               |
| Mutation.revokeDevice                               | UNAUTHENTICATED | NOT_FOUND       | NOT_FOUND       | NOT_FOUND       | FORBIDDEN      | FORBIDDEN | FORBIDDEN       | yes               | yes               |
| Mutation.rotateDeviceToken                          | UNAUTHENTICATED | NOT_FOUND       | NOT_FOUND       | NOT_FOUND       | FORBIDDEN      | FORBIDDEN | FORBIDDEN       | yes               | yes               |
| Mutation.createEvent                                | UNAUTHENTICATED | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN      | FORBIDDEN | FORBIDDEN       | yes               | yes               |
| Mutation.updateEvent                                | UNAUTHENTICATED | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN      | FORBIDDEN | FORBIDDEN       | yes               | yes               |
| Mutation.updateEvent of a draft                     | UNAUTHENTICATED | NOT_FOUND       | NOT_FOUND       | NOT_FOUND       | FORBIDDEN      | FORBIDDEN | FORBIDDEN       | yes               | yes               |
| Mutation.publishEvent                               | UNAUTHENTICATED | NOT_FOUND       | NOT_FOUND       | NOT_FOUND       | FORBIDDEN      | FORBIDDEN | FORBIDDEN       | yes               | yes               |
| Mutation.cancelEvent                                | UNAUTHENTICATED | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN      | FORBIDDEN | FORBIDDEN       | yes               | yes               |
| Mutation.cancelEvent of a draft                     | UNAUTHENTICATED | NOT_FOUND       | NOT_FOUND       | NOT_FOUND       | FORBIDDEN      | FORBIDDEN | FORBIDDEN       | yes               | yes               |
| Mutation.cancelEvent of a cancelled one             | UNAUTHENTICATED | NOT_FOUND       | NOT_FOUND       | NOT_FOUND       | FORBIDDEN      | FORBIDDEN | FORBIDDEN       | ALREADY_CANCELLED | ALREADY_CANCELLED |
| Mutation.addTicketType                              | UNAUTHENTICATED | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN      | FORBIDDEN | FORBIDDEN       | yes               | yes               |
| Mutation.addTicketType of a draft                   | UNAUTHENTICATED | NOT_FOUND       | NOT_FOUND       | NOT_FOUND       | FORBIDDEN      | FORBIDDEN | FORBIDDEN       | yes               | yes               |
| Mutation.updateTicketType                           | UNAUTHENTICATED | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN      | FORBIDDEN | FORBIDDEN       | yes               | yes               |
| Mutation.updateTicketType of a draft                | UNAUTHENTICATED | NOT_FOUND       | NOT_FOUND       | NOT_FOUND       | FORBIDDEN      | FORBIDDEN | FORBIDDEN       | yes               | yes               |
| Mutation.reserveTickets                             | UNAUTHENTICATED | yes             | yes             | yes             | FORBIDDEN      | FORBIDDEN | yes             | yes               | yes               |
| Mutation.reserveTickets of a draft                  | UNAUTHENTICATED | NOT_FOUND       | NOT_FOUND       | NOT_FOUND       | FORBIDDEN      | FORBIDDEN | SALES_CLOSED    | SALES_CLOSED      | SALES_CLOSED      |
| Mutation.payReservation                             | UNAUTHENTICATED | NOT_FOUND       | yes             | NOT_FOUND       | FORBIDDEN      | FORBIDDEN | NOT_FOUND       | NOT_FOUND         | yes               |
| Mutation.cancelReservation                          | UNAUTHENTICATED | NOT_FOUND       | yes             | NOT_FOUND       | FORBIDDEN      | FORBIDDEN | NOT_FOUND       | NOT_FOUND         | yes               |
| Mutation.issueTickets                               | UNAUTHENTICATED | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN      | FORBIDDEN | FORBIDDEN       | yes               | yes               |
| Mutation.issueTickets of a draft                    | UNAUTHENTICATED | NOT_FOUND       | NOT_FOUND       | NOT_FOUND       | FORBIDDEN      | FORBIDDEN | FORBIDDEN       | yes               | yes               |
| Mutation.cancelTicket                               | UNAUTHENTICATED | NOT_FOUND       | FORBIDDEN       | NOT_FOUND       | FORBIDDEN      | FORBIDDEN | FORBIDDEN       | yes               | yes               |
| Mutation.transferTicket                             | UNAUTHENTICATED | NOT_FOUND       | yes             | NOT_FOUND       | FORBIDDEN      | FORBIDDEN | FORBIDDEN       | FORBIDDEN         | yes               |
| Mutation.recordScan                                 | UNAUTHENTICATED | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | INVALID        | yes       | yes             | yes               | yes               |
| Mutation.uploadScans                                | UNAUTHENTICATED | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | INVALID        | yes       | yes             | yes               | yes               |
| Mutation.annulScan                                  | UNAUTHENTICATED | NOT_FOUND       | NOT_FOUND       | NOT_FOUND       | NOT_FOUND      | yes       | yes             | yes               | yes               |

| Subscription.occupancyChanged                       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN      | yes       | yes             | yes               | yes               |
| Subscription.occupancyChanged of a public venue     | yes             | yes             | yes             | yes             | yes            | yes       | yes             | yes               | yes               |
| Subscription.occupancyChanged of nothing            | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN      | FORBIDDEN | FORBIDDEN       | FORBIDDEN         | FORBIDDEN         |
| Subscription.gateOccupancyChanged                   | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN      | yes       | yes             | yes               | yes               |
| Subscription.gateOccupancyChanged of a public venue | yes             | yes             | yes             | yes             | yes            | yes       | yes             | yes               | yes               |
| Subscription.gateOccupancyChanged of nothing        | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN      | FORBIDDEN | FORBIDDEN       | FORBIDDEN         | FORBIDDEN         |
| Subscription.anomalyDetected                        | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN      | FORBIDDEN | yes             | yes               | yes               |
| Subscription.anomalyDetected of a public venue      | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN      | FORBIDDEN | yes             | yes               | yes               |
| Subscription.anomalyDetected of nothing             | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN      | FORBIDDEN | FORBIDDEN       | FORBIDDEN         | FORBIDDEN         |
| Subscription.capacityAlertRaised                    | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN      | FORBIDDEN | yes             | yes               | yes               |
| Subscription.capacityAlertRaised of nothing         | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN      | FORBIDDEN | FORBIDDEN       | FORBIDDEN         | FORBIDDEN         |
| Subscription.scanRecorded                           | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN      | FORBIDDEN | yes             | yes               | yes               |
| Subscription.scanRecorded of a public venue         | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN      | FORBIDDEN | yes             | yes               | yes               |
| Subscription.scanRecorded of nothing                | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN      | FORBIDDEN | FORBIDDEN       | FORBIDDEN         | FORBIDDEN         |
| Subscription.availabilityChanged                    | yes             | yes             | yes             | yes             | yes            | yes       | yes             | yes               | yes               |
| Subscription.availabilityChanged of a draft         | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN      | yes       | yes             | yes               | yes               |
| Subscription.availabilityChanged of nothing         | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN       | FORBIDDEN      | FORBIDDEN | FORBIDDEN       | FORBIDDEN         | FORBIDDEN         |
`;

type Answers = Readonly<Record<Role, string>>;

const [heading = [], ...lines] = MATRIX.split("\n")
  .filter((line) => line.startsWith("|"))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const roles = heading.slice(1) as Role[];
const ROWS: readonly (readonly [row: string, expected: Answers])[] = lines.map(([row = "", ...cells]) => [
  row,
  Object.fromEntries(roles.map((role, index) => [role, cells[index]])) as Answers,
]);

const schema = apiSchema();
const FIELDS: ReadonlyMap<string, GraphQLField<unknown, unknown>> = new Map(
  [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((type) =>
    Object.values(type?.getFields() ?? {}).map((field) => [`${type?.name}.${field.name}`, field] as const),
  ),
);
const fieldOf = (row: string): string => row.split(" of ")[0] ?? row;

describe("the matrix", () => {
  it("has a row for every query, mutation and subscription of the API, and none for anything else", () => {
    expect([...new Set(ROWS.map(([row]) => fieldOf(row)))].sort()).toEqual([...FIELDS.keys()].sort());
  });

  it("has a column for everybody who may come, and a way to ask for every row", () => {
    expect(roles).toEqual(ROLES);
    const asked = [...Object.keys(SELECTIONS), ...Object.keys(INPUTS), "Mutation.logout"];
    expect(ROWS.map(([row]) => row).sort()).toEqual(asked.sort());
  });
});

let gatehouse: TestGatehouse;
let cast: Cast;
let doors: Readonly<Record<"HTTP" | "stream" | "WebSocket", Door>>;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  const made = await makeCast(gatehouse);
  cast = { ...made, ids: { ...made.ids, reservation: (await memberHold(made)).id } };
  doors = { HTTP: httpDoor(gatehouse.url), stream: streamDoor(gatehouse.url), WebSocket: socketDoor(gatehouse.url) };
});
afterAll(async () => {
  for (const door of Object.values(doors)) await door[Symbol.asyncDispose]();
  await expectCountsRight(gatehouse).finally(() => gatehouse.close());
});

/** The document of a row and, for one role, its variables. */
async function operation(row: string, role: Role): Promise<[document: string, variables: Record<string, unknown>]> {
  const selection = SELECTIONS[row];
  if (selection !== undefined) {
    const names = [...new Set(selection.match(/\$\w+/g))].map((name) => `${name}: ID!`);
    const kind = row.startsWith("Query") ? "query" : "subscription";
    return [`${kind} ${names.length > 0 ? `(${names})` : ""} { ${selection} }`, cast.ids];
  }
  const { name, args } = FIELDS.get(fieldOf(row)) ?? {};
  const input = await INPUTS[row]?.(cast, role);
  if (input === undefined) return [`mutation { ${name} { __typename } }`, {}];
  const payload = name === "uploadScans" ? "results { userErrors { code } }" : "userErrors { code }";
  return [`mutation ($input: ${args?.[0]?.type}) { ${name}(input: $input) { ${payload} } }`, { input }];
}

/** All rows that it could have changed if it is a mutation, apart from who is signed in and when a device was last seen. */
async function everything(row: string): Promise<unknown> {
  if (!row.startsWith("Mutation")) return null;
  const tables = await gatehouse.sql<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public'
     and table_name not in ('sessions', 'refresh_tokens', 'devices') order by 1`,
  );
  const digests = tables.map(({ name }) => `(select md5(string_agg(t::text, '|' order by t::text)) from ${name} t)`);
  const devices = "(select string_agg(format('%s %s', id, revoked_at), '|' order by id) from devices)";
  return gatehouse.sql(`select array[${[...digests, devices]}]`);
}

/** Where a subscription waits for something to happen, makes it happen until it has answered. */
async function makeNews(row: string, reply: Promise<unknown>): Promise<void> {
  const news = NEWS[row];
  if (news === undefined) return;
  const answered = reply.then(
    () => true,
    () => true,
  );
  do await news(cast);
  while (!(await Promise.race([answered, sleep(500, false)])));
}

/** Asks for everybody, first for those who are refused: they leave no trace. */
async function answersTo(row: string, expected: Answers, door: Door): Promise<Partial<Answers>> {
  const asks: { role: Role; ask: () => Promise<string> }[] = [];
  for (const role of ROLES) {
    const [document, variables] = await operation(row, role);
    const token = await tokenFor(row, role, cast);
    const isWorthNews = expected[role] === "yes";
    asks.push({
      role,
      ask: async () => {
        const reply = door.ask(token, document, variables);
        if (isWorthNews) await makeNews(row, reply);
        return answerOf(await reply);
      },
    });
  }
  const found: Partial<Record<Role, string>> = {};
  const before = await everything(row);
  for (const { role, ask } of asks) if (expected[role] !== "yes") found[role] = await ask();
  expect(await everything(row), "traces of a refusal").toEqual(before);
  for (const { role, ask } of asks) if (expected[role] === "yes") found[role] = await ask();
  return found;
}

describe.each(["HTTP", "WebSocket"] as const)("over %s", (name) => {
  it.each(ROWS)("%s", async (row, expected) => {
    const isStream = name === "HTTP" && row.startsWith("Subscription");
    expect(await answersTo(row, expected, doors[isStream ? "stream" : name])).toEqual(expected);
  });
});
