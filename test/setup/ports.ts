import { once } from "node:events";
import { createServer } from "node:net";

/** Below those from which systems give ports to connections, any of which might else be given one that is to be listened on again. */
const FIRST = 15_000;
const PORTS = 15_000;

/** One that nobody listens on now. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * PORTS);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listening = once(server, "listening").then(
    () => true,
    () => false,
  );
  server.listen(port, "127.0.0.1");
  if (!(await listening)) return false;
  server.close();
  await once(server, "close");
  return true;
}
