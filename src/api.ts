import { type ApolloServer, HeaderMap } from "@apollo/server";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { SubscribePayload } from "graphql-ws";
import { currentRequest } from "./apollo.js";
import { bodyInTime } from "./body-time.js";
import { OperationContext, type Services } from "./context.js";
import type { Viewer } from "./domain/viewer.js";
import { badInput } from "./errors.js";
import { sendError } from "./http.js";
import type { EventStreams, StreamRequest } from "./live/event-stream.js";
import { type SpelledOut, spellOut } from "./named-document.js";
import type { TrustedDocuments } from "./trusted-documents.js";

const EVENT_STREAM = "text/event-stream";

interface ApiOptions {
  readonly path: string;
  readonly services: Services;
  readonly apollo: ApolloServer<OperationContext>;
  readonly streams: EventStreams;
  readonly documents: TrustedDocuments;
}

/** The API over HTTP. Authenticates before anything else, so that a bad token is told by the status too. */
export function addApi(app: FastifyInstance, { path, services, apollo, streams, documents }: ApiOptions): void {
  refuseOtherMethods(app, path);
  app.route({
    method: ["GET", "POST"],
    url: path,
    preParsing: bodyInTime(),
    handler: async (request, reply) => {
      const viewer: Viewer = await services.authenticator.authenticate(request.headers.authorization);
      const operation = new OperationContext(services, viewer, request.id, request.raw);
      services.rateLimits?.admit(operation);
      const payload = streamedPayload(request, operation, streams, documents);
      if (payload !== null) return stream(streams, { viewer, payload }, request, reply);
      const asked = spellOut(request, documents);
      return currentRequest.run(request.id, () => execute(apollo, operation, asked, request, reply));
    },
  });
}

/** The methods that GraphQL over HTTP does not have. HEAD is answered as GET is. */
function refuseOtherMethods(app: FastifyInstance, url: string): void {
  app.route({
    method: ["PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"],
    url,
    handler: (_request, reply) =>
      sendError(
        reply.header("allow", "GET, POST"),
        405,
        "BAD_USER_INPUT",
        "Send operations by POST, or queries by GET.",
      ),
  });
}

/** What is to be answered as a stream of events; null when the answer is to be in one piece. Throws BAD_USER_INPUT. */
function streamedPayload(
  request: FastifyRequest,
  who: OperationContext,
  streams: EventStreams,
  documents: TrustedDocuments,
): SubscribePayload | null {
  const accepted = request.headers.accept ?? "";
  if (!accepted.includes(EVENT_STREAM)) return null;
  const payload = readPayload(request, documents);
  return accepted === EVENT_STREAM || streams.isSubscription(payload, who) ? payload : null;
}

async function stream(
  streams: EventStreams,
  { viewer, payload }: Pick<StreamRequest, "viewer" | "payload">,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
  reply.hijack();
  await streams.serve({ method: request.method, viewer, payload, response: reply.raw });
  return reply;
}

async function execute(
  apollo: ApolloServer<OperationContext>,
  operation: OperationContext,
  { body: asked, search }: SpelledOut,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<string> {
  const { status, headers, body } = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: request.method,
      headers: headersOf(request),
      search,
      body: asked,
    },
    context: async () => operation,
  });
  if (body.kind !== "complete") throw new Error("nothing here is delivered in parts");
  reply.code(status ?? 200);
  for (const [name, value] of headers) reply.header(name, value);
  return body.string;
}

/** The parameters of an operation as GraphQL over HTTP has them, in the body or in the address. */
function readPayload({ method, body, query }: FastifyRequest, documents: TrustedDocuments): SubscribePayload {
  const given = (method === "POST" ? body : query) as Record<string, unknown> | null;
  const asked = typeof given === "object" && given !== null ? given : {};
  const { operationName = null, variables = null, extensions } = asked;
  const text = documents.textOf(
    typeof extensions === "string" ? { ...asked, extensions: parseJson(extensions) } : asked,
  );
  if (text === null) throw badInput("`query` must be the text of a GraphQL document.");
  if (operationName !== null && typeof operationName !== "string") throw badInput("`operationName` must be a string.");
  return { query: text, operationName, variables: readVariables(variables) };
}

function readVariables(given: unknown): Record<string, unknown> {
  const variables = typeof given === "string" ? parseJson(given) : (given ?? {});
  if (typeof variables === "object" && variables !== null && !Array.isArray(variables)) {
    return variables as Record<string, unknown>;
  }
  throw badInput("`variables` must be an object.");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return null;
  }
}

/** The headers that Apollo reads: for the kind of the answer, and against forged requests. */
const READ = ["accept", "content-type", "x-apollo-operation-name", "apollo-require-preflight"];
function headersOf({ headers }: FastifyRequest): HeaderMap {
  const map = new HeaderMap();
  for (const name of READ) {
    const value = headers[name];
    if (typeof value === "string" && value !== "") map.set(name, value);
  }
  // What is answered anyhow: working that out for every request took a thirtieth of the server's time.
  if (map.get("accept") === "application/json" || map.get("accept") === "*/*") map.delete("accept");
  return map;
}
