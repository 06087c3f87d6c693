import type { Child } from "../child.js";
import { Connection } from "../load/connection.js";
import type { QueryLoad } from "../load/query-lane.js";
import { suite } from "../measure.js";
import type { ServerOrder } from "../servers/serve.js";
import { type Aim, type Case, ratioAtLeast } from "../suite.js";
import { DOCUMENT, makeQueryWorld, type QueryWorld } from "../worlds/query.js";

const CONNECTIONS = 4;

const CASES: readonly Case[] = [
  {
    name: "query-gatehouse",
    label: "20 events and all below, Gatehouse",
    target: "gatehouse",
    connections: CONNECTIONS,
    warmUpSeconds: 5,
  },
  {
    name: "query-rows",
    label: "(a) a find for each row",
    target: "rows",
    connections: CONNECTIONS,
    warmUpSeconds: 5,
  },
];

const AIMS: readonly Aim[] = [
  { text: "Gatehouse to (a), queries/s", goal: "", reached: ratioAtLeast(0, "query-gatehouse", "query-rows") },
];

/** Jobs would ask for work while statements are counted. */
const SETTINGS = { JOBS: "off" };

const BODY = JSON.stringify({ query: DOCUMENT });

/** 20 events with venue, ticket types and the first 20 tickets with holder each. */
export const query = suite<QueryWorld, object, Case>({
  name: "query",
  unit: "queries",
  cases: CASES,
  aims: AIMS,
  worldName: "a season of events",
  makeWorld: makeQueryWorld,
  servers: [
    { name: "gatehouse", program: "gatehouse", settings: SETTINGS },
    { name: "rows", program: "orm-query" },
  ],
  generator: "query",
  load: (_case, world): QueryLoad => ({
    token: world.token,
    body: BODY,
    expected: JSON.stringify({ data: world.data }),
  }),
  column: { heading: "statements", read: countStatements },
  // Every answer was compared with the whole of what it must be.
  check: async () => {},
});

/** Of one query. Of the second: with the first the token is looked up, and then trusted for a second. */
async function countStatements(server: Child, url: string, { token }: QueryWorld): Promise<string> {
  const connection = await Connection.open(url, token);
  try {
    await connection.post(BODY);
    await server.ask({ order: "count-statements" } satisfies ServerOrder);
    await connection.post(BODY);
    return String(await server.ask<number>({ order: "tell-statements" } satisfies ServerOrder));
  } finally {
    connection.close();
  }
}
