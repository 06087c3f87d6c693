import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { Counter, type Registry } from "prom-client";
import { unauthenticated } from "../errors.js";

export const METRICS_PATH = "/metrics";

/** Requests by the route that answered them, of which there are few, and not by the address that was asked for. */
export function measureRequests(app: FastifyInstance, registry: Registry): void {
  const requests = new Counter({
    name: "gatehouse_http_requests_total",
    help: "Requests over HTTP, by method, route and status.",
    labelNames: ["method", "route", "status"],
    registers: [registry],
  });
  app.addHook("onResponse", (request, { statusCode }, done) => {
    const { method, url = "none" } = request.routeOptions;
    requests.inc({ method: typeof method === "string" ? method : request.method, route: url, status: statusCode });
    done();
  });
}

/** The figures in the text form of Prometheus. `token`: which one has to bear to read them; null: anybody may. */
export function addMetricsRoute(app: FastifyInstance, registry: Registry, token: string | null): void {
  const isRight = token === null ? () => true : equalTo(`Bearer ${token}`);
  app.get(METRICS_PATH, async (request, reply) => {
    if (!isRight(request.headers.authorization ?? "")) {
      reply.header("www-authenticate", "Bearer");
      throw unauthenticated("METRICS_TOKEN is asked for, with the header `Authorization: Bearer <token>`.");
    }
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}

/** Takes the same time however much of it is right. */
function equalTo(expected: string): (given: string) => boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  const right = digest(expected);
  return (given) => timingSafeEqual(digest(given), right);
}
