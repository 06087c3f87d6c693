import { trace } from "@opentelemetry/api";
import { type Logger, pino } from "pino";
import type { Config } from "./config.js";

export type { Logger };

/**
 * JSON lines on standard output, with the ids of the trace in which they are written, if any. Tokens and passwords are never
 * put into a line, not even by accident.
 */
export const createLogger = ({ logLevel }: Pick<Config, "logLevel">): Logger =>
  pino({
    level: logLevel,
    base: null,
    mixin: traceIds,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: (error) => describeError(error) },
    redact: ["req.headers.authorization", "req.headers.cookie", "*.password", "*.token", "*.refreshToken"],
  });

function traceIds(): { traceId?: string; spanId?: string } {
  const span = trace.getActiveSpan()?.spanContext();
  return span === undefined ? {} : { traceId: span.traceId, spanId: span.spanId };
}

/** Of the database's, of the system's, and of the mail server's errors: names and numbers, never values. */
const TOLD = ["code", "errno", "syscall", "severity", "schema", "table", "column", "constraint", "routine"] as const;

/** A cause may be its own. */
const MOST_CAUSES = 5;

/**
 * What an error may tell. Libraries hang whatever they had at hand on theirs: PostgreSQL's `detail` has the row that it refused,
 * with the hash of a password, and ioredis the command that failed, which may be the one with Redis's password.
 */
function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error) || depth > MOST_CAUSES) return String(error);
  const known = Object.entries(error).filter(([name]) => TOLD.some((told) => told === name));
  const cause = error.cause === undefined ? {} : { cause: describeError(error.cause, depth + 1) };
  return {
    type: error.constructor.name,
    message: error.message,
    stack: error.stack,
    ...Object.fromEntries(known),
    ...cause,
  };
}
