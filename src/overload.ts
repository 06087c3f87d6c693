import { Fault } from "./errors.js";

/**
 * SQLSTATEs, or the classes of two letters, of a database that is away, stops, starts, is full or read-only, or of one in which
 * another stood in the way for too long: the same may work in a moment, or when its operator has mended it.
 */
const PASSING_STATES: readonly string[] = [
  ...["08", "53", "57P01", "57P02", "57P03", "57P05"],
  // Ended for its time, by `database.ts` or the operator, and what waits for another's lock.
  ...["57014", "25P03", "25P04", "55P03"],
  // A read-only transaction: the database was told to be, or has become a standby.
  "25006",
  // Tried often enough.
  ...["40001", "40P01"],
  // The disk does not do what it should.
  "58030",
];
const PASSING_ERRNOS: readonly string[] = [
  ...["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT"],
  ...["EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "EAI_AGAIN"],
];
/** How begins what `pg`, its pool and kysely say without a code of a connection that is lost, or is not to be had in time. */
const PASSING_MESSAGES: readonly string[] = [
  ...["Connection terminated", "timeout exceeded when trying to connect", "timeout expired"],
  ...["Client has encountered a connection error", "Client was closed", "Postgres connection has been discarded"],
];

/** What a caller is told of a database that cannot do it now; null where the fault is another. */
export const overloadOf = (error: unknown): Fault | null =>
  isPassing(error)
    ? new Fault("OVERLOADED", "The server cannot do this at the moment: try again, under the same key if it has one.")
    : null;

function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? String(error.code) : "";
  if (PASSING_ERRNOS.includes(code)) return true;
  if (/^[\dA-Z]{5}$/.test(code)) return PASSING_STATES.includes(code) || PASSING_STATES.includes(code.slice(0, 2));
  return PASSING_MESSAGES.some((beginning) => error.message.startsWith(beginning));
}
