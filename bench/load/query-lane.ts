import { Connection } from "./connection.js";
import type { Lane } from "./lane.js";
import type { Order } from "./order.js";

export interface QueryLoad {
  readonly token: string;
  /** Of the request. */
  readonly body: string;
  /** What must be answered, to the letter: the data are the same for all, and nobody changes them. */
  readonly expected: string;
}

/** The same query again and again. */
export async function openQueryLane({ url, token, body, expected }: Order & QueryLoad): Promise<Lane> {
  const connection = await Connection.open(url, token);
  return {
    async send() {
      const text = await connection.post(body);
      if (text.trimEnd() !== expected) throw new Error(`unexpected answer to the query: ${text.slice(0, 1000)}`);
      return 1;
    },
    close: () => connection.close(),
  };
}
