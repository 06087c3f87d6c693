import { createRequire } from "node:module";
import { context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { registerInstrumentations } from "@opentelemetry/instrumentation";
import { GraphQLInstrumentation } from "@opentelemetry/instrumentation-graphql";
import { HttpInstrumentation } from "@opentelemetry/instrumentation-http";
import { IORedisInstrumentation } from "@opentelemetry/instrumentation-ioredis";
import { PgInstrumentation } from "@opentelemetry/instrumentation-pg";
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";

export interface TracingOptions {
  /** Of the collector, such as http://127.0.0.1:4318; it takes OTLP over HTTP below `/v1/traces`. */
  readonly url: string;
  /** The part of the traces begun here that is kept, from 0 to 1. One begun by the caller is kept if the caller says so. */
  readonly ratio: number;
}

/** Asked every few seconds by machines. */
const UNTRACED = ["/livez", "/readyz", "/metrics"];
/** They have spans of their own, which leave out the values; in an address the values would stand. */
const REDACTED = ["query", "variables", "extensions", "operationName"];

/**
 * Traces HTTP, GraphQL, SQL and Redis. Must be called before anything else of the program is loaded: what is traced is
 * changed as it is loaded. Answers what sends the last spans and ends it.
 */
export function startTracing({ url, ratio }: TracingOptions): { stop(): Promise<void> } {
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ "service.name": "gatehouse" }))
      .merge(detectResources({ detectors: [envDetector] })),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: tracesAddress(url) }) })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  registerInstrumentations({ tracerProvider: provider, instrumentations: instrumentations() });
  loadTraced();
  return { stop: () => provider.shutdown() };
}

function tracesAddress(url: string): string {
  return new URL("v1/traces", url.endsWith("/") ? url : `${url}/`).href;
}

const instrumentations = () => [
  new HttpInstrumentation({
    ignoreIncomingRequestHook: ({ url = "" }) => UNTRACED.includes(url),
    headersToSpanAttributes: { server: { responseHeaders: ["x-request-id"] } },
    redactedQueryParams: REDACTED,
  }),
  // A span for each field would be hundreds for a page of events.
  new GraphQLInstrumentation({ ignoreResolveSpans: true }),
  // What the server asks of its own accord belongs to no request.
  new PgInstrumentation({ requireParentSpan: true }),
  new IORedisInstrumentation({ requireParentSpan: true }),
];

/**
 * All of it is CommonJS, and changed in place when it is required: whoever imports it later gets what is traced, and no hook
 * has to sit between every `import` and its module.
 */
function loadTraced(): void {
  const require = createRequire(import.meta.url);
  for (const name of ["node:http", "node:https", "graphql", "pg", "ioredis"]) require(name);
}
