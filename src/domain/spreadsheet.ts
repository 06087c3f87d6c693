/** How a cell begins that a spreadsheet would take for a formula, and run: https://owasp.org/www-community/attacks/CSV_Injection */
const FORMULA = /^'*[=+\-@\t\r\n＝＋－＠]/;
const GUARDED = /^'+[=+\-@\t\r\n＝＋－＠]/;
const NEGATIVE_NUMBER = /^-\d+(\.\d+)?$/;

/**
 * The text with an apostrophe before it where a spreadsheet would take it for a formula. So it does, too, before what looks
 * guarded already, so that `unguardCell` gives back every text as it was.
 */
export const guardCell = (text: string): string =>
  FORMULA.test(text) && !NEGATIVE_NUMBER.test(text) ? `'${text}` : text;

/** What `guardCell` was given. */
export const unguardCell = (cell: string): string => (GUARDED.test(cell) ? cell.slice(1) : cell);
