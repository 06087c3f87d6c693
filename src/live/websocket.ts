import { once } from "node:events";
import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { handleProtocols } from "graphql-ws";
import { type WebSocket, WebSocketServer } from "ws";
import { Connection } from "./connection.js";
import { RETRY_SECONDS } from "./connection-limits.js";
import { type LiveMetrics, NO_METRICS } from "./live-metrics.js";
import { makeProtocol, type ProtocolOptions } from "./protocol.js";

export interface WebSocketOptions<Context extends object> extends ProtocolOptions<Context> {
  /** Such as `/graphql`. */
  readonly path: string;
  readonly addressOf: (request: IncomingMessage) => string;
  readonly isAllowedOrigin: (request: IncomingMessage) => boolean;
  /** A client that has taken nothing of what it was sent for so long is asked to come back when it can. */
  readonly stalledMilliseconds?: number;
  readonly metrics?: LiveMetrics;
}

export interface AttachedWebSocket {
  /** Open sockets. */
  readonly size: number;
  /** Takes no more sockets, and closes each with a code on which clients connect again, to another node. */
  close(): Promise<void>;
}

const MOST_MESSAGE_BYTES = 1024 * 1024;
const PING_MILLISECONDS = 12_000;
const STALLED_MILLISECONDS = 10_000;
const CLOSE_MILLISECONDS = 2000;
const SERVICE_RESTART = 1012;

/** Serves graphql-ws at the path of an HTTP server, whose other upgrades are refused. */
export function attachWebSocket<Context extends object>(
  httpServer: HttpServer,
  options: WebSocketOptions<Context>,
): AttachedWebSocket {
  const protocol = makeProtocol(options);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MOST_MESSAGE_BYTES, handleProtocols });
  const connections = new Set<Connection>();
  const connected = (socket: WebSocket, stream: Duplex, request: IncomingMessage) => {
    const connection = new Connection(socket, stream, options.addressOf(request), options.logger);
    connections.add(connection);
    const closed = protocol.opened(connection, connection);
    socket.once("close", (code, reason) => {
      connections.delete(connection);
      Promise.all([closed(code, String(reason)), connection.release()]).catch((err) =>
        options.logger.warn({ err }, "A WebSocket's subscriptions could not be released"),
      );
    });
  };
  const pings = setInterval(() => {
    for (const connection of connections) connection.ping();
  }, PING_MILLISECONDS);
  const { stalledMilliseconds = STALLED_MILLISECONDS, metrics = NO_METRICS } = options;
  const looks = setInterval(() => {
    for (const connection of connections) {
      if (!connection.isDropped && connection.stalledFor > stalledMilliseconds) {
        connection.drop();
        metrics.dropped("stalled");
      }
    }
  }, stalledMilliseconds / 10);
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refusal = refusalOf(request, options) ?? admit(request, socket, options);
    if (refusal !== null) refuse(socket, refusal);
    else sockets.handleUpgrade(request, socket, head, (webSocket) => connected(webSocket, socket, request));
  };
  httpServer.on("upgrade", upgrade);
  return {
    get size() {
      return connections.size;
    },
    close: async () => {
      httpServer.off("upgrade", upgrade);
      clearInterval(pings);
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

function refusalOf(request: IncomingMessage, { path, isAllowedOrigin }: UpgradeOptions): string | null {
  const url = URL.parse(request.url ?? "", "http://localhost");
  if (url === null) return "400 Bad Request";
  if (url.pathname !== path) return "404 Not Found";
  return isAllowedOrigin(request) ? null : "403 Forbidden";
}

/** Counts it among those of its address for as long as it is open, also where no WebSocket comes of it. */
function admit(request: IncomingMessage, socket: Duplex, { addressOf, limits }: UpgradeOptions): string | null {
  if (limits === null) return null;
  const leave = limits.fromAddress(addressOf(request));
  if (leave === null) return `429 Too Many Requests\r\nRetry-After: ${RETRY_SECONDS}`;
  socket.once("close", leave);
  return null;
}

/** `status` may have headers after it. */
function refuse(socket: Duplex, status: string): void {
  socket.on("error", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}
