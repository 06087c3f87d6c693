import { type ClientRequest, request } from "node:http";
import { createInterface } from "node:readline";
import type { Client } from "./client.js";

export interface BadLine {
  readonly line: number;
  readonly column: string | null;
  readonly message: string;
}

export interface Counts {
  readonly lines: number;
  readonly taken: number;
  readonly repeated: number;
  readonly skipped: number;
  readonly bad: number;
}

export type Result = Counts & { readonly status: string; readonly reason: string | null };

/** What an import said, line by line. */
export interface Told {
  readonly status: number;
  readonly headers: Headers;
  readonly begin: { readonly import: string; readonly columns: string[]; readonly ignored: string[] };
  readonly bad: readonly BadLine[];
  readonly progress: readonly Counts[];
  readonly result: Result;
}

export const scansOf = (id: string): string => `/import/venues/${id}/scans`;
export const ticketsOf = (id: string): string => `/import/events/${id}/tickets`;

/** Rows as a file, with the names of the first as its header. */
export function csv(rows: readonly Readonly<Record<string, string>>[]): string {
  const names = Object.keys(rows[0] ?? {});
  return [names.join(","), ...rows.map((row) => names.map((name) => row[name] ?? "").join(","))].join("\n");
}

const headersOf = ({ token }: Client): Record<string, string> => ({
  "content-type": "text/csv",
  ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
});

/** Sends a file in one piece, to an import that begins. */
export async function send(client: Client, path: string, file: string | Uint8Array<ArrayBuffer>): Promise<Told> {
  const response = await fetch(`${client.url}${path}`, { method: "POST", headers: headersOf(client), body: file });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`Status ${response.status}: ${text}`);
  return told(
    response.status,
    response.headers,
    text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  );
}

/** Of a file, or of anything else, that is refused as a whole. */
export async function refusal(
  client: Client,
  path: string,
  file: string | Uint8Array<ArrayBuffer> | null,
  headers: Record<string, string> = {},
) {
  const method = file === null ? "GET" : "POST";
  const given = { ...headersOf(client), ...headers };
  const response = await fetch(`${client.url}${path}`, { method, headers: given, body: file });
  const { errors } = (await response.json()) as { errors: { message: string; extensions: { code: string } }[] };
  return {
    status: response.status,
    code: errors[0]?.extensions.code,
    message: errors[0]?.message ?? "",
    retryAfter: response.headers.get("retry-after"),
  };
}

/** What is to be read of an import besides its own answer. */
export async function readImport<Body = Result & { firstBad: BadLine[]; kind: string }>(
  client: Client,
  id: string,
): Promise<Body> {
  const response = await fetch(`${client.url}/import/${id}`, { headers: headersOf(client) });
  if (response.status !== 200) throw new Error(`Status ${response.status}: ${await response.text()}`);
  return (await response.json()) as Body;
}

function told(status: number, headers: Headers, lines: readonly Record<string, unknown>[]): Told {
  const inner = lines.slice(1, -1);
  return {
    status,
    headers,
    begin: lines[0] as unknown as Told["begin"],
    bad: inner.filter((line) => "column" in line) as unknown as BadLine[],
    progress: inner.filter((line) => "taken" in line) as unknown as Counts[],
    result: lines.at(-1) as unknown as Result,
  };
}

/** An import whose file is sent piece by piece. */
export class Sending implements AsyncDisposable {
  private readonly request: ClientRequest;
  private readonly lines: AsyncIterator<string>;
  private readonly opened: Promise<void>;

  constructor(client: Client, path: string) {
    this.request = request(`${client.url}${path}`, { method: "POST", headers: headersOf(client), agent: false });
    this.request.on("error", () => {});
    const { promise, resolve, reject } = Promise.withResolvers<AsyncIterator<string>>();
    this.request.once("error", reject);
    this.request.once("response", (response) => {
      response.on("error", () => {});
      if (response.statusCode !== 200) reject(new Error(`Status ${response.statusCode}`));
      resolve(createInterface({ input: response })[Symbol.asyncIterator]());
    });
    this.opened = promise.then(() => {});
    this.opened.catch(() => {});
    this.lines = { next: async () => (await promise).next() };
  }

  /** Resolves when the server has read, or at least been sent, the piece. */
  write(text: string): Promise<void> {
    return new Promise((resolve) => this.request.write(text, () => resolve()));
  }

  end(): void {
    this.request.end();
  }

  /** Breaks the connection. */
  cut(): void {
    this.request.destroy();
  }

  /** The next line that the server says; null when it says no more. */
  async next<Line = Record<string, unknown>>(): Promise<Line | null> {
    const { done, value } = await this.lines.next();
    return done ? null : (JSON.parse(value) as Line);
  }

  /** The next line with this name in it. */
  async until<Line = Record<string, unknown>>(name: string): Promise<Line> {
    for (let line = await this.next(); line !== null; line = await this.next()) if (name in line) return line as Line;
    throw new Error(`nothing with ${name} was said`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
  }
}
