import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { readAssets } from "./assets.js";
import { examples } from "./examples.js";
import { CONTENT_SECURITY_POLICY, playgroundPage } from "./page.js";

interface PlaygroundOptions {
  /** The path of the API, where a browser that visits it gets the page instead. */
  readonly path: string;
}

/**
 * Serves GraphiQL to browsers at the API's own path, with every asset from this server. The page is answered before the
 * API's handler sees the request, so it does not matter which of the two is registered first.
 */
export async function registerPlayground(app: FastifyInstance, { path }: PlaygroundOptions): Promise<void> {
  const { version, files } = await readAssets();
  const page = playgroundPage(`/playground/${version}`, path);

  app.addHook("onRequest", (request, reply, next) => {
    if (isPageVisit(request, path)) sendPage(reply, page);
    else next();
  });
  for (const [name, { contentType, body }] of files) {
    app.get(`/playground/${version}/${name}`, (_request, reply) =>
      reply
        .header("cache-control", "public, max-age=31536000, immutable")
        .header("x-content-type-options", "nosniff")
        .type(contentType)
        .send(body),
    );
  }
  app.get("/playground/examples.json", (_request, reply) =>
    reply.header("cache-control", "no-store").send(examples(new Date())),
  );
}

/** A browser's visit, as against a query over GET, an upgrade to a WebSocket, or a client that wants JSON. */
function isPageVisit(request: FastifyRequest, path: string): boolean {
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  const [visited, search] = request.url.split("?", 2);
  const parameters = new URLSearchParams(search);
  if (visited !== path || parameters.has("query") || parameters.has("extensions")) return false;
  return request.headers.upgrade === undefined && (request.headers.accept ?? "").includes("text/html");
}

function sendPage(reply: FastifyReply, page: string): FastifyReply {
  return reply
    .header("content-security-policy", CONTENT_SECURITY_POLICY)
    .header("x-content-type-options", "nosniff")
    .header("referrer-policy", "no-referrer")
    .header("cache-control", "no-cache")
    .header("vary", "accept")
    .type("text/html; charset=utf-8")
    .send(page);
}
