import { isObjectType } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiSchema } from "../src/resolvers/schema.js";
import type { Client } from "./setup/client.js";
import { fromNow } from "./setup/doors.js";
import { held, pay } from "./setup/sales.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { recordScan, type Venue, World } from "./setup/world.js";

const schema = apiSchema();
const NEAR = "near: { latitude: 1, longitude: 1 }";

let gatehouse: TestGatehouse;
let admin: Client;
let places: Readonly<Record<string, string>>;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  const world = new World(gatehouse.url);
  const owner = await world.person("Owner");
  // Before the token is first used: for a moment a server trusts what it has read of one.
  await gatehouse.sql("update users set role = 'ADMIN' where email = $1", [owner.email]);
  const venue = await world.venue({ location: { latitude: 1, longitude: 1 } }, owner);
  admin = owner.client;
  places = await fill(venue);
});
afterAll(() => gatehouse.close());

/** Everything that lists list, once. Answers the way to each type that has a list. */
async function fill(venue: Venue): Promise<Readonly<Record<string, string>>> {
  const event = await venue.event({ startsAt: fromNow(-1), endsAt: fromNow(3) });
  const hold = await held(admin, event);
  await pay(admin, hold);
  const [ticket] = hold.tickets;
  await recordScan(admin, { gateId: venue.gate(), code: ticket?.code });
  await recordScan(admin, { gateId: venue.gate(), code: "nobody's", direction: "EXIT" });
  return {
    Query: "",
    Venue: `venue(id: "${venue.id}")`,
    Gate: `gate(id: "${venue.gate()}")`,
    Event: `event(id: "${event.id}")`,
    Ticket: `ticket(id: "${ticket?.id}")`,
    User: "me",
  };
}

/** Every field that is answered by pages: `Type.field`, with the arguments that it must have and the type of its rows. */
const LISTS = Object.values(schema.getTypeMap()).flatMap((type) =>
  isObjectType(type)
    ? Object.values(type.getFields())
        .filter(({ args }) => args.some(({ name }) => name === "first"))
        .map((field) => {
          const isPaged = field.args.some(({ name }) => name === "after");
          const isTwoWay = field.args.some(({ name }) => name === "last");
          const required = field.args.some(({ name }) => name === "near") ? NEAR : "";
          return {
            list: `${type.name}.${field.name}`,
            type: type.name,
            field: field.name,
            isPaged,
            isTwoWay,
            required,
          };
        })
    : [],
);
type List = (typeof LISTS)[number];

const PAGED = LISTS.filter(({ isPaged }) => isPaged);
const rowsOf = ({ type, field }: List): string => {
  const found = schema.getType(type);
  return isObjectType(found) ? String(found.getFields()[field]?.type).replace(/Connection!?$/, "") : "";
};

function documentOf({ type, field, isPaged, required }: List, given: string): string {
  const selection = isPaged ? "{ edges { cursor } }" : "{ id }";
  const page = `${field}(${[required, given].join(" ")}) ${selection}`;
  return type === "Query" ? `{ ${page} }` : `{ place: ${places[type]} { ${page} } }`;
}

async function firstCursor(list: List): Promise<string> {
  const data = await admin.ok<Record<string, unknown>>(documentOf(list, "first: 1"));
  const at = list.type === "Query" ? data : (data["place"] as Record<string, unknown>);
  const [edge] = (at[list.field] as { edges: { cursor: string }[] }).edges;
  if (edge === undefined) throw new Error(`${list.list} is empty`);
  return edge.cursor;
}

async function expectRefused(list: List, given: string): Promise<void> {
  const { status, body } = await admin.request(documentOf(list, given));
  const path = list.type === "Query" ? [list.field] : ["place", list.field];
  expect({ status, errors: body.errors }, given.slice(0, 60)).toMatchObject({
    status: 200,
    errors: [{ path, extensions: { code: "BAD_USER_INPUT" } }],
  });
}

describe.each(LISTS.map((list) => [list.list, list] as const))("%s", (_name, list) => {
  it("refuses a page of 0, of 101 and of fewer than none, with its path", async () => {
    const ends = list.isTwoWay ? ["first", "last"] : ["first"];
    for (const end of ends) {
      for (const size of [0, -1, 101, 2_147_483_647, -2_147_483_648]) await expectRefused(list, `${end}: ${size}`);
    }
  });

  it("takes a page of 1 and of 100", async () => {
    for (const size of [1, 100]) await admin.ok(documentOf(list, `first: ${size}`));
  });
});

describe.each(PAGED.map((list) => [list.list, list] as const))("%s", (_name, list) => {
  const ways = list.isTwoWay ? ["first: 1, after", "last: 1, before"] : ["first: 1, after"];
  const inAllWays = async (cursor: string) => {
    for (const way of ways) await expectRefused(list, `${way}: ${JSON.stringify(cursor)}`);
  };

  it("refuses a cursor that is forged", async () => {
    const real = await firstCursor(list);
    const text = Buffer.from(real, "base64url").toString();
    const forged = ["{}", "[]", "null", '["x"]', text.replace("]", ',"x"]'), text.replace(/"[^"]*"\]$/, '"x"]')];
    for (const cursor of forged) await inAllWays(Buffer.from(cursor).toString("base64url"));
    for (const cursor of ["", "forged", real.slice(2), `${real.slice(0, -4)}AAAA`]) await inAllWays(cursor);
  });

  it("refuses a cursor of a list of something else", async () => {
    const others = PAGED.filter((other) => rowsOf(other) !== rowsOf(list));
    expect(others.length).toBeGreaterThan(0);
    for (const other of others) await inAllWays(await firstCursor(other));
  });
});

it("refuses a cursor of the same list in another order", async () => {
  const orders = ["STARTS_AT_ASC", "STARTS_AT_DESC", "CREATED_AT_DESC"];
  for (const order of orders) {
    const query = `{ events(first: 1, orderBy: ${order}) { edges { cursor } } }`;
    const { events } = await admin.ok<{ events: { edges: { cursor: string }[] } }>(query);
    for (const other of orders) {
      const next = `{ events(first: 1, orderBy: ${other}, after: "${events.edges[0]?.cursor}") { totalCount } }`;
      expect(await admin.codes(next), `${order} in ${other}`).toEqual(order === other ? [] : ["BAD_USER_INPUT"]);
    }
  }
});
