const MOST_TITLE_CHARACTERS = 60;

/**
 * A file's name without its extension, such as `summer-night-2026-06-20-scans`: letters without their accents, digits and
 * hyphens, which every system takes and no header needs to quote. Of a title in another script there is nothing left.
 */
export function fileNameOf(...parts: readonly (string | Date)[]): string {
  const plain = parts.map((part) => (part instanceof Date ? part.toISOString().slice(0, 10) : plainText(part)));
  return plain.filter((part) => part !== "").join("-");
}

const plainText = (text: string): string =>
  text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, MOST_TITLE_CHARACTERS)
    .replace(/^-|-$/g, "");
