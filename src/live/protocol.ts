import {
  type ExecutionArgs,
  execute,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
} from "graphql";
import {
  type ExecutionResult,
  makeServer,
  type Context as ProtocolContext,
  type Server,
  type SubscribePayload,
} from "graphql-ws";
import type { Viewer } from "../domain/viewer.js";
import { Fault } from "../errors.js";
import type { Connection } from "./connection.js";
import { createReadDocument, type DocumentOptions, isErrors, type ReadDocument } from "./document.js";
import { Operation } from "./operation.js";
import type { WarningLogger } from "./warning.js";

export interface ProtocolOptions<Context extends object> extends DocumentOptions {
  /** Throws the Fault UNAUTHENTICATED for a token that is not valid. */
  readonly authenticate: (authorization: string | undefined) => Promise<Viewer>;
  /** Called once per query and mutation, and for a subscription once per pushed state. */
  readonly makeContext: (viewer: Viewer) => Context;
  /** The same masking as over HTTP. The context is null when the operation failed before or between executions. */
  readonly formatError: (error: GraphQLError, context: Context | null) => GraphQLFormattedError;
  readonly logger: WarningLogger;
}

type Request = ProtocolContext<Record<string, unknown> | undefined, Connection>;

const INITIALISATION_MILLISECONDS = 3000;
const TRY_AGAIN_LATER = 1013;

/** The graphql-ws protocol over our connections, under the rules that hold over HTTP. */
export function makeProtocol<Context extends object>(options: ProtocolOptions<Context>): Server<Connection> {
  const readDocument = createReadDocument(options);
  return makeServer<Record<string, unknown> | undefined, Connection>({
    connectionInitWaitTimeout: INITIALISATION_MILLISECONDS,
    onConnect: (request) => connect(request, options),
    onSubscribe: (request, _id, payload) => begin(request.extra, payload, readDocument, options),
    execute: (args) => execute(args),
    subscribe: async (args) => operationOf<Context>(args).subscribe(),
    onNext: (_request, _id, _payload, args, result) => formatResult(result, operationOf<Context>(args), options),
    onError: (_request, _id, _payload, errors) => formatAll(errors, null, options),
  });
}

/** Whether the connection may stay. When that cannot be told now, the client is asked to come back. */
async function connect<Context extends object>(request: Request, options: ProtocolOptions<Context>): Promise<boolean> {
  const { connectionParams = {}, extra: connection } = request;
  const { Authorization: capitalized, authorization = capitalized } = connectionParams;
  if (authorization != null && typeof authorization !== "string") return false;
  try {
    connection.authorization = authorization ?? undefined;
    connection.setViewer(await options.authenticate(connection.authorization));
    return true;
  } catch (error) {
    if (!isUnauthenticated(error)) {
      options.logger.warn({ err: error }, "A WebSocket client could not be authenticated");
      connection.close(TRY_AGAIN_LATER, "Try again later");
    }
    return false;
  }
}

async function begin<Context extends object>(
  connection: Connection,
  payload: SubscribePayload,
  readDocument: ReadDocument,
  { schema, authenticate, makeContext }: ProtocolOptions<Context>,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  try {
    const document = readDocument(payload);
    if (isErrors(document)) return document;
    const viewer = await authenticate(connection.authorization);
    return new Operation(schema, document, payload, connection, () => makeContext(viewer));
  } catch (error) {
    if (isUnauthenticated(error)) connection.forbid();
    return [asGraphQLError(error)];
  }
}

/** graphql-ws hands back the very object that `onSubscribe` gave. */
function operationOf<Context extends object>(args: ExecutionArgs): Operation<Context> {
  if (args instanceof Operation) return args;
  throw new TypeError("Not an operation that this protocol began");
}

export function formatResult<Context extends object>(
  { errors, ...result }: ExecutionResult,
  { contextValue }: Operation<Context>,
  options: ProtocolOptions<Context>,
): FormattedExecutionResult {
  // The two packages differ only in whether what is absent may be spelled `undefined`.
  const formatted = result as FormattedExecutionResult;
  return errors === undefined ? formatted : { ...formatted, errors: formatAll(errors, contextValue, options) };
}

export function formatAll<Context extends object>(
  errors: readonly GraphQLError[],
  context: Context | null,
  { formatError }: ProtocolOptions<Context>,
): GraphQLFormattedError[] {
  return errors.map((error) => formatError(unwrapped(error), context));
}

/** graphql-ws wraps whatever a stream throws, also what is a GraphQLError with its path already. */
function unwrapped(error: GraphQLError): GraphQLError {
  return error.originalError instanceof GraphQLError ? error.originalError : error;
}

export function asGraphQLError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const originalError = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(originalError.message, { originalError });
}

function isUnauthenticated(error: unknown): boolean {
  return error instanceof Fault && error.code === "UNAUTHENTICATED";
}
