import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

interface ImportedFile {
  /** Where it is posted to. */
  readonly url: URL;
  readonly token: string;
  /** Without line breaks, the header first. Made as fast as the server takes them. */
  readonly lines: Iterable<string>;
  /** Told, every second or so, how many more lines have been taken. */
  told(more: number): void;
}

/** A line of the answer; the last one has a status. */
interface Told {
  readonly status?: string;
  readonly lines?: number;
  readonly taken?: number;
}

const PIECE_CHARACTERS = 64 * 1024;

/** Sends a file to the import. Answers how many lines were taken; throws unless that is all of them. */
export async function importFile({ url, token, lines, told }: ImportedFile): Promise<number> {
  const sent = request(url, {
    method: "POST",
    headers: { "content-type": "text/csv", authorization: `Bearer ${token}` },
  });
  const answered = once(sent, "response") as Promise<[IncomingMessage]>;
  const sending = pipeline(Readable.from(piecesOf(lines)), sent);
  // What the server says of a file that it does not take to the end tells more than the broken connection.
  sending.catch(() => {});
  const [response] = await answered;
  const { status, taken = 0, ...rest } = await readAnswer(response, told);
  if (status !== "DONE" || taken !== rest.lines) {
    throw new Error(`${url.pathname}: HTTP ${response.statusCode}, ${JSON.stringify({ status, taken, ...rest })}`);
  }
  await sending;
  return taken;
}

/** The last line. */
async function readAnswer(response: IncomingMessage, told: (more: number) => void): Promise<Told> {
  let last: Told = {};
  let taken = 0;
  for await (const line of linesOf(response)) {
    last = JSON.parse(line) as Told;
    if (last.taken === undefined) continue;
    told(last.taken - taken);
    taken = last.taken;
  }
  return last;
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  response.setEncoding("utf8");
  let rest = "";
  for await (const chunk of response) {
    const lines = `${rest}${chunk}`.split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

function* piecesOf(lines: Iterable<string>): Generator<string> {
  let piece = "";
  for (const line of lines) {
    piece += `${line}\n`;
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = "";
  }
  yield piece;
}
