import { createRequire } from "node:module";
import pg from "pg";
import { vi } from "vitest";

/** A statement as a server sent it. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** A node of a plan, as `explain (format json)` tells it. */
export interface Plan {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly "Plan Rows": number;
  readonly Plans?: readonly Plan[];
}

/** The ORM may bring a copy of its own. */
const { Client: OrmClient }: typeof pg = createRequire(import.meta.resolve("@mikro-orm/postgresql"))("pg");
const CLIENTS = new Set([pg.Client, OrmClient]);

/** The statements that servers of this process send while the work is done. */
export async function statementsOf(work: () => Promise<unknown>): Promise<Statement[]> {
  const spies = [...CLIENTS].map((client) => vi.spyOn(client.prototype, "query"));
  try {
    await work();
    return spies.flatMap(({ mock }) => mock.calls.map(([statement, values]) => toStatement(statement, values)));
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

function toStatement(statement: unknown, values: unknown): Statement {
  if (typeof statement === "string") return { text: statement, values: Array.isArray(values) ? values : [] };
  const { text = "", values: own = values } = statement as { text?: string; values?: unknown };
  return { text, values: Array.isArray(own) ? own : [] };
}

/** Every node of the statement's plan, the topmost first. It is planned, not run. */
export async function planOf(client: pg.Client, { text, values }: Statement): Promise<Plan[]> {
  const { rows } = await client.query(`explain (format json) ${text}`, [...values]);
  return nodesOf(rows[0]["QUERY PLAN"][0].Plan);
}

const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
