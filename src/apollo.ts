import { AsyncLocalStorage } from "node:async_hooks";
import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from "@apollo/server/plugin/disabled";
import {
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
} from "graphql";
import type { OperationContext } from "./context.js";
import { formatError } from "./format-error.js";
import type { AskedCost, QueryGuard } from "./guard/query-guard.js";
import type { Logger } from "./log.js";

/** The id of the request being answered; Apollo tells `formatError` of no request, and of some errors no context exists. */
export const currentRequest = new AsyncLocalStorage<string>();

/** Refuses what costs too much, by itself or with what was asked before, and tells the cost of everything else. */
const limitCost = (guard: QueryGuard): ApolloServerPlugin<OperationContext> => ({
  requestDidStart: async () => {
    let cost: AskedCost | undefined;
    return {
      // Of a document that was not kept from before.
      parsingDidStart: async ({ source, contextValue }) =>
        contextValue.services.rateLimits?.document(contextValue, source),
      didResolveOperation: async ({ document, operation, request, contextValue }) => {
        if (!operation) return;
        cost = guard.costOf(document, operation, request.variables);
        const excess = guard.refuse(cost) ?? refuseSubscription(operation);
        if (excess !== null) throw excess;
        await contextValue.services.rateLimits?.operation(contextValue, cost.requested);
      },
      willSendResponse: async ({ response: { body } }) => {
        if (cost !== undefined && body.kind === "single") body.singleResult.extensions = { cost };
      },
    };
  },
});

/** Apollo would execute it once, without a state to show, which looks like a fault of ours. */
function refuseSubscription({ operation }: OperationDefinitionNode): GraphQLError | null {
  if (operation !== "subscription") return null;
  const extensions = { code: "BAD_USER_INPUT", http: { status: 400 } };
  return new GraphQLError(
    "Subscribe over a WebSocket (graphql-transport-ws), or with `Accept: text/event-stream`, at this path.",
    { extensions },
  );
}

/** Apollo hides what it validates, but not what graphql-js says of variables while executing, nor can it be told to. */
function withoutSuggestion(error: GraphQLFormattedError): GraphQLFormattedError {
  const { message } = error;
  const end = message.endsWith("?") ? message.lastIndexOf(" Did you mean ") : -1;
  return end < 0 ? error : { ...error, message: message.slice(0, end) };
}

/** Queries and mutations over HTTP. The playground is our own, and signals are the process's business. */
export const createApollo = (
  schema: GraphQLSchema,
  guard: QueryGuard,
  production: boolean,
  logger: Logger,
): ApolloServer<OperationContext> =>
  new ApolloServer<OperationContext>({
    schema,
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: production,
    // Refused by the same rule, and so in the same words, as at the other doors.
    introspection: true,
    parseOptions: guard.parseOptions,
    validationRules: production
      ? [...guard.validationRules, NoSchemaIntrospectionCustomRule]
      : [...guard.validationRules],
    // Any client could have its own documents kept.
    persistedQueries: false,
    stopOnTerminationSignals: false,
    logger,
    formatError: (formatted, error) => {
      const told = formatError(formatted, error, { requestId: currentRequest.getStore() ?? "", logger });
      return production ? withoutSuggestion(told) : told;
    },
    // Nothing is cached by hints, and without that plugin no resolver is wrapped.
    plugins: [ApolloServerPluginCacheControlDisabled(), ApolloServerPluginLandingPageDisabled(), limitCost(guard)],
  });
