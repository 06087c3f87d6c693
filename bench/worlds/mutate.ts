import type { ApiClient } from "../../src/cli/client.js";

/** Calls a mutation that must succeed. `fields` are selected of its payload; answers the payload. */
export async function mutate<T>(
  client: ApiClient,
  [name, type, fields]: readonly [name: string, type: string, fields: string],
  input: object,
): Promise<T> {
  const document = `mutation($input: ${type}!) { ${name}(input: $input) { ${fields} userErrors { code message } } }`;
  const data = await client.request<Record<string, T & { userErrors: readonly unknown[] }>>(document, { input });
  const payload = data[name];
  if (payload === undefined || payload.userErrors.length > 0) throw new Error(`${name}: ${JSON.stringify(data)}`);
  return payload;
}
