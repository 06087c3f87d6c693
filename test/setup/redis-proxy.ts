import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** A way to Redis that can fail. */
export interface RedisProxy extends AsyncDisposable {
  readonly url: string;
  /** Ends every connection, and refuses new ones until it is mended. */
  cut(): void;
  /** Keeps every connection open and hands nothing on, as a network does that loses all. */
  stall(): void;
  mend(): void;
}

type Condition = "open" | "cut" | "stalled";

export async function startRedisProxy(redisUrl: string, first: Condition = "open"): Promise<RedisProxy> {
  const target = new URL(redisUrl);
  const sockets = new Set<Socket>();
  let condition = first;
  const keep = (socket: Socket, other: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      sockets.delete(socket);
      other.destroy();
    });
    socket.on("data", (bytes) => other.write(bytes));
    if (condition === "stalled") socket.pause();
  };
  const server = createServer((near) => {
    if (condition === "cut") {
      near.destroy();
      return;
    }
    const far = connect(Number(target.port || 6379), target.hostname);
    keep(near, far);
    keep(far, near);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const end = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `redis://127.0.0.1:${typeof address === "object" ? address?.port : address}`,
    cut: () => {
      condition = "cut";
      end();
    },
    stall: () => {
      condition = "stalled";
      for (const socket of sockets) socket.pause();
    },
    mend: () => {
      condition = "open";
      for (const socket of sockets) socket.resume();
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      end();
      await once(server, "close");
    },
  };
}
