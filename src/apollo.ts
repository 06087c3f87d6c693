import { AsyncLocalStorage } from "node:async_hooks";
import { ApolloServer } from "@apollo/server";
import { ApolloServerPluginLandingPageDisabled } from "@apollo/server/plugin/disabled";
import type { GraphQLSchema } from "graphql";
import type { OperationContext } from "./context.js";
import { formatError } from "./format-error.js";
import type { Logger } from "./log.js";

/** The id of the request being answered; Apollo tells `formatError` of no request, and of some errors no context exists. */
export const currentRequest = new AsyncLocalStorage<string>();

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
    plugins: [ApolloServerPluginLandingPageDisabled()],
  });
