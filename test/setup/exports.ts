import { parse } from "csv-parse/sync";

export interface Exported {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Asks for a path below `/export`, with the token if there is one. */
export const askExport = (
  { url }: { readonly url: string },
  path: string,
  token?: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> =>
  fetch(`${url}/export/${path}`, {
    headers: token === undefined ? headers : { authorization: `Bearer ${token}`, ...headers },
  });

export async function readExport(...asked: Parameters<typeof askExport>): Promise<Exported> {
  const response = await askExport(...asked);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** The records of an export that must succeed. */
export async function exportedRows(...asked: Parameters<typeof askExport>): Promise<Record<string, string>[]> {
  const { status, text } = await readExport(...asked);
  if (status !== 200) throw new Error(`Status ${status}: ${text}`);
  return parse(text, { columns: true, record_delimiter: "\r\n" });
}

/** The code of the error that an export must fail with, after its status. */
export async function problemOf(...asked: Parameters<typeof askExport>): Promise<string> {
  const { status, text } = await readExport(...asked);
  const { errors = [] } = JSON.parse(text) as { errors?: { message: string; extensions: { code: string } }[] };
  return `${status} ${errors[0]?.extensions.code}`;
}
