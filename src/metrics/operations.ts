import type { ApolloServerPlugin } from "@apollo/server";
import type { GraphQLFormattedError, GraphQLSchema } from "graphql";
import { Counter, Histogram, type Registry } from "prom-client";
import type { Door } from "../live/operation.js";
import { createNaming, type NameOperation } from "./operation-name.js";

export interface Answered {
  readonly operation: string;
  readonly door: Door | "http";
  /** Null: it is a subscription, which has only begun. */
  readonly seconds: number | null;
  readonly failed: boolean;
}

/** Counts and times operations by their root field, whatever the door. */
export class OperationMetrics {
  readonly nameOf: NameOperation;
  private readonly counts: Counter<"operation" | "door" | "outcome">;
  private readonly durations: Histogram<"operation" | "door">;
  private readonly errors: Counter<"code">;
  private readonly children = new Map<string, { count: Counter.Internal; duration: Histogram.Internal<string> }>();

  constructor(registry: Registry, schema: GraphQLSchema) {
    const registers = [registry];
    this.nameOf = createNaming(schema);
    this.counts = new Counter({
      name: "gatehouse_operations_total",
      help: "Operations answered, and subscriptions begun, by root field.",
      labelNames: ["operation", "door", "outcome"],
      registers,
    });
    this.durations = new Histogram({
      name: "gatehouse_operation_duration_seconds",
      help: "From the request's arrival at GraphQL to its answer, by root field; without subscriptions.",
      labelNames: ["operation", "door"],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    });
    this.errors = new Counter({
      name: "gatehouse_errors_total",
      help: "Errors told to callers, by code.",
      labelNames: ["code"],
      registers,
    });
    this.errors.inc({ code: "INTERNAL_SERVER_ERROR" }, 0);
  }

  answered({ operation, door, seconds, failed }: Answered): void {
    const { count, duration } = this.childrenOf(operation, door, failed ? "error" : "ok");
    count.inc();
    if (seconds !== null) duration.observe(seconds);
  }

  told(errors: readonly GraphQLFormattedError[] | undefined): void {
    for (const { extensions } of errors ?? []) this.errors.inc({ code: String(extensions?.["code"] ?? "none") });
  }

  /** Kept, since the library makes a key of the labels for every count. */
  private childrenOf(operation: string, door: Answered["door"], outcome: string) {
    const key = `${operation} ${door} ${outcome}`;
    const kept = this.children.get(key);
    if (kept !== undefined) return kept;
    const count = this.counts.labels(operation, door, outcome);
    const made = { count, duration: this.durations.labels(operation, door) };
    this.children.set(key, made);
    return made;
  }
}

/** Over HTTP. Nothing is told of single fields, for which every resolver would be wrapped. */
export const measuringPlugin = <Context extends object>(metrics: OperationMetrics): ApolloServerPlugin<Context> => ({
  requestDidStart: async () => {
    const began = performance.now();
    return {
      willSendResponse: async ({ document, request, response: { body } }) => {
        const errors = body.kind === "single" ? body.singleResult.errors : undefined;
        metrics.told(errors);
        metrics.answered({
          operation: document === undefined ? "none" : metrics.nameOf(document, request.operationName),
          door: "http",
          seconds: (performance.now() - began) / 1_000,
          failed: errors !== undefined,
        });
      },
    };
  },
});
