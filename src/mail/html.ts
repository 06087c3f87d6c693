/** A piece of HTML. Only `html` makes one, so that whatever else is put into HTML is text, and escaped. */
export class Html {
  readonly #source: string;

  private constructor(source: string) {
    this.#source = source;
  }

  toString(): string {
    return this.#source;
  }

  /** For the tag `html` alone, with parts that are HTML already. */
  static join(parts: readonly string[]): Html {
    return new Html(parts.join(""));
  }
}

type Value = string | number | Html | readonly Html[] | null;

/** Escapes every value that is not HTML itself; null is nothing. Values stand between tags or in quoted attributes. */
export function html(texts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return Html.join(texts.flatMap((text, index) => [text, spell(values[index] ?? null)]));
}

function spell(value: Value): string {
  if (value === null) return "";
  if (value instanceof Html) return value.toString();
  if (typeof value === "object") return value.map(String).join("");
  return escapeText(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escapeText = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
