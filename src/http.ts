import { randomUUID } from "node:crypto";
import cors from "@fastify/cors";
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from "fastify";
import type { Config } from "./config.js";
import type { Logger } from "./log.js";
import { overloadOf } from "./overload.js";

/** 1,000 scans of the largest kind fit. */
const MOST_BODY_BYTES = 2 * 1024 * 1024;

/** When what could not be done is worth another try. */
const RETRY_SECONDS = 1;

/** For what is under way when the server closes. A client that never ends its request would hold it open for a minute. */
const CLOSE_MILLISECONDS = 5_000;

/**
 * Nothing that is answered is a page, but for the playground's, which has rules of its own. Helmet's, without those that only pages
 * or browsers of the past heed; by hand, since its hook takes 10 microseconds and more of every request.
 */
const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none';frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=31536000",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** The HTTP server without its routes: ids of requests, errors as JSON in the contract's form, headers for browsers. */
export async function createHttp(config: Config, logger: Logger): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: MOST_BODY_BYTES,
    genReqId: () => randomUUID(),
    forceCloseConnections: "idle",
    return503OnClosing: true,
    routerOptions: { ignoreTrailingSlash: true },
  });
  app.addHook("onRequest", (request, reply, done) => {
    reply.header("x-request-id", request.id).headers(HEADERS);
    done();
  });
  app.addHook("preClose", async () => {
    setTimeout(() => app.server.closeAllConnections(), CLOSE_MILLISECONDS).unref();
  });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const overload = overloadOf(error);
    if (overload !== null) {
      logger.warn({ err: error, requestId: request.id }, "a request could not be answered now");
      return sendError(reply.header("retry-after", RETRY_SECONDS), 503, overload.code, overload.message);
    }
    const status = error.statusCode ?? 500;
    if (status >= 500) logger.error({ err: error, requestId: request.id }, "a request failed");
    const message = status >= 500 ? "Something broke; the log has it under the request's id." : error.message;
    return sendError(reply, status, status >= 500 ? "INTERNAL_SERVER_ERROR" : "BAD_USER_INPUT", message);
  });
  app.setNotFoundHandler((_request, reply) =>
    sendError(reply, 404, "BAD_USER_INPUT", "There is nothing here; the API is at /graphql."),
  );
  if (config.corsOrigins.length > 0) {
    await app.register(cors, {
      origin: [...config.corsOrigins],
      exposedHeaders: ["x-request-id", "content-disposition"],
      maxAge: 600,
    });
  }
  return app;
}

export function sendError(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  const error = { message, extensions: { code, requestId: reply.request.id } };
  return reply
    .code(status)
    .type("application/json; charset=utf-8")
    .send({ errors: [error] });
}
