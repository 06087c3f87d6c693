import { accessToken, learn } from "./memory.js";

// Served beside this file, yet not kept beside it: it comes from the package.
const { createClient } = await import(new URL("graphql-ws/client.js", import.meta.url).href);

// The token was good for less than the socket asks, or no longer is: trying again with it changes nothing.
const FORBIDDEN = 4403;

/** Queries and mutations go over HTTP, subscriptions over one WebSocket for each Authorization in turn. */
export function createFetcher(endpoint) {
  const fetchOverHttp = globalThis.GraphiQL.createFetcher({ url: endpoint.href, enableIncrementalDelivery: false });
  const clientFor = socketClients(endpoint);
  return async (request, options) => {
    const headers = withAuthorization(options?.headers ?? {});
    learn(request.variables);
    if (isSubscription(request, options)) return observe(clientFor(headers.authorization), request);
    const result = await fetchOverHttp(request, { ...options, headers });
    if (request.operationName !== "IntrospectionQuery") learn(result.data);
    return result;
  };
}

/** What the tab's Headers say wins; else the token that signing in brought. */
function withAuthorization(headers) {
  const given = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  const token = accessToken();
  return { ...(token && { authorization: `Bearer ${token}` }), ...Object.fromEntries(given) };
}

function isSubscription({ operationName }, options) {
  const operations = options?.documentAST?.definitions.filter(({ kind }) => kind === "OperationDefinition") ?? [];
  const chosen = operations.length === 1 ? operations[0] : operations.find(({ name }) => name?.value === operationName);
  return chosen?.operation === "subscription";
}

// A socket is one viewer from its first message on, so another Authorization needs another socket.
function socketClients(endpoint) {
  const url = new URL(endpoint);
  url.protocol = endpoint.protocol === "https:" ? "wss:" : "ws:";
  let current;
  return (authorization) => {
    if (current && current.authorization === authorization) return current.client;
    current?.client.dispose();
    const client = createClient({
      url: url.href,
      connectionParams: authorization ? { authorization } : {},
      shouldRetry: (closed) => closed instanceof CloseEvent && closed.code !== FORBIDDEN,
    });
    current = { authorization, client };
    return client;
  };
}

function observe(client, request) {
  return {
    subscribe: (observer) => ({
      unsubscribe: client.subscribe(request, {
        next: (result) => {
          learn(result.data);
          observer.next(result);
        },
        error: (failure) => observer.error(described(failure)),
        complete: () => observer.complete(),
      }),
    }),
  };
}

function described(failure) {
  if (!(failure instanceof CloseEvent)) return failure;
  return new Error(`The connection was closed (${failure.code}). ${failure.reason}`.trim());
}
