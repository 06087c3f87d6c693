import type { ServerResponse } from "node:http";
import { type DocumentNode, execute, GraphQLError, getOperationAST, OperationTypeNode } from "graphql";
import type { SubscribePayload } from "graphql-ws";
import type { Viewer } from "../domain/viewer.js";
import { unauthenticated } from "../errors.js";
import { isErrors } from "./document.js";
import type { Operation, Operations } from "./operation.js";
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

export interface EventStreams {
  /** Open streams. */
  readonly size: number;
  /** Whether it is a subscription, to which there is no answer in one piece. */
  isSubscription(payload: SubscribePayload): boolean;
  /** Resolves when the stream has ended, by whomever. */
  serve(request: StreamRequest): Promise<void>;
  /** Ends all without `complete`, on which clients ask again: another node. */
  close(): void;
}

/**
 * Operations over HTTP by the protocol of GraphQL over Server-Sent Events, each in a connection of its own. A state is
 * fetched when there is room for it, so that a client that does not read costs no more than that; the protocol's library queues without bound.
 */
export function createEventStreams<Context extends object>(operations: Operations<Context>): EventStreams {
  const errorsText = (errors: readonly GraphQLError[], context: Context | null = null): string =>
    JSON.stringify({ errors: operations.formatAll(errors, context) });
  const open = new Set<ResponseStream>();

  /** What goes wrong before, and instead of, the next result is a result too: the protocol has nothing else for it. */
  async function send(request: StreamRequest, stream: ResponseStream): Promise<void> {
    const operation = begin(request, stream);
    if (isErrors(operation)) return stream.next(errorsText(operation));
    try {
      if (kindOf(operation) !== OperationTypeNode.SUBSCRIPTION) return await sendOne(operation, stream);
      await (await operation.subscribe()).next();
    } catch (error) {
      await stream.next(errorsText([asGraphQLError(error)], operation.contextValue));
    }
  }

  function begin({ method, viewer, payload }: StreamRequest, stream: ResponseStream) {
    const document = operations.read(payload);
    if (isErrors(document)) return document;
    const operation = operations.begin(document, payload, viewer, stream);
    if (method === "POST" || kindOf(operation) !== OperationTypeNode.MUTATION) return operation;
    return [new GraphQLError("Send mutations by POST.", { extensions: { code: "BAD_USER_INPUT" } })];
  }

  async function sendOne(operation: Operation<Context>, stream: ResponseStream): Promise<void> {
    const result = await execute(operation);
    await stream.next(JSON.stringify(operations.formatResult(result, operation.contextValue)));
  }

  return {
    get size() {
      return open.size;
    },
    isSubscription: (payload) => {
      const document = operations.read(payload);
      return (
        !isErrors(document) &&
        kindOf({ document, operationName: payload.operationName }) === OperationTypeNode.SUBSCRIPTION
      );
    },
    serve: async (request) => {
      const expired = () => errorsText([asGraphQLError(unauthenticated("The token has expired."))]);
      const stream = new ResponseStream(request.response, request.viewer, expired);
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

const kindOf = ({ document, operationName }: { document: DocumentNode; operationName?: string | null | undefined }) =>
  getOperationAST(document, operationName)?.operation;
