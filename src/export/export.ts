import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import pLimit from "p-limit";
import { OperationContext, type Services } from "../context.js";
import { Fault, Refusal } from "../errors.js";
import { sendError } from "../http.js";
import type { Logger } from "../log.js";
import { MalformedId } from "../schema/ids.js";
import { attendanceExport } from "./attendance.js";
import { chooseFormat, NO_FORMAT } from "./choose-format.js";
import type { Format } from "./format.js";
import { occupancyExport } from "./occupancy.js";
import { readParameters } from "./parameters.js";
import { scansExport } from "./scans.js";
import type { Export, Source } from "./source.js";
import { ticketsExport } from "./tickets.js";
import { written } from "./written.js";

const EXPORTS: readonly Export[] = [scansExport, ticketsExport, attendanceExport, occupancyExport];

/** Pages read at once, of all exports together: however many there are, the API has most of the connections to itself. */
const MOST_READS = 2;

type Asked = FastifyRequest<{ Params: { readonly id: string; readonly extension?: string } }>;
type Turn = <Value>(read: () => Promise<Value>) => Promise<Value>;

/**
 * Whole lists as files, for spreadsheets and other programs, at `/export/...`: as the extension says, or the header `Accept`.
 * Sent as they are read, a page at a time and as fast as the client takes them. What breaks off ends the connection without
 * the end of the body, so that nobody takes half a file for a whole one.
 */
export function addExports(app: FastifyInstance, services: Services, logger: Logger): void {
  const turn: Turn = pLimit(MOST_READS);
  for (const one of EXPORTS) {
    const handler = async (request: Asked, reply: FastifyReply) => {
      try {
        return await answer(one, { services, turn, logger }, request, reply);
      } catch (error) {
        return sendProblem(reply, error);
      }
    };
    for (const url of [one.path, `${one.path}.:extension`]) app.route({ method: ["GET", "HEAD"], url, handler });
  }
}

async function answer(
  one: Export,
  { services, turn, logger }: { readonly services: Services; readonly turn: Turn; readonly logger: Logger },
  request: Asked,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const viewer = await services.authenticator.authenticate(request.headers.authorization);
  const format = chooseFormat(request.params.extension, request.headers.accept);
  if (format === null) return sendError(reply, 406, "BAD_USER_INPUT", NO_FORMAT);
  const source = await one.open({
    id: request.params.id,
    parameters: readParameters(request.query, one.parameters),
    makeContext: () => new OperationContext(services, viewer, request.id, request.raw),
  });
  const pieces = written(source, format);
  const next = () => turn(() => pieces.next());
  // What goes wrong before the first page is told in the form of every error.
  const first = request.method === "HEAD" ? null : await next();
  reply.type(format.mediaType).header("content-disposition", disposition(source, format));
  if (first === null) return reply.send();
  return reply.send(Readable.from(following(first, next, (error) => warn(logger, request, error))));
}

async function* following(
  first: IteratorResult<string>,
  next: () => Promise<IteratorResult<string>>,
  onFailure: (error: unknown) => void,
): AsyncGenerator<string> {
  try {
    for (let piece = first; !piece.done; piece = await next()) yield piece.value;
  } catch (error) {
    onFailure(error);
    throw error;
  }
}

const warn = (logger: Logger, { id }: FastifyRequest, err: unknown): void =>
  logger.warn({ err, requestId: id }, "An export broke off");

const disposition = ({ fileName }: Source, { extension }: Format): string =>
  `attachment; filename="${fileName}.${extension}"`;

const STATUSES: Readonly<Record<string, number>> = { UNAUTHENTICATED: 401, FORBIDDEN: 403, NOT_FOUND: 404 };

function sendProblem(reply: FastifyReply, error: unknown): FastifyReply {
  if (error instanceof MalformedId) return sendError(reply, 400, "BAD_USER_INPUT", error.message);
  if (!(error instanceof Fault || error instanceof Refusal)) throw error;
  return sendError(reply, STATUSES[error.code] ?? 400, error.code, error.message);
}
