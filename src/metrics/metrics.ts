import type { FastifyInstance } from "fastify";
import type { GraphQLSchema } from "graphql";
import { Registry } from "prom-client";
import type { Database } from "../database.js";
import type { CommittedBatch } from "../domain/gate-queue.js";
import type { LiveMetrics } from "../live/live-metrics.js";
import type { Probe } from "../probe.js";
import { measureParts } from "./database.js";
import { measureGate } from "./gate.js";
import { addMetricsRoute, measureRequests } from "./http.js";
import { measureLive } from "./live.js";
import { OperationMetrics } from "./operations.js";
import { measurePools } from "./pools.js";
import { measureProcess } from "./process.js";

/** One server's figures: a process may have several servers, and each its own. */
export interface Metrics {
  readonly registry: Registry;
  readonly live: LiveMetrics;
  onBatch(batch: CommittedBatch): void;
  /** Called once, when there is a schema. */
  operations(schema: GraphQLSchema): OperationMetrics;
  close(): void;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const close = measureProcess(registry);
  return {
    registry,
    live: measureLive(registry),
    onBatch: measureGate(registry),
    operations: (schema) => new OperationMetrics(registry, schema),
    close,
  };
}

export interface Measured {
  /** What one has to bear to read the figures; null: nothing. */
  readonly token: string | null;
  readonly database: Database;
  readonly probe: Probe;
}

/** To be called before the other routes are added: only what comes later is counted. */
export async function addMetrics(app: FastifyInstance, { registry }: Metrics, measured: Measured): Promise<void> {
  const { orm, gatePool: gate, salesPool: sales } = measured.database;
  measurePools(registry, { gate, sales, other: await orm.em.getDriver().getConnection().getNativeClient() });
  measureParts(registry, measured.probe);
  measureRequests(app, registry);
  addMetricsRoute(app, registry, measured.token);
}
