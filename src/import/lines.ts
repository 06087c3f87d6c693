/** Far above any scan, and low enough that a file without line breaks cannot fill the memory. */
const LONGEST_LINE_BYTES = 10_000;

const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = "\uFEFF";

export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** Bytes of the file up to the end of this line. */
  readonly end: number;
  /** Why the line cannot be read as text, when it cannot; `text` is empty then. */
  readonly problem?: string;
}

/** The lines of a file, one at a time, however large it is. A line that cannot be read is one line lost, no more. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  const collected = new LineBytes();
  let number = 0;
  let position = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let stop = chunk.indexOf(NEWLINE); stop !== -1; stop = chunk.indexOf(NEWLINE, start)) {
      collected.add(chunk.subarray(start, stop));
      start = stop + 1;
      yield { number: ++number, end: position + start, ...collected.take(number) };
    }
    collected.add(chunk.subarray(start));
    position += chunk.length;
  }
  if (collected.length > 0) yield { number: ++number, end: position, ...collected.take(number) };
}

/** The bytes of the line that is being read; those of one that is too long are counted and let go. */
class LineBytes {
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #parts: Uint8Array[] = [];
  length = 0;

  add(part: Uint8Array): void {
    this.length += part.length;
    if (this.length > LONGEST_LINE_BYTES) this.#parts = [];
    else if (part.length > 0) this.#parts.push(part);
  }

  take(number: number): { text: string; problem?: string } {
    const { length } = this;
    const bytes = Buffer.concat(this.#parts);
    this.#parts = [];
    this.length = 0;
    if (length > LONGEST_LINE_BYTES) return { text: "", problem: `is longer than ${LONGEST_LINE_BYTES} bytes` };
    try {
      const text = this.#decoder.decode(bytes).replace(/\r$/, "");
      return { text: number === 1 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text };
    } catch {
      return { text: "", problem: "is not UTF-8 text" };
    }
  }
}
