import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** A way to Redis that can fail. */
export interface RedisProxy extends AsyncDisposable {
  readonly url: string;
  /** Ends every connection, and refuses new ones until it is mended. */
  cut(): void;
  /** Keeps every connection open and hands nothing on, as a network does that loses all. */
  stall(): void;
  /** Hands everything on so many milliseconds later. */
  delay(milliseconds: number): void;
  mend(): void;
}

type Condition = "open" | "cut" | "stalled";

export async function startRedisProxy(redisUrl: string, first: Condition = "open"): Promise<RedisProxy> {
  const target = new URL(redisUrl);
  const sockets = new Set<Socket>();
  let condition = first;
  let delay = 0;
  const keep = (socket: Socket, other: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      sockets.delete(socket);
      other.destroy();
    });
    socket.on("data", (bytes) => {
      if (delay === 0) other.write(bytes);
      else setTimeout(() => other.write(bytes), delay);
    });
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
    delay: (milliseconds) => {
      delay = milliseconds;
    },
    mend: () => {
      delay = 0;
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
