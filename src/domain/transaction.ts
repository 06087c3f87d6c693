import type { Pool, PoolClient } from "pg";

/**
 * Works on a connection of the pool. The work begins the transaction with its first flight, and ends it before it answers;
 * where it throws, nothing is kept.
 */
export async function inTransaction<Result>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    return await work(client);
  } catch (error) {
    broken = await rollback(client);
    throw error;
  } finally {
    client.release(broken);
  }
}

/** The error of a connection on which even this fails: it is broken, and its pool is to throw it away. */
export const rollback = (client: PoolClient): Promise<Error | undefined> =>
  client.query("rollback").then(
    () => undefined,
    (error: Error) => error,
  );
