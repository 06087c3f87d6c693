/** What was typed into a field of a form, without the blanks around it; empty where the form has none of that name. */
export function text(values: FormData, name: string): string {
  return String(values.get(name) ?? "").trim();
}

/** Null where nothing was typed, and NaN for what is no number, which no mutation takes. */
export function number(values: FormData, name: string): number | null {
  const typed = text(values, name);
  return typed === "" ? null : Number(typed);
}

export function isChecked(values: FormData, name: string): boolean {
  return values.has(name);
}

/** The lines of a text, without the blank ones. */
export function lines(values: FormData, name: string): string[] {
  return pieces(text(values, name), "\n");
}

/** What stands between commas. */
export function items(values: FormData, name: string): string[] {
  return pieces(text(values, name), ",");
}

function pieces(typed: string, separator: string): string[] {
  return typed
    .split(separator)
    .map((piece) => piece.trim())
    .filter((piece) => piece !== "");
}
