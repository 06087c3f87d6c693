import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { handleProtocols } from "graphql-ws";
import { type WebSocket, WebSocketServer } from "ws";
import { Connection } from "./connection.js";
import { RETRY_SECONDS } from "./connection-limits.js";
import { type LiveMetrics, NO_METRICS } from "./live-metrics.js";
import { makeProtocol, type ProtocolOptions } from "./protocol.js";
import { type Rejection, reject } from "./rejection.js";

export interface WebSocketOptions<Context extends object> extends ProtocolOptions<Context> {
  /** Such as `/graphql`. */
  readonly path: string;
  readonly addressOf: (request: IncomingMessage) => string;
  readonly isAllowedOrigin: (request: IncomingMessage) => boolean;
  /** A client that has taken nothing of what it was sent for so long is asked to come back when it can. */
  readonly stalledMilliseconds?: number;
  /** A client that has not answered a ping by the next one is cut off. */
  readonly pingMilliseconds?: number;
  readonly metrics?: LiveMetrics;
}

export interface AttachedWebSocket {
  /** Open sockets. */
  readonly size: number;
  /** Takes no more sockets, and closes each with a code on which clients connect again, to another node. */
  close(): Promise<void>;
}

const MOST_MESSAGE_BYTES = 1024 * 1024;
const PING_MILLISECONDS = 25_000;
const STALLED_MILLISECONDS = 10_000;
const CLOSE_MILLISECONDS = 2000;
const SERVICE_RESTART = 1012;

/** Serves graphql-ws at the path of an HTTP server, whose other upgrades are refused. */
export function attachWebSocket<Context extends object>(
  httpServer: HttpServer,
  options: WebSocketOptions<Context>,
): AttachedWebSocket {
  const { stalledMilliseconds = STALLED_MILLISECONDS, pingMilliseconds = PING_MILLISECONDS } = options;
  const { metrics = NO_METRICS } = options;
  const protocol = makeProtocol(options);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MOST_MESSAGE_BYTES, handleProtocols });
  const connections = new Set<Connection>();
  const ids = new WeakMap<IncomingMessage, string>();
  sockets.on("headers", (headers, request) => headers.push(`x-request-id: ${ids.get(request)}`));
  const connected = (socket: WebSocket, stream: Duplex, request: IncomingMessage) => {
    const id = ids.get(request) ?? "";
    const connection = new Connection(socket, stream, {
      id,
      address: options.addressOf(request),
      logger: options.logger,
    });
    connections.add(connection);
    connection.keepAlive(pingMilliseconds);
    const closed = protocol.opened(connection, connection);
    socket.once("close", (code, reason) => {
      connections.delete(connection);
      Promise.all([closed(code, String(reason)), connection.release()]).catch((err) =>
        options.logger.warn({ err, requestId: id }, "A WebSocket's subscriptions could not be released"),
      );
    });
  };
  const looks = setInterval(() => {
    for (const connection of connections) {
      if (!connection.isDropped && connection.stalledFor > stalledMilliseconds) {
        connection.drop();
        metrics.dropped("stalled");
      }
    }
  }, stalledMilliseconds / 10);
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const id = randomUUID();
    ids.set(request, id);
    const rejection = rejectionOf(request, options) ?? admit(request, socket, options);
    if (rejection !== null) reject(socket, rejection, id);
    else sockets.handleUpgrade(request, socket, head, (webSocket) => connected(webSocket, socket, request));
  };
  httpServer.on("upgrade", upgrade);
  return {
    get size() {
      return connections.size;
    },
    close: async () => {
      httpServer.off("upgrade", upgrade);
      clearInterval(looks);
      await closeAll(sockets, connections);
    },
  };
}

/** One that does not answer is cut off: graphql-ws's own `dispose` waits half a minute for it. */
async function closeAll(sockets: WebSocketServer, connections: ReadonlySet<Connection>): Promise<void> {
  for (const connection of connections) connection.close(SERVICE_RESTART, "Service restart");
  const cutOff = setTimeout(() => {
    for (const connection of connections) connection.terminate();
  }, CLOSE_MILLISECONDS);
  sockets.close();
  await once(sockets, "close");
  clearTimeout(cutOff);
}

type UpgradeOptions = Pick<WebSocketOptions<object>, "path" | "addressOf" | "isAllowedOrigin" | "limits">;

const REJECTIONS = {
  malformed: { status: "400 Bad Request", code: "BAD_USER_INPUT", message: "The address cannot be read." },
  elsewhere: { status: "404 Not Found", code: "BAD_USER_INPUT", message: "There is no WebSocket here." },
  foreign: { status: "403 Forbidden", code: "FORBIDDEN", message: "Pages of this origin may not connect." },
  tooMany: {
    status: "429 Too Many Requests",
    code: "RATE_LIMITED",
    message: "Too many connections are open: close some, or try again later.",
    headers: { "retry-after": String(RETRY_SECONDS) },
  },
} as const satisfies Record<string, Rejection>;

function rejectionOf(request: IncomingMessage, { path, isAllowedOrigin }: UpgradeOptions): Rejection | null {
  const url = URL.parse(request.url ?? "", "http://localhost");
  if (url === null) return REJECTIONS.malformed;
  if (url.pathname !== path) return REJECTIONS.elsewhere;
  return isAllowedOrigin(request) ? null : REJECTIONS.foreign;
}

/** Counts it among those of its address for as long as it is open, also where no WebSocket comes of it. */
function admit(request: IncomingMessage, socket: Duplex, { addressOf, limits }: UpgradeOptions): Rejection | null {
  if (limits === null) return null;
  const leave = limits.fromAddress(addressOf(request));
  if (leave === null) return REJECTIONS.tooMany;
  socket.once("close", leave);
  return null;
}
