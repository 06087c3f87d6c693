import { type DocumentNode, type FormattedExecutionResult, getOperationAST, OperationTypeNode } from "graphql";
import type { ExecutionResult, SubscribePayload } from "graphql-ws";
import type { Viewer } from "../domain/viewer.js";
import { type Operation, type OperationOptions, Operations, type Subscription } from "./operation.js";
import { Rendering } from "./renderings.js";

export interface CostedOptions<Context extends object> extends OperationOptions<Context> {
  /** What an operation costs, as its `extensions.cost` tells; null for what is no operation. */
  readonly costOf: (document: DocumentNode, payload: SubscribePayload) => object | null;
}

/** Tells the cost of each operation with its answer, and that of a subscription with its first result: it stays the same. */
export class CostedOperations<Context extends object> extends Operations<Context> {
  private readonly costs = new WeakMap<Context, object>();

  constructor(private readonly costed: CostedOptions<Context>) {
    super(costed);
  }

  override begin(
    document: DocumentNode,
    payload: SubscribePayload,
    viewer: Viewer,
    subscription: Subscription,
  ): Operation<Context> {
    const cost = this.costed.costOf(document, payload);
    if (cost === null) return super.begin(document, payload, viewer, subscription);
    if (getOperationAST(document, payload.operationName)?.operation === OperationTypeNode.SUBSCRIPTION) {
      return super.begin(document, payload, viewer, telling(cost, subscription));
    }
    const operation = super.begin(document, payload, viewer, subscription);
    if (operation.contextValue !== null) this.costs.set(operation.contextValue, cost);
    return operation;
  }

  override formatResult(result: ExecutionResult, context: Context | null): FormattedExecutionResult {
    const formatted = super.formatResult(result, context);
    const cost = context === null ? undefined : this.costs.get(context);
    return cost === undefined ? formatted : { ...formatted, extensions: { cost } };
  }
}

/** Joins the cost to the first result, whose text is that of all who ask the same. */
function telling(cost: object, subscription: Subscription): Subscription {
  let extensions = `,"extensions":${JSON.stringify({ cost })}}`;
  return {
    address: subscription.address,
    next: (rendering, done) => {
      const { text, onlyFor } = rendering;
      const told = extensions === "" ? rendering : new Rendering(`${text.slice(0, -1)}${extensions}`, onlyFor);
      extensions = "";
      subscription.next(told, done);
    },
    hold: (stream) => subscription.hold(stream),
    drop: (stream) => subscription.drop(stream),
    forbid: () => subscription.forbid(),
  };
}
