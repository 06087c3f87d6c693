import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Database, openDatabase } from "../src/database.js";
import { READS } from "../src/domain/batch-read.js";
import { WRITES } from "../src/domain/batch-write.js";
import { ORDER_READS } from "../src/domain/order-read.js";
import { STOCK_STATEMENTS } from "../src/domain/stock.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";

let gatehouse: TestGatehouse;
let database: Database;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  database = await openDatabase({
    databaseUrl: gatehouse.databaseUrl,
    databasePoolSize: 1,
    gatePoolSize: 1,
    salesPoolSize: 1,
  });
});
afterAll(async () => {
  await database.close();
  await gatehouse.close();
});

interface Plan {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly Plans?: readonly Plan[];
}

const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

/** The plan that a connection of theirs would keep for ever, made on an empty database. */
async function planOf(text: string): Promise<Plan[]> {
  const { rows } = await database.gatePool.query(`explain (generic_plan, format json) ${text}`);
  return nodesOf(rows[0]["QUERY PLAN"][0].Plan);
}

const STATEMENTS = [...READS, ...WRITES, ...ORDER_READS, ...STOCK_STATEMENTS];

describe("a gate's or a sale's statement, planned where there is nothing yet,", () => {
  it.each(STATEMENTS)("finds its rows by indexes: $name", async ({ text }) => {
    const nodes = await planOf(text);
    const wholeTables = nodes.filter((node) => node["Node Type"] === "Seq Scan").map((node) => node["Relation Name"]);
    expect(wholeTables).toEqual([]);
    expect(nodes.map((node) => node["Node Type"])).not.toContain("Hash Join");
    expect(nodes.map((node) => node["Node Type"])).not.toContain("Merge Join");
  });

  it("would read whole tables if it were left to PostgreSQL", async () => {
    const wholeTables = await Promise.all(
      READS.map(async ({ text }) => {
        const [row] = await gatehouse.sql<{ "QUERY PLAN": [{ Plan: Plan }] }>(
          `explain (generic_plan, format json) ${text}`,
        );
        return nodesOf(row?.["QUERY PLAN"][0].Plan as Plan).filter((node) => node["Node Type"] === "Seq Scan");
      }),
    );
    expect(wholeTables.flat().length).toBeGreaterThan(0);
  });
});
