import { once } from "node:events";
import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { handleProtocols } from "graphql-ws";
import { WebSocketServer } from "ws";
import { Connection } from "./connection.js";
import { makeProtocol, type ProtocolOptions } from "./protocol.js";

export interface WebSocketOptions<Context extends object> extends ProtocolOptions<Context> {
  /** Such as `/graphql`. */
  readonly path: string;
}

export interface AttachedWebSocket {
  /** Open sockets. */
  readonly size: number;
  /** Takes no more sockets, and closes each with a code on which clients connect again, to another node. */
  close(): Promise<void>;
}

const MOST_MESSAGE_BYTES = 1024 * 1024;
const PING_MILLISECONDS = 12_000;
/** A client that has taken nothing for so long is asked to come back when it can. */
const STALLED_MILLISECONDS = 10_000;
const LOOK_MILLISECONDS = 1_000;
const CLOSE_MILLISECONDS = 2000;
const SERVICE_RESTART = 1012;
const TRY_AGAIN_LATER = 1013;

/** Serves graphql-ws at the path of an HTTP server, whose other upgrades are refused. */
export function attachWebSocket<Context extends object>(
  httpServer: HttpServer,
  options: WebSocketOptions<Context>,
): AttachedWebSocket {
  const protocol = makeProtocol(options);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MOST_MESSAGE_BYTES, handleProtocols });
  const connections = new Set<Connection>();
  sockets.on("connection", (socket) => {
    const connection = new Connection(socket, options.logger);
    connections.add(connection);
    const closed = protocol.opened(connection, connection);
    socket.once("close", (code, reason) => {
      connections.delete(connection);
      Promise.all([closed(code, String(reason)), connection.release()]).catch((err) =>
        options.logger.warn({ err }, "A WebSocket's subscriptions could not be released"),
      );
    });
  });
  const pings = setInterval(() => {
    for (const connection of connections) connection.ping();
  }, PING_MILLISECONDS);
  const looks = setInterval(() => {
    for (const connection of connections) if (connection.stalledFor > STALLED_MILLISECONDS) drop(connection);
  }, LOOK_MILLISECONDS);
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refusal = refusalOf(request, options.path);
    if (refusal !== null) refuse(socket, refusal);
    else sockets.handleUpgrade(request, socket, head, (webSocket) => sockets.emit("connection", webSocket, request));
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

/** The code is one on which clients of graphql-ws connect again; whoever does not read it is cut off. */
function drop(connection: Connection): void {
  connection.close(TRY_AGAIN_LATER, "Too slow: try again later");
  setTimeout(() => connection.terminate(), CLOSE_MILLISECONDS).unref();
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

function refusalOf(request: IncomingMessage, path: string): string | null {
  const url = URL.parse(request.url ?? "", "http://localhost");
  if (url === null) return "400 Bad Request";
  return url.pathname === path ? null : "404 Not Found";
}

function refuse(socket: Duplex, status: string): void {
  socket.on("error", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}
