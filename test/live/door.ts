import { once } from "node:events";
import { createServer } from "node:http";
import {
  type GraphQLError,
  GraphQLID,
  GraphQLInt,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
} from "graphql";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { ANONYMOUS, type Viewer } from "../../src/domain/viewer.js";
import { Fault, unauthenticated } from "../../src/errors.js";
import type { Live } from "../../src/live/live.js";
import { Operations } from "../../src/live/operation.js";
import { attachWebSocket, type WebSocketOptions } from "../../src/live/websocket.js";
import { DEVICE, QUIET, startNode, until, VENUE, Venue, watching } from "./world.js";

interface Message {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

/** One operation's or one push's. */
interface TestContext {
  readonly viewer: Viewer;
  readonly number: number;
  isPersonal: boolean;
}

export const WATCH = `subscription ($venue: ID!) { counts(venue: $venue) { version context } }`;

/** Some twenty of them are more than the system keeps for a client that does not read. */
const PADDING = "x".repeat(512 * 1024);

function schemaOf(live: Live): GraphQLSchema {
  const counts = new GraphQLObjectType<{ version: number }, TestContext>({
    name: "Counts",
    fields: {
      version: { type: GraphQLInt },
      context: { type: GraphQLInt, resolve: (_root, _args, { number }) => number },
      padding: { type: GraphQLString, resolve: () => PADDING },
      who: {
        type: GraphQLString,
        resolve: (_root, _args, context) => {
          context.isPersonal = true;
          return context.viewer.kind;
        },
      },
    },
  });
  return new GraphQLSchema({
    query: new GraphQLObjectType<unknown, TestContext>({
      name: "Query",
      fields: {
        who: { type: GraphQLString, resolve: (_root, _args, { viewer }) => viewer.kind },
        broken: { type: GraphQLString, resolve: () => Promise.reject(new Error("a secret of the inside")) },
      },
    }),
    subscription: new GraphQLObjectType<unknown, TestContext>({
      name: "Subscription",
      fields: {
        counts: {
          type: counts,
          args: { venue: { type: new GraphQLNonNull(GraphQLID) } },
          resolve: (state) => state,
          subscribe: (_root, { venue }: { venue: string }, { viewer }) => {
            if (venue !== VENUE) throw new Fault("FORBIDDEN", "not yours");
            return live.occupancyChanged(watching(viewer));
          },
        },
      },
    }),
  });
}

function formatError({ originalError, message, extensions }: GraphQLError) {
  if (originalError instanceof Fault) return { message, extensions: { code: originalError.code } };
  const { code = "INTERNAL_SERVER_ERROR" } = extensions;
  return { message: code === "INTERNAL_SERVER_ERROR" ? "masked" : message, extensions: { code } };
}

/** A server before a venue of its own; `tokens` are the good ones. */
export async function serve(more: Partial<WebSocketOptions<TestContext>> = {}) {
  const venue = new Venue();
  const live = startNode(venue);
  const tokens = new Map<string, Viewer>([["device", DEVICE]]);
  let contexts = 0;
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const attached = attachWebSocket<TestContext>(server, {
    path: "/graphql",
    operations: new Operations<TestContext>({
      schema: schemaOf(live),
      makeContext: (viewer) => ({ viewer, number: ++contexts, isPersonal: false }),
      isPersonal: (context) => context.isPersonal,
      formatError,
    }),
    authenticate: async (token) => {
      if (token === undefined) return ANONYMOUS;
      const viewer = tokens.get(token);
      if (viewer === undefined) throw unauthenticated();
      return viewer;
    },
    limits: null,
    addressOf: () => "127.0.0.1",
    isAllowedOrigin: () => true,
    logger: QUIET,
    ...more,
  });
  onTestFinished(async () => {
    await attached.close();
    server.close();
  });
  const address = server.address();
  const url = `ws://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  return { venue, live, tokens, attached, url };
}

/** A client that says what it is told to, so that broken ones can be played too. */
export class Client {
  readonly received: Message[] = [];
  closeCode: number | null = null;
  readonly socket: WebSocket;

  constructor(url: string, protocols = ["graphql-transport-ws"], headers: Record<string, string> = {}) {
    this.socket = new WebSocket(`${url}/graphql`, protocols, { headers });
    this.socket.on("message", (data) => this.received.push(JSON.parse(String(data))));
    this.socket.on("close", (code) => {
      this.closeCode = code;
    });
    this.socket.on("error", () => {});
  }

  send(message: unknown): void {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  subscribe(id: string, query: string, variables: unknown = {}): void {
    this.send({ id, type: "subscribe", payload: { query, variables } });
  }

  of(id: string): Message[] {
    return this.received.filter((message) => message.id === id);
  }

  async closed(milliseconds = 3000): Promise<number | null> {
    await until(() => this.closeCode !== null, milliseconds);
    return this.closeCode;
  }
}

export async function connect(url: string, payload?: Record<string, unknown>): Promise<Client> {
  const client = new Client(url);
  await once(client.socket, "open");
  client.send({ type: "connection_init", payload });
  await until(() => client.received.some(({ type }) => type === "connection_ack") || client.closeCode !== null);
  return client;
}
