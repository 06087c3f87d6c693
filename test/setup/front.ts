import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

/** A way to a server on which its files can be replaced, and all of it be away. */
export interface Front extends AsyncDisposable {
  readonly url: string;
  /** The bodies of the mutations that have come through, in their order. */
  readonly posted: readonly string[];
  /** Answers a path with what the server answers to another, changed. */
  replace(path: string, change: (text: string) => string, source?: string): void;
  /** Ends every connection, and each that is tried. */
  cut(): void;
  /** Takes what is asked, and never answers it. */
  stall(): void;
  mend(): void;
}

export async function startFront(target: string): Promise<Front> {
  const replaced = new Map<string, { source: string; change(text: string): string }>();
  const posted: string[] = [];
  let condition: "open" | "cut" | "stalled" = "open";
  const server = createServer(async (request, response) => {
    const body = await readAll(request);
    if (condition === "cut") return void request.socket.destroy();
    if (condition === "stalled") return;
    const { method = "GET", url = "/", headers } = request;
    if (method === "POST") posted.push(body);
    const { source, change } = replaced.get(url) ?? { source: url, change: null };
    const answer = await fetch(new URL(source, target), { method, headers: kept(headers), ...(body ? { body } : {}) });
    const text = change ? change(await answer.text()) : Buffer.from(await answer.arrayBuffer());
    const passedOn = [...answer.headers].filter(([name]) => !["content-length", "content-encoding"].includes(name));
    response.writeHead(answer.status, Object.fromEntries(passedOn)).end(text);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    posted,
    replace: (path, change, source = path) => void replaced.set(path, { source, change }),
    cut: () => {
      condition = "cut";
      server.closeAllConnections();
    },
    mend: () => {
      condition = "open";
    },
    stall: () => {
      condition = "stalled";
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function readAll(chunks: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

function kept({ authorization, "content-type": type }: IncomingHttpHeaders): Record<string, string> {
  return { ...(authorization ? { authorization } : {}), ...(type ? { "content-type": type } : {}) };
}
