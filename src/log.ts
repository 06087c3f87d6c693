import { trace } from "@opentelemetry/api";
import { type Logger, pino } from "pino";
import type { Config } from "./config.js";

export type { Logger };

/** JSON lines on standard output, with the ids of the trace in which they are written, if any. Tokens and passwords are never put into a line, not even by accident. */
export const createLogger = ({ logLevel }: Pick<Config, "logLevel">): Logger =>
  pino({
    level: logLevel,
    base: null,
    mixin: traceIds,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ["req.headers.authorization", "req.headers.cookie", "*.password", "*.token", "*.refreshToken"],
  });

function traceIds(): { traceId?: string; spanId?: string } {
  const span = trace.getActiveSpan()?.spanContext();
  return span === undefined ? {} : { traceId: span.traceId, spanId: span.spanId };
}
