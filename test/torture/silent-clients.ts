import { once } from "node:events";
import { connect, type Socket } from "node:net";

const HEADERS = "Host: localhost\r\nContent-Type: application/json\r\n";
const UPGRADE =
  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/** What each of them sends before it falls silent for good, and reads nothing. */
const SENT: readonly string[] = [
  "",
  "POST /graphql HTT",
  `POST /graphql HTTP/1.1\r\n${HEADERS}`,
  `POST /graphql HTTP/1.1\r\n${HEADERS}Content-Length: 1000\r\n\r\n{"query": "{ ven`,
  `GET /graphql HTTP/1.1\r\nHost: localhost\r\n${UPGRADE}Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n`,
  `GET /playground-that-is-not HTTP/1.1\r\n${HEADERS}\r\n`,
];

/** Clients that keep their connections, and neither answer nor close them. */
export class SilentClients implements AsyncDisposable {
  private constructor(private readonly sockets: readonly Socket[]) {}

  static async open(port: number): Promise<SilentClients> {
    const sockets = await Promise.all(SENT.map((text) => fallSilent(port, text)));
    return new SilentClients(sockets);
  }

  get count(): number {
    return this.sockets.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
  }
}

async function fallSilent(port: number, text: string): Promise<Socket> {
  // One that is half open does not close when the other side does.
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.pause();
  socket.write(text);
  return socket;
}
