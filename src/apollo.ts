import { AsyncLocalStorage } from "node:async_hooks";
import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from "@apollo/server/plugin/disabled";
import { GraphQLError, type GraphQLSchema } from "graphql";
import type { OperationContext } from "./context.js";
import { formatError } from "./format-error.js";
import type { Logger } from "./log.js";

/** The id of the request being answered; Apollo tells `formatError` of no request, and of some errors no context exists. */
export const currentRequest = new AsyncLocalStorage<string>();

/** Apollo would execute it once, without a state to show, which looks like a fault of ours. */
const noSubscriptions: ApolloServerPlugin<OperationContext> = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ operation }) => {
      if (operation?.operation !== "subscription") return;
      const extensions = { code: "BAD_USER_INPUT", http: { status: 400 } };
      throw new GraphQLError(
        "Subscribe over a WebSocket (graphql-transport-ws), or with `Accept: text/event-stream`, at this path.",
        { extensions },
      );
    },
  }),
};

/** Queries and mutations over HTTP. The playground is our own, and signals are the process's business. */
export const createApollo = (
  schema: GraphQLSchema,
  production: boolean,
  logger: Logger,
): ApolloServer<OperationContext> =>
  new ApolloServer<OperationContext>({
    schema,
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: production,
    introspection: !production,
    stopOnTerminationSignals: false,
    logger,
    formatError: (formatted, error) =>
      formatError(formatted, error, { requestId: currentRequest.getStore() ?? "", logger }),
    // Nothing is cached by hints, and without that plugin no resolver is wrapped.
    plugins: [ApolloServerPluginCacheControlDisabled(), ApolloServerPluginLandingPageDisabled(), noSubscriptions],
  });
