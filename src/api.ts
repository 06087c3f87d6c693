import { type ApolloServer, HeaderMap } from "@apollo/server";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { currentRequest } from "./apollo.js";
import { OperationContext, type Services } from "./context.js";
import type { Viewer } from "./domain/viewer.js";
import { Fault } from "./errors.js";
import { sendError } from "./http.js";

/** Queries and mutations over HTTP. Authenticates before anything else, so that a bad token is told by the status too. */
export function addApi(
  app: FastifyInstance,
  path: string,
  services: Services,
  apollo: ApolloServer<OperationContext>,
): void {
  app.route({
    method: ["GET", "POST"],
    url: path,
    handler: async (request, reply) => {
      try {
        const viewer: Viewer = await services.authenticator.authenticate(request.headers.authorization);
        const operation = new OperationContext(services, viewer, request.id);
        return await currentRequest.run(request.id, () => execute(apollo, operation, request, reply));
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        return sendError(reply, 401, error.code, error.message);
      }
    },
  });
}

async function execute(
  apollo: ApolloServer<OperationContext>,
  operation: OperationContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<string> {
  const { status, headers, body } = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: request.method,
      headers: headersOf(request),
      search: request.url.includes("?") ? request.url.slice(request.url.indexOf("?")) : "",
      body: request.body,
    },
    context: async () => operation,
  });
  if (body.kind !== "complete") throw new Error("nothing here is delivered in parts");
  reply.code(status ?? 200);
  for (const [name, value] of headers) reply.header(name, value);
  return body.string;
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
