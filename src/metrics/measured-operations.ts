import {
  type DocumentNode,
  type FormattedExecutionResult,
  type GraphQLError,
  type GraphQLFormattedError,
  getOperationAST,
  OperationTypeNode,
} from "graphql";
import type { ExecutionResult, SubscribePayload } from "graphql-ws";
import type { Viewer } from "../domain/viewer.js";
import { CostedOperations, type CostedOptions } from "../live/costed-operations.js";
import type { Operation, Operations, Subscription } from "../live/operation.js";
import { ResponseStream } from "../live/response-stream.js";
import type { Door, OperationMetrics } from "./operations.js";

interface Begun {
  readonly operation: string;
  readonly door: Door;
  readonly at: number;
}

/** Tells the figures of what comes over WebSockets and event streams: an operation's context is there from its begin to its answer. */
export class MeasuredOperations<Context extends object> extends CostedOperations<Context> {
  private readonly begun = new WeakMap<Context, Begun>();

  constructor(
    options: CostedOptions<Context>,
    private readonly metrics: OperationMetrics,
  ) {
    super(options);
  }

  override begin(
    document: DocumentNode,
    payload: SubscribePayload,
    viewer: Viewer,
    subscription: Subscription,
  ): Operation<Context> {
    const made = super.begin(document, payload, viewer, subscription);
    const operation = this.metrics.nameOf(document, payload.operationName);
    const door = subscription instanceof ResponseStream ? "event-stream" : "websocket";
    const isSubscription =
      getOperationAST(document, payload.operationName)?.operation === OperationTypeNode.SUBSCRIPTION;
    if (isSubscription) this.metrics.answered({ operation, door, seconds: null, failed: false });
    else if (made.contextValue !== null) this.begun.set(made.contextValue, { operation, door, at: performance.now() });
    return made;
  }

  override formatResult(result: ExecutionResult, context: Context | null): FormattedExecutionResult {
    const formatted = super.formatResult(result, context);
    const begun = context === null ? undefined : this.begun.get(context);
    if (context === null || begun === undefined) return formatted;
    this.begun.delete(context);
    const { operation, door, at } = begun;
    const seconds = (performance.now() - at) / 1_000;
    this.metrics.answered({ operation, door, seconds, failed: formatted.errors !== undefined });
    return formatted;
  }

  override formatAll(errors: readonly GraphQLError[], context: Context | null): GraphQLFormattedError[] {
    const formatted = super.formatAll(errors, context);
    this.metrics.told(formatted);
    return formatted;
  }
}

/** Null: nothing is to be measured. */
export const createOperations = <Context extends object>(
  metrics: OperationMetrics | null,
  options: CostedOptions<Context>,
): Operations<Context> => (metrics === null ? new CostedOperations(options) : new MeasuredOperations(options, metrics));
