import { GraphQLError } from "graphql";
import { Fault } from "../errors.js";

/** What one document may ask for, whoever asks. Our own examples need a tenth of it, and of the depth nine. */
export const QUERY_LIMITS = {
  /** Words and signs of the text; the parser stops there. */
  tokens: 2_000,
  depth: 15,
  /** Of the operation's own fields. */
  rootFields: 50,
  /** These, too, are counted anew wherever a fragment is used. */
  fields: 2_000,
  aliases: 100,
  directives: 50,
  /** Objects that the answer may hold, page sizes multiplied down. */
  cost: 20_000,
} as const;

/** With the status of a bad request over HTTP. */
export function tooComplex(message: string): GraphQLError {
  const fault = new Fault("QUERY_TOO_COMPLEX", message);
  return new GraphQLError(message, {
    originalError: fault,
    extensions: { code: fault.code, http: { status: 400 } },
  });
}

/** What the parser throws at the limit is a syntax error like any other, but for its text. */
export function isTooLong(error: unknown): boolean {
  return error instanceof GraphQLError && error.message.startsWith("Syntax Error: Document contains more");
}

export const TOO_LONG = `A document may have ${QUERY_LIMITS.tokens} tokens: send values as variables, or ask in parts.`;
