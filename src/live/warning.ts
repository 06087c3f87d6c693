import type { Logger } from "pino";

export type WarningLogger = Pick<Logger, "warn">;
export type Warn = (error: unknown, message: string) => void;

const QUIET_MILLISECONDS = 1000;

/** Logs at most one warning a second, since what is away fails for every change and every retry. */
export function createWarning(logger: WarningLogger): Warn {
  let quietUntil = 0;
  return (err, message) => {
    const now = performance.now();
    if (now < quietUntil) return;
    quietUntil = now + QUIET_MILLISECONDS;
    logger.warn({ err }, message);
  };
}
