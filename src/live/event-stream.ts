import type { IncomingMessage, ServerResponse } from "node:http";
import { execute, GraphQLError, OperationTypeNode } from "graphql";
import type { SubscribePayload } from "graphql-ws";
import type { Viewer } from "../domain/viewer.js";
import { Fault, unauthenticated } from "../errors.js";
import { type ConnectionLimits, RETRY_SECONDS } from "./connection-limits.js";
import { isErrors } from "./document.js";
import type { LiveMetrics } from "./live-metrics.js";
import type { Asker, Operation, Operations } from "./operation.js";
import { asGraphQLError } from "./protocol.js";
import { ResponseStream } from "./response-stream.js";

/** An operation asked for with `Accept: text/event-stream`. */
export interface StreamRequest {
  readonly method: string;
  readonly viewer: Viewer;
  readonly payload: SubscribePayload;
  /** To which nothing has been written. */
  readonly response: ServerResponse;
}

export interface StreamOptions {
  /** Null: there are none. */
  readonly limits: ConnectionLimits | null;
  readonly addressOf: (request: IncomingMessage) => string;
  readonly metrics: LiveMetrics;
}

export interface EventStreams {
  /** Open streams. */
  readonly size: number;
  /** Whether it is a subscription, to which there is no answer in one piece. Throws RateLimited. */
  isSubscription(payload: SubscribePayload, who: Asker): boolean;
  /** Resolves when the stream has ended, by whomever. */
  serve(request: StreamRequest): Promise<void>;
  /** Ends all without `complete`, on which clients ask again: another node. */
  close(): void;
}

/**
 * Operations over HTTP by the protocol of GraphQL over Server-Sent Events, each in a connection of its own. A state is
 * fetched when there is room for it, so that a client that does not read costs no more than that; the protocol's library queues without bound.
 */
export function createEventStreams<Context extends object>(
  operations: Operations<Context>,
  { limits, addressOf, metrics }: StreamOptions,
): EventStreams {
  const errorsText = (errors: readonly GraphQLError[], context: Context | null = null): string =>
    JSON.stringify({ errors: operations.formatAll(errors, context) });
  const open = new Set<ResponseStream>();

  /** What goes wrong before, and instead of, the next result is a result too: the protocol has nothing else for it. */
  async function send(request: StreamRequest, stream: ResponseStream): Promise<void> {
    const operation = await begin(request, stream).catch((error: unknown) => [asGraphQLError(error)]);
    if (isErrors(operation)) return stream.tell(errorsText(operation));
    try {
      if (operation.kind !== OperationTypeNode.SUBSCRIPTION) return await sendOne(operation, stream);
      await (await operation.subscribe()).next();
    } catch (error) {
      await stream.tell(errorsText([asGraphQLError(error)], operation.contextValue));
    }
  }

  async function begin({ method, viewer, payload }: StreamRequest, stream: ResponseStream) {
    const operation = await operations.begin(payload, viewer, stream);
    if (isErrors(operation) || method === "POST" || operation.kind !== OperationTypeNode.MUTATION) return operation;
    return [new GraphQLError("Send mutations by POST.", { extensions: { code: "BAD_USER_INPUT" } })];
  }

  async function sendOne(operation: Operation<Context>, stream: ResponseStream): Promise<void> {
    await stream.tell(JSON.stringify(operation.answer(await execute(operation))));
  }

  /** Counts it among those of its address and of its viewer for as long as it is open. */
  function admit({ response, viewer }: StreamRequest): boolean {
    if (limits === null) return true;
    const fromAddress = limits.fromAddress(addressOf(response.req));
    const ofViewer = fromAddress === null ? null : limits.ofViewer(viewer);
    for (const leave of [fromAddress, ofViewer]) if (leave !== null) response.once("close", leave);
    return ofViewer !== null;
  }

  return {
    get size() {
      return open.size;
    },
    isSubscription: (payload, who) => {
      const asked = operations.read(payload, who);
      return !isErrors(asked) && asked.operation.operation === OperationTypeNode.SUBSCRIPTION;
    },
    serve: async (request) => {
      if (!admit(request)) return refuse(request.response, errorsText([tooMany()]));
      const expired = () => errorsText([asGraphQLError(unauthenticated("The token has expired."))]);
      const stream = new ResponseStream(
        request.response,
        addressOf(request.response.req),
        request.viewer,
        expired,
        () => metrics.dropped("stalled"),
      );
      open.add(stream);
      try {
        await send(request, stream);
        stream.complete();
      } finally {
        open.delete(stream);
        await stream.release();
      }
    },
    close: () => {
      for (const stream of open) stream.end();
    },
  };
}

const tooMany = (): GraphQLError =>
  asGraphQLError(new Fault("RATE_LIMITED", "Too many connections are open: close some, or try again later."));

function refuse(response: ServerResponse, body: string): void {
  const headers = { "content-type": "application/json; charset=utf-8", "retry-after": String(RETRY_SECONDS) };
  response.writeHead(429, headers).end(body);
}
