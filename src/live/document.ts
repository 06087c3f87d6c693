import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  type ParseOptions,
  parse,
  specifiedRules,
  type ValidationRule,
  validate,
} from "graphql";
import type { SubscribePayload } from "graphql-ws";
import { LRUCache } from "lru-cache";
import { Fault } from "../errors.js";

/** In objects; as told in `extensions.cost`. */
export interface Cost {
  readonly requested: number;
  readonly limit: number;
}

export interface CostRules {
  costOf(document: DocumentNode, operation: OperationDefinitionNode, variables: SubscribePayload["variables"]): Cost;
  /** What is too much, told before the execution; null when it is not. */
  refuse(cost: Cost): GraphQLError | null;
}

/** An operation that may be executed. */
export interface Asked {
  /** The same object for the same text. */
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly cost: Cost | null;
}

export interface DocumentOptions {
  readonly schema: GraphQLSchema;
  /** The same as over HTTP; those of the specification unless given. */
  readonly validationRules?: readonly ValidationRule[];
  readonly parseOptions?: ParseOptions;
  /** The text that the payload names by its hash, or has itself; null when neither. Throws a Fault for what may not run. */
  readonly textOf?: (payload: SubscribePayload) => string | null;
  /** Unless it is given nothing has a cost. */
  readonly costs?: CostRules;
  /** Refuses introspection, and lets no error suggest a name: what Apollo does over HTTP in production. */
  readonly isSchemaHidden?: boolean;
}

/**
 * The operation that a request asks for, checked, or what is wrong with the request, in the client's terms. `onUnknown` is told of the
 * text of a document that was not kept from before.
 */
export type ReadOperation = (
  payload: SubscribePayload,
  onUnknown: (text: string) => void,
) => Asked | readonly GraphQLError[];

type Code = "GRAPHQL_PARSE_FAILED" | "GRAPHQL_VALIDATION_FAILED" | "BAD_USER_INPUT";

/** Characters of all documents kept; a parsed one takes some twenty times its text. */
const CACHED_CHARACTERS = 1_000_000;
const LONGEST_CACHED = 20_000;

export function createReadOperation(options: DocumentOptions): ReadOperation {
  const cache = new LRUCache<string, DocumentNode>({
    maxSize: CACHED_CHARACTERS,
    maxEntrySize: LONGEST_CACHED,
    sizeCalculation: (_document, text) => text.length + 1,
  });
  const readUnknown = (text: string) => {
    const document = parseAndValidate(text, options);
    if (!isErrors(document)) cache.set(text, document);
    return document;
  };
  return (payload, onUnknown) => {
    const text = textOf(options, payload);
    if (text instanceof GraphQLError) return [text];
    const known = cache.get(text);
    if (known === undefined) onUnknown(text);
    const document = known ?? readUnknown(text);
    if (isErrors(document)) return document;
    return readOperation(options, document, payload);
  };
}

export function isErrors(value: object | readonly GraphQLError[]): value is readonly GraphQLError[] {
  return Array.isArray(value);
}

function textOf(options: DocumentOptions, payload: SubscribePayload): string | GraphQLError {
  try {
    return options.textOf?.(payload) ?? payload.query;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return new GraphQLError(error.message, { originalError: error, extensions: { code: error.code } });
  }
}

/** What is wrong with a document whatever is asked with it. */
export function checkText(text: string, options: DocumentOptions): readonly GraphQLError[] {
  const document = parseAndValidate(text, options);
  return isErrors(document) ? document : [];
}

function parseAndValidate(
  text: string,
  { schema, parseOptions, validationRules = specifiedRules, isSchemaHidden = false }: DocumentOptions,
): DocumentNode | readonly GraphQLError[] {
  let document: DocumentNode;
  try {
    document = parse(text, parseOptions);
  } catch (error) {
    if (error instanceof GraphQLError) return [coded(error, "GRAPHQL_PARSE_FAILED")];
    throw error;
  }
  const rules = isSchemaHidden ? [...validationRules, NoSchemaIntrospectionCustomRule] : validationRules;
  const errors = validate(schema, document, rules, { hideSuggestions: isSchemaHidden });
  return errors.length > 0 ? errors.map((error) => coded(error, "GRAPHQL_VALIDATION_FAILED")) : document;
}

/** Checked before the execution, since a failure there would come as a result instead of an error. */
function readOperation(
  { schema, costs, isSchemaHidden: hideSuggestions = false }: DocumentOptions,
  document: DocumentNode,
  { operationName, variables }: SubscribePayload,
): Asked | readonly GraphQLError[] {
  const operation = getOperationAST(document, operationName);
  if (!operation) return [noOperation(operationName)];
  const cost = costs?.costOf(document, operation, variables) ?? null;
  const excess = cost === null ? null : (costs?.refuse(cost) ?? null);
  if (excess !== null) return [excess];
  const options = { maxErrors: 50, hideSuggestions };
  const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {}, options);
  return errors?.map((error) => coded(error, "BAD_USER_INPUT")) ?? { document, operation, cost };
}

function noOperation(name: SubscribePayload["operationName"]): GraphQLError {
  const message = name
    ? `The document has no operation named "${name}".`
    : "Name one of the document's operations in `operationName`.";
  return coded(new GraphQLError(message), "BAD_USER_INPUT");
}

/** Keeps the code that a rule gave, such as QUERY_TOO_COMPLEX. */
function coded(error: GraphQLError, code: Code): GraphQLError {
  Object.assign(error.extensions, { code, ...error.extensions });
  return error;
}
