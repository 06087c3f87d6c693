import { setTimeout as delay } from "node:timers/promises";
import { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import type { Pool, PoolClient } from "pg";

const MOST_TRIES = 5;
const SERIALIZATION_FAILURE = "40001";
const DEADLOCK = "40P01";
/** SQLSTATE classes of errors that a value causes, and that another value would not: data, and integrity. */
const CAUSED_BY_DATA = ["22", "23"];

/**
 * Works on a connection of the pool. The work begins the transaction with its first flight, and ends it before it answers;
 * where it throws, nothing is kept. It is done again as a whole, on a connection as fresh, where another stood in the way.
 */
export const inTransaction = <Result>(pool: Pool, work: (client: PoolClient) => Promise<Result>): Promise<Result> =>
  retrying(() => onConnection(pool, work));

async function onConnection<Result>(pool: Pool, work: (client: PoolClient) => Promise<Result>): Promise<Result> {
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

/**
 * The ORM's, whose transactions are done again as a whole where another stood in the way. So what is done in one must leave
 * nothing behind but rows. A part of a transaction cannot be done again alone: its database has given up all of it.
 */
export class RetryingEntityManager extends EntityManager {
  override transactional<Result>(
    work: (em: this) => Result | Promise<Result>,
    options: Parameters<EntityManager["transactional"]>[1] = {},
  ): Promise<Result> {
    // The ORM writes into its options: each try has its own.
    const run = () => super.transactional(work, { ...options });
    return this.isInTransaction() ? run() : retrying(run);
  }
}

/** Of what takes as long as there are rows: no statement of the transaction is given up for its time. */
export const unhurried = async (em: EntityManager): Promise<void> =>
  void (await sql`/* transaction.unhurried */ set local statement_timeout = 0`.execute(em.getKysely()));

/** Again, ever later, where another transaction stood in the way; at random times, so that two that met do not meet again. */
async function retrying<Result>(run: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await run();
    } catch (error) {
      if (tries === MOST_TRIES || !isTransient(error)) throw error;
      await delay(Math.random() * 20 * 2 ** tries);
    }
  }
}

export const isCausedByData = (error: unknown): boolean => CAUSED_BY_DATA.includes(sqlState(error).slice(0, 2));

const isTransient = (error: unknown): boolean => [SERIALIZATION_FAILURE, DEADLOCK].includes(sqlState(error));
const sqlState = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "");
