import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import cors from "@fastify/cors";
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from "fastify";
import type { Config } from "./config.js";
import { Fault, type FaultCode, RateLimited } from "./errors.js";
import { reject } from "./live/rejection.js";
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
    // By the library's own words, which are not ours: `refuseWhenClosing` does it.
    return503OnClosing: false,
    frameworkErrors: (_error, request, reply) => {
      reply.header("x-request-id", request.id).headers(HEADERS);
      sendError(reply, 400, "BAD_USER_INPUT", "The address cannot be read.");
    },
    clientErrorHandler,
    routerOptions: { ignoreTrailingSlash: true },
  });
  app.addHook("onRequest", (request, reply, done) => {
    reply.header("x-request-id", request.id).headers(HEADERS);
    done();
  });
  refuseWhenClosing(app);
  app.setErrorHandler((error: FastifyError | Fault, request, reply) => {
    if (error instanceof Fault) return sendFault(reply, error);
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
      exposedHeaders: ["x-request-id", "content-disposition", "retry-after"],
      maxAge: 600,
    });
  }
  return app;
}

/** For what comes over connections that are still open; and what is under way has its time. */
function refuseWhenClosing(app: FastifyInstance): void {
  let isClosing = false;
  app.addHook("preClose", async () => {
    isClosing = true;
    setTimeout(() => app.server.closeAllConnections(), CLOSE_MILLISECONDS).unref();
  });
  app.addHook("onRequest", (_request, reply, done) => {
    if (!isClosing) return done();
    sendError(
      reply.header("retry-after", RETRY_SECONDS),
      503,
      "OVERLOADED",
      "This server is about to stop: try again.",
    );
  });
}

/** What is no HTTP, or too much of it to be a request. */
function clientErrorHandler(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed) return;
  const headers = HEADERS;
  const [status, message] = CLIENT_ERRORS[error.code ?? ""] ?? ["400 Bad Request", "This is not HTTP as it should be."];
  reject(socket, { status, code: "BAD_USER_INPUT", message, headers });
}

const CLIENT_ERRORS: Readonly<Record<string, readonly [status: string, message: string]>> = {
  HPE_HEADER_OVERFLOW: ["431 Request Header Fields Too Large", "All headers together may have 16 kB."],
  ERR_HTTP_REQUEST_TIMEOUT: ["408 Request Timeout", "The request did not come to its end in time."],
};

const STATUSES: Partial<Record<FaultCode, number>> = { UNAUTHENTICATED: 401, FORBIDDEN: 403, RATE_LIMITED: 429 };

function sendFault(reply: FastifyReply, fault: Fault): FastifyReply {
  const status = STATUSES[fault.code] ?? 400;
  if (!(fault instanceof RateLimited)) return sendError(reply, status, fault.code, fault.message);
  const { retryAfterSeconds } = fault;
  reply.header("retry-after", retryAfterSeconds);
  return sendError(reply, status, fault.code, fault.message, { retryAfterSeconds });
}

export function sendError(
  reply: FastifyReply,
  status: number,
  code: string,
  message: string,
  more: Readonly<Record<string, unknown>> = {},
): FastifyReply {
  const error = { message, extensions: { code, requestId: reply.request.id, ...more } };
  return reply
    .code(status)
    .type("application/json; charset=utf-8")
    .send({ errors: [error] });
}
