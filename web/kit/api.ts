import { type Client, createClient, type ExecutionResult, fetchExchange, subscriptionExchange } from "@urql/core";
import { authExchange } from "@urql/exchange-auth";
import { retryExchange } from "@urql/exchange-retry";
import { isAboutToEnd, readSession, refreshSession } from "./session.js";
import type { Socket } from "./socket.js";

/** Answers that may be different in a moment. */
const PASSING_CODES: readonly unknown[] = ["OVERLOADED", "RATE_LIMITED"];

/** The client of the API, in the name of whoever is signed in. Nothing is cached: what is shown is what is asked for. */
export function createApi(socket: Socket): Client {
  return createClient({
    url: "/graphql",
    preferGetMethod: false,
    requestPolicy: "network-only",
    exchanges: [
      retryExchange({
        initialDelayMs: 300,
        maxDelayMs: 5_000,
        maxNumberAttempts: 4,
        retryIf: ({ networkError, graphQLErrors }, { kind }) =>
          kind === "query" &&
          (networkError !== undefined ||
            graphQLErrors.some(({ extensions }) => PASSING_CODES.includes(extensions["code"]))),
      }),
      authExchange(async ({ appendHeaders }) => ({
        addAuthToOperation: (operation) => {
          const session = readSession();
          return session ? appendHeaders(operation, { authorization: `Bearer ${session.accessToken}` }) : operation;
        },
        willAuthError: () => {
          const session = readSession();
          return session !== null && isAboutToEnd(session);
        },
        didAuthError: ({ graphQLErrors }) =>
          readSession() !== null && graphQLErrors.some(({ extensions }) => extensions["code"] === "UNAUTHENTICATED"),
        refreshAuth: async () => {
          const session = readSession();
          // Without an answer the operation itself fails, and says so.
          if (session) await refreshSession(session.accessToken).catch(() => {});
        },
      })),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query, variables }) => ({
          subscribe: (sink) => ({
            // The variables are passed on as they are: those with a getter say anew, whenever the socket was lost, where to go on.
            unsubscribe: socket.client.subscribe(
              { query: query ?? "", variables: variables as Record<string, unknown> },
              { ...sink, next: (result) => sink.next(result as ExecutionResult) },
            ),
          }),
        }),
      }),
    ],
  });
}
