import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import { ApolloServerPluginLandingPageDisabled } from "@apollo/server/plugin/disabled";
import type { GraphQLSchema } from "graphql";
import type { OperationContext } from "./context.js";
import { formatError } from "./format-error.js";
import type { Logger } from "./log.js";

/** Queries and mutations over HTTP. The playground is our own, and signals are the process's business. */
export function createApollo(
  schema: GraphQLSchema,
  production: boolean,
  logger: Logger,
): ApolloServer<OperationContext> {
  return new ApolloServer<OperationContext>({
    schema,
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: production,
    introspection: !production,
    stopOnTerminationSignals: false,
    logger,
    plugins: [ApolloServerPluginLandingPageDisabled(), errorsWithRequestId(logger)],
  });
}

/** `formatError` of Apollo does not know the request; this does the same with its id. */
function errorsWithRequestId(logger: Logger): ApolloServerPlugin<OperationContext> {
  return {
    requestDidStart: async ({ contextValue }) => ({
      willSendResponse: async ({ response, errors }) => {
        if (response.body.kind !== "single" || errors === undefined) return;
        const { singleResult } = response.body;
        const { requestId } = contextValue;
        singleResult.errors = (singleResult.errors ?? []).map((formatted, index) =>
          formatError(formatted, errors[index], { requestId, logger }),
        );
      },
    }),
  };
}
