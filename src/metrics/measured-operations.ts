import { OperationTypeNode } from "graphql";
import type { OperationMeasure } from "../live/operation.js";
import type { OperationMetrics } from "./operations.js";

/** Figures of what comes over WebSockets and event streams. */
export const measuring = (metrics: OperationMetrics): OperationMeasure => ({
  begun: ({ document, operation: { operation: kind, name } }, door) => {
    const operation = metrics.nameOf(document, name?.value);
    if (kind === OperationTypeNode.SUBSCRIPTION) {
      metrics.answered({ operation, door, seconds: null, failed: false });
      return () => {};
    }
    const began = performance.now();
    return ({ errors }) => {
      const seconds = (performance.now() - began) / 1_000;
      metrics.answered({ operation, door, seconds, failed: errors !== undefined });
    };
  },
  told: (errors) => metrics.told(errors),
});
