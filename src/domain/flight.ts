import type { PoolClient } from "pg";

/** The part of pg's client that its types leave out. */
interface Wire {
  readonly connection: { readonly stream: { cork(): void; uncork(): void } };
}

/**
 * Sends statements in one packet, and waits for the answers to all of them, so that none is still under way when the
 * connection is used again; then fails as the first that failed. The client's pool is in pipeline mode.
 */
export async function inOneFlight<const Statements extends readonly unknown[]>(
  client: PoolClient,
  send: () => Statements,
): Promise<{ -readonly [Index in keyof Statements]: Awaited<Statements[Index]> }> {
  const { stream } = (client as PoolClient & Wire).connection;
  stream.cork();
  let flight: Statements;
  try {
    flight = send();
  } finally {
    stream.uncork();
  }
  await Promise.allSettled(flight);
  return Promise.all(flight);
}
