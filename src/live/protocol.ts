import { type ExecutionArgs, execute, GraphQLError } from "graphql";
import { makeServer, type Context as ProtocolContext, type Server, type SubscribePayload } from "graphql-ws";
import type { Viewer } from "../domain/viewer.js";
import { Fault } from "../errors.js";
import type { Connection } from "./connection.js";
import type { ConnectionLimits } from "./connection-limits.js";
import { Operation, type Operations } from "./operation.js";
import type { WarningLogger } from "./warning.js";

export interface ProtocolOptions<Context extends object> {
  readonly operations: Operations<Context>;
  /** Throws the Fault UNAUTHENTICATED for a token that is not valid. */
  readonly authenticate: (authorization: string | undefined) => Promise<Viewer>;
  /** Null: there are none. */
  readonly limits: ConnectionLimits | null;
  readonly logger: WarningLogger;
}

type Request = ProtocolContext<Record<string, unknown> | undefined, Connection>;

const INITIALISATION_MILLISECONDS = 3000;
const TRY_AGAIN_LATER = 1013;
/** On this one clients of graphql-ws do not try again. */
const POLICY_VIOLATION = 1008;

/** The graphql-ws protocol over our connections, under the rules that hold over HTTP. */
export function makeProtocol<Context extends object>(options: ProtocolOptions<Context>): Server<Connection> {
  const { operations } = options;
  return makeServer<Record<string, unknown> | undefined, Connection>({
    connectionInitWaitTimeout: INITIALISATION_MILLISECONDS,
    onConnect: (request) => connect(request, options),
    onSubscribe: (request, id, payload) => begin(request, id, payload, options),
    execute: (args) => execute(args),
    subscribe: (args) => operationOf<Context>(args).subscribe(),
    onNext: (_request, _id, _payload, args, result) => operationOf<Context>(args).answer(result),
    onError: (_request, _id, _payload, errors) => operations.formatAll(errors, null),
  });
}

/** Whether the connection may stay. When that cannot be told now, the client is asked to come back. */
async function connect<Context extends object>(request: Request, options: ProtocolOptions<Context>): Promise<boolean> {
  const { connectionParams = {}, extra: connection } = request;
  const { Authorization: capitalized, authorization = capitalized } = connectionParams;
  if (authorization != null && typeof authorization !== "string") return false;
  try {
    connection.authorization = authorization ?? undefined;
    const viewer = await options.authenticate(connection.authorization);
    const leave = options.limits === null ? () => {} : options.limits.ofViewer(viewer);
    if (leave === null) connection.close(POLICY_VIOLATION, "Too many connections: close some");
    else connection.open(viewer, leave);
    return leave !== null;
  } catch (error) {
    if (!isUnauthenticated(error)) {
      options.logger.warn({ err: error, requestId: connection.id }, "A WebSocket client could not be authenticated");
      connection.close(TRY_AGAIN_LATER, "Try again later");
    }
    return false;
  }
}

async function begin<Context extends object>(
  { extra: connection, subscriptions }: Request,
  id: string,
  payload: SubscribePayload,
  { operations, authenticate, limits }: ProtocolOptions<Context>,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  try {
    if (limits !== null && Object.keys(subscriptions).length > limits.perSocket) throw tooMany(limits.perSocket);
    const viewer = await authenticate(connection.authorization);
    return await operations.begin(payload, viewer, connection.subscription(id));
  } catch (error) {
    if (isUnauthenticated(error)) connection.forbid();
    return [asGraphQLError(error)];
  }
}

const tooMany = (most: number): Fault =>
  new Fault("RATE_LIMITED", `A socket may have ${most} operations under way: complete one, or open another socket.`);

/** graphql-ws hands back the very object that `onSubscribe` gave. */
function operationOf<Context extends object>(args: ExecutionArgs): Operation<Context> {
  if (args instanceof Operation) return args;
  throw new TypeError("Not an operation that this protocol began");
}

export function asGraphQLError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const originalError = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(originalError.message, { originalError });
}

function isUnauthenticated(error: unknown): boolean {
  return error instanceof Fault && error.code === "UNAUTHENTICATED";
}
