import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { OperationContext, type Services } from "../context.js";
import { beginImport, findImport, listImports, saveImport } from "../domain/import.js";
import { importScans, prepareScanImport } from "../domain/import-scans.js";
import { importTickets, prepareTicketImport } from "../domain/import-tickets.js";
import { Fault, notFound, Refusal, unauthenticated } from "../errors.js";
import { sendError } from "../http.js";
import type { Logger } from "../log.js";
import { decodeId, MalformedId } from "../schema/ids.js";
import { Answer } from "./answer.js";
import { chunksOf, Stopped } from "./body.js";
import { readHeader } from "./header.js";
import { Imports } from "./imports.js";
import { linesOf } from "./lines.js";
import { runImport } from "./run.js";
import { scanSubject } from "./scans.js";
import { countsOf, decodeImportId, encodeImportId, shapeOf } from "./shape.js";
import type { Subject } from "./subject.js";
import { ticketSubject } from "./tickets.js";

/** Without anything from the client, or its reading anything. */
const PATIENCE_MILLISECONDS = 30_000;
const RETRY_AFTER_SECONDS = 10;

type ById = { readonly id: string };
type Handler = (
  operation: OperationContext,
  id: string,
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<unknown>;

/** Files of tickets and scans, each answered line by line while it is read; and how far each has got, for others. */
export async function addImports(app: FastifyInstance, services: Services, logger: Logger): Promise<Imports> {
  const imports = new Imports();
  const { gates } = services;

  const guarded = (handle: Handler) => async (request: FastifyRequest, reply: FastifyReply) => {
    try {
      const viewer = await services.authenticator.authenticate(request.headers.authorization);
      if (viewer.kind === "anonymous") throw unauthenticated();
      const operation = new OperationContext(services, viewer, request.id, request.raw);
      return await handle(operation, (request.params as ById).id, request, reply);
    } catch (error) {
      cutOffLater(request);
      return refuse(reply, error);
    }
  };

  await app.register(async (scope) => {
    // Not read here, but as fast as its lines are taken.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("text/csv", (_request, payload, done) => done(null, payload));

    scope.post(
      "/import/events/:id/tickets",
      guarded(async (operation, id, request, reply) => {
        const target = await prepareTicketImport(operation, decodeId("evt", id));
        const subject = ticketSubject(target, (lines) => importTickets(operation, target, lines));
        return imports.run((stopper) => receive(subject, { operation, stopper, logger, request, reply }));
      }),
    );
    scope.post(
      "/import/venues/:id/scans",
      guarded(async (operation, id, request, reply) => {
        const target = await prepareScanImport(operation, decodeId("ven", id));
        const subject = scanSubject(target, (lines) => importScans(operation, gates, target, lines));
        return imports.run((stopper) => receive(subject, { operation, stopper, logger, request, reply }));
      }),
    );
    scope.get(
      "/import/:id",
      guarded(async (operation, id) => {
        const found = await findImport(operation, decodeImportId(id));
        if (found === null) throw notFound("import");
        return shapeOf(found);
      }),
    );
    scope.get(
      "/import/venues/:id",
      guarded(async (operation, id) => ({
        imports: (await listImports(operation, decodeId("ven", id))).map(shapeOf),
      })),
    );
  });
  return imports;
}

interface Reception {
  readonly operation: OperationContext;
  readonly stopper: AbortController;
  readonly logger: Logger;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Answers only when the header has been read: a file that cannot be understood has a status that says so. */
async function receive<Field extends string, Value>(
  subject: Subject<Field, Value>,
  { operation, stopper, logger, request, reply }: Reception,
): Promise<FastifyReply> {
  requirePlain(request);
  reply.raw.once("close", () => stopper.abort(new Stopped("The connection was lost.")));
  const lines = linesOf(chunksOf(request.raw, stopper.signal, PATIENCE_MILLISECONDS));
  const first = await firstLine(lines);
  const header = await orLetGo(lines, () => readHeader(first, subject.columns));
  const id = await beginImport(operation, subject.target);
  const importId = encodeImportId(id);
  const answer = answerTo(reply, { location: `/import/${importId}` });
  const columns = [...header.places.values()].map(({ name }) => name);
  await answer.tell({ import: importId, columns, ignored: header.ignored });
  const result = await runImport(subject, lines, header, {
    bad: (bad) => answer.tell(...bad),
    progress: async (progress) => {
      await saveImport(operation.em, id, progress);
      if (progress.status === "RUNNING") await answer.tell(countsOf(progress));
    },
    broke: (err) => logger.error({ err, requestId: request.id, import: importId }, "an import failed"),
    stop: (error) => stopper.abort(error),
  });
  answer.end({ status: result.status, reason: result.reason, ...countsOf(result) });
  cutOffLater(request);
  return reply;
}

/** What a file that is refused leaves behind is nobody's to read any more. */
async function orLetGo<Value>(lines: AsyncGenerator<unknown>, work: () => Value): Promise<Value> {
  try {
    return work();
  } catch (error) {
    await lines.return(undefined);
    throw error;
  }
}

async function firstLine(lines: ReturnType<typeof linesOf>) {
  for (let next = await lines.next(); !next.done; next = await lines.next()) {
    if (next.value.text.trim() !== "" || next.value.problem !== undefined) return next.value;
  }
  return null;
}

function answerTo(reply: FastifyReply, headers: Readonly<Record<string, string>>): Answer {
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(reply.getHeaders())) given[name] = String(value);
  reply.hijack();
  return new Answer(reply.raw, PATIENCE_MILLISECONDS, { ...given, ...headers });
}

function requirePlain({ headers }: FastifyRequest): void {
  if (headers["content-encoding"] === undefined || headers["content-encoding"] === "identity") return;
  throw new Fault("BAD_USER_INPUT", "Send the file as it is, without `Content-Encoding`.");
}

/** The rest of a file that nobody reads is let go, so that the client can read the answer; not for ever. */
function cutOffLater({ raw }: FastifyRequest): void {
  if (raw.complete || raw.destroyed) return;
  setImmediate(() => raw.resume());
  setTimeout(() => raw.complete || raw.socket.destroy(), PATIENCE_MILLISECONDS).unref();
}

const STATUSES: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  OVERLOADED: 503,
};

function refuse(reply: FastifyReply, error: unknown): FastifyReply {
  if (error instanceof MalformedId) return sendError(reply, 400, "BAD_USER_INPUT", error.message);
  if (error instanceof Stopped) return sendError(reply, 408, "BAD_USER_INPUT", error.message);
  if (error instanceof Refusal) return sendError(reply, STATUSES[error.code] ?? 409, error.code, error.message);
  if (!(error instanceof Fault)) throw error;
  if (error.code === "OVERLOADED") reply.header("retry-after", RETRY_AFTER_SECONDS);
  return sendError(reply, STATUSES[error.code] ?? 400, error.code, error.message);
}
