import { createRequire } from "node:module";
import pg from "pg";

/** The ORM may bring a copy of its own. */
const { Client: OrmClient }: typeof pg = createRequire(import.meta.resolve("@mikro-orm/postgresql"))("pg");

/**
 * Counts what this process sends to PostgreSQL until the answered function is called, which tells how much it was. It works
 * on the driver, so that what sends the statements need not know, and costs nothing when nobody counts.
 */
export function countStatements(): () => number {
  let count = 0;
  const restore = listen(() => {
    count += 1;
  });
  return () => {
    restore();
    return count;
  };
}

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** The same for the statements themselves, those that the ORM sends. */
export function recordStatements(): () => Statement[] {
  const statements: Statement[] = [];
  const restore = listen(([text, values]) => {
    if (typeof text === "string") statements.push({ text, values: Array.isArray(values) ? values : [] });
  });
  return () => {
    restore();
    return statements;
  };
}

/** Until the answered function is called. */
function listen(heard: (values: readonly unknown[]) => void): () => void {
  const restores = [...new Set([pg.Client, OrmClient])].map(({ prototype }) => {
    const query = prototype.query as (...values: unknown[]) => unknown;
    prototype.query = function counted(this: pg.Client, ...values: unknown[]) {
      heard(values);
      return query.apply(this, values);
    } as typeof prototype.query;
    return () => {
      prototype.query = query as typeof prototype.query;
    };
  });
  return () => {
    for (const restore of restores) restore();
  };
}
