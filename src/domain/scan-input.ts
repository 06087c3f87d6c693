import type { ScanDirection } from "../entities/scan.js";
import { invalid, type Refusal } from "../errors.js";
import type { Attempt, OfflineFacts } from "./attempt.js";

const MOST_KEY_CHARACTERS = 100;
const MOST_CODE_CHARACTERS = 200;
const CONTROL_CHARACTER = /\p{Cc}/u;

export interface AttemptInput {
  readonly key: string;
  readonly code: string;
  readonly direction: ScanDirection;
  readonly eventId: string | null;
}

/** A key that cannot be stored cannot be replayed either: this is checked before anything else. */
export const keyProblem = (key: string, path: readonly string[]): Refusal | null =>
  textProblem("`key`", key, MOST_KEY_CHARACTERS, [...path, "key"]);

/** Prepares an attempt: codes are trimmed, and what is wrong with one is kept beside it, for a replay comes first. */
export function makeAttempt(
  input: AttemptInput,
  { path, offline, problem }: { path: readonly string[]; offline: OfflineFacts | null; problem: Refusal | null },
): Attempt {
  const code = input.code.trim();
  const codeProblem = textProblem("`code`", code, MOST_CODE_CHARACTERS, [...path, "code"]);
  // A code that the database could not even compare is looked up as the empty one, which no ticket has.
  const isStorable = code.isWellFormed() && !code.includes("\0");
  return {
    key: input.key,
    code: isStorable ? code : "",
    direction: input.direction,
    eventId: input.eventId,
    offline,
    problem: problem ?? codeProblem,
    path,
  };
}

/** How far a scanner's clock is behind the server's, in ms as everything here; 0 when it is right within the tolerance. */
export function clockCorrection(sentAt: Date, now: Date, tolerance: number): number {
  const behind = now.getTime() - sentAt.getTime();
  return Math.abs(behind) > tolerance ? behind : 0;
}

function textProblem(name: string, value: string, most: number, path: readonly string[]): Refusal | null {
  const length = [...value].length;
  if (length === 0) return invalid(`${name} is empty.`, ...path);
  if (length > most) return invalid(`${name} has ${length} characters; at most ${most} are allowed.`, ...path);
  if (!value.isWellFormed()) return invalid(`${name} is not well-formed Unicode.`, ...path);
  if (CONTROL_CHARACTER.test(value)) return invalid(`${name} contains a control character.`, ...path);
  return null;
}
