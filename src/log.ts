import { type Logger, pino } from "pino";
import type { Config } from "./config.js";

export type { Logger };

/** JSON lines on standard output. Tokens and passwords are never put into a line, not even by accident. */
export const createLogger = ({ logLevel }: Pick<Config, "logLevel">): Logger =>
  pino({
    level: logLevel,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ["req.headers.authorization", "req.headers.cookie", "*.password", "*.token", "*.refreshToken"],
  });
