import { ApolloServerErrorCode } from "@apollo/server/errors";
import { GraphQLError, type GraphQLFormattedError } from "graphql";
import { Fault, RateLimited } from "./errors.js";
import { isTooLong, TOO_LONG } from "./guard/limits.js";
import type { Logger } from "./log.js";
import { overloadOf } from "./overload.js";
import { MalformedId } from "./schema/ids.js";

/** Errors of the libraries that are the caller's to mend, and may be told as they are. */
const TOLD: readonly unknown[] = [
  ApolloServerErrorCode.GRAPHQL_PARSE_FAILED,
  ApolloServerErrorCode.GRAPHQL_VALIDATION_FAILED,
  ApolloServerErrorCode.BAD_USER_INPUT,
  ApolloServerErrorCode.BAD_REQUEST,
  ApolloServerErrorCode.OPERATION_RESOLUTION_FAILURE,
];

/** The contract's codes for what the libraries name in their own way. */
const RENAMED: ReadonlyMap<unknown, string> = new Map([
  [ApolloServerErrorCode.BAD_REQUEST, "BAD_USER_INPUT"],
  [ApolloServerErrorCode.OPERATION_RESOLUTION_FAILURE, "BAD_USER_INPUT"],
]);

/**
 * What a caller is told of an error, the same over HTTP and WebSocket: a code of the contract, a message that says how to
 * mend it, and the request's id. Of a fault of our own the message stays in the log.
 */
export function formatError(
  formatted: GraphQLFormattedError,
  error: unknown,
  { requestId, logger }: { requestId: string; logger: Logger },
): GraphQLFormattedError {
  const original = originalOf(error);
  const { code, message } = describe(formatted, original);
  if (code === "INTERNAL_SERVER_ERROR") logger.error({ err: original, requestId }, "an operation failed");
  if (code === "OVERLOADED") logger.warn({ err: original, requestId }, "an operation could not be done now");
  const { locations, path } = formatted;
  return {
    message,
    ...(locations === undefined ? {} : { locations }),
    ...(path === undefined ? {} : { path }),
    extensions: {
      code,
      requestId,
      ...(original instanceof RateLimited ? { retryAfterSeconds: original.retryAfterSeconds } : {}),
    },
  };
}

/** What was thrown. Apollo's `unwrapResolverError` leaves what a subscription's stream threw wrapped, for it has no path. */
function originalOf(error: unknown): unknown {
  return error instanceof GraphQLError ? (error.originalError ?? error) : error;
}

function describe(formatted: GraphQLFormattedError, original: unknown): { code: string; message: string } {
  if (original instanceof Fault) return { code: original.code, message: original.message };
  if (original instanceof MalformedId) return { code: "BAD_USER_INPUT", message: original.message };
  if (isTooLong(original)) return { code: "QUERY_TOO_COMPLEX", message: TOO_LONG };
  const overload = overloadOf(original);
  if (overload !== null) return { code: overload.code, message: overload.message };
  const code = formatted.extensions?.["code"];
  if (TOLD.includes(code)) return { code: RENAMED.get(code) ?? String(code), message: formatted.message };
  return { code: "INTERNAL_SERVER_ERROR", message: "Something broke; the log has it under the request's id." };
}
