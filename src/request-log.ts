import type { FastifyInstance } from "fastify";
import type { Logger } from "./log.js";

/** A line for each request that was answered, with LOG_LEVEL=debug: by its route, since addresses may tell of people. */
export function addRequestLog(app: FastifyInstance, logger: Logger): void {
  if (!logger.isLevelEnabled("debug")) return;
  app.addHook("onResponse", (request, reply, done) => {
    const { id: requestId, method, routeOptions } = request;
    const milliseconds = Math.round(reply.elapsedTime * 10) / 10;
    logger.debug(
      { requestId, method, route: routeOptions.url ?? null, status: reply.statusCode, milliseconds },
      "answered",
    );
    done();
  });
}
