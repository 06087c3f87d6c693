import { invalid } from "../errors.js";

export interface TextRule {
  /** Characters, counted as code points after trimming. */
  readonly least: number;
  readonly most: number;
  /** Whether line breaks and tabs are allowed. */
  readonly multiline?: boolean;
}

export const NAME: TextRule = { least: 1, most: 200 };
export const DESCRIPTION: TextRule = { least: 0, most: 10_000, multiline: true };
export const CODE: TextRule = { least: 1, most: 200 };

const CONTROL_CHARACTER = /\p{Cc}/u;
const CONTROL_CHARACTER_IN_LINES = /(?![\n\r\t])\p{Cc}/u;

/** The text, trimmed. Throws INVALID, with the path of the field in `input`, when it breaks the rule. */
export function requireText(value: string, rule: TextRule, ...path: string[]): string {
  const text = value.trim();
  const problem = textProblem(text, rule);
  if (problem !== null) throw invalid(`\`${path.join(".")}\` ${problem}.`, ...path);
  return text;
}

function textProblem(text: string, { least, most, multiline = false }: TextRule): string | null {
  const length = [...text].length;
  if (length === 0 && least > 0) return "is blank";
  if (length < least) return `has ${length} characters; at least ${least} are needed`;
  if (length > most) return `has ${length} characters; at most ${most} are allowed`;
  if (!text.isWellFormed()) return "is not well-formed Unicode";
  if ((multiline ? CONTROL_CHARACTER_IN_LINES : CONTROL_CHARACTER).test(text)) return "contains a control character";
  return null;
}

const MOST_EMAIL_CHARACTERS = 254;
/** Something at something: whether an address works is known by its owner alone. */
const EMAIL = /^[^\s\p{Cc}\p{Cf}\p{Cs}]+@[^\s\p{Cc}\p{Cf}\p{Cs}@]+$/u;

/** The address as it is stored, trimmed and in lower case; null when it cannot be one. */
export function parseEmail(value: string): string | null {
  const email = value.trim().toLowerCase();
  return email.length <= MOST_EMAIL_CHARACTERS && EMAIL.test(email) ? email : null;
}
