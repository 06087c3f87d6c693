import type { FastifyInstance, FastifyRequest } from "fastify";
import { bodyInTime } from "./body-time.js";
import type { Services } from "./context.js";
import { applyNotice } from "./domain/payment-notice.js";
import { sendError } from "./http.js";
import type { Logger } from "./log.js";

/** Notices are a few kilobytes. */
const MOST_BODY_BYTES = 64 * 1024;

/**
 * Where the payment provider tells what has happened to money, if it does. 200 for whatever was understood, even if nobody
 * here knows the charge, since providers send anything else again for days; 400 for what is not genuine.
 */
export async function addPaymentsWebhook(
  app: FastifyInstance,
  path: string,
  { orm, announce, payments, salesRules }: Services,
  logger: Logger,
): Promise<void> {
  const { readNotice } = payments;
  if (readNotice === undefined) return;
  await app.register(async (scope) => {
    // Signatures are made over the bytes, whatever their type.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    scope.post(path, { bodyLimit: MOST_BODY_BYTES, preParsing: bodyInTime() }, async (request, reply) => {
      const notice = await readNotice({ headers: headersOf(request), body: bodyOf(request) });
      if (notice === null) {
        logger.warn({ requestId: request.id }, "A payment notice was refused: it is not genuine");
        return sendError(reply, 400, "BAD_USER_INPUT", "The notice is not genuine.");
      }
      const isKnown = await applyNotice({ em: orm.em.fork(), announce, rules: salesRules }, notice);
      if (!isKnown) logger.warn({ requestId: request.id, notice }, "A payment notice is of an unknown charge");
      return { received: true };
    });
  });
}

const bodyOf = ({ body }: FastifyRequest): Buffer => (Buffer.isBuffer(body) ? body : Buffer.alloc(0));

/** Repeated headers as HTTP joins them. */
const headersOf = ({ headers }: FastifyRequest): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]],
    ),
  );
