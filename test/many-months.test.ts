import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Database, openDatabase } from "../src/database.js";
import { READS } from "../src/domain/batch-read.js";
import { WRITES } from "../src/domain/batch-write.js";
import { monthStart, monthsOf, tableOfMonth } from "./setup/months.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";

const MONTHS = 24;
/** Of these a lone scan sends none: they are about keys that come again, and about scans that come late. */
const OF_THE_PAST = ["gate.scans", "gate.past", "gate.rewrite"];

let gatehouse: TestGatehouse;
let database: Database;
beforeAll(async () => {
  gatehouse = await startGatehouse({ retentionMonths: MONTHS });
  const { databaseUrl } = gatehouse;
  database = await openDatabase({ databaseUrl, databasePoolSize: 1, salesPoolSize: 1, gatePoolSize: 1 });
});
afterAll(async () => {
  await database.close();
  await gatehouse.close();
});

interface Plan {
  readonly "Relation Name"?: string;
  readonly "Actual Loops"?: number;
  readonly Plans?: readonly Plan[];
}

const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

/** The months that the statement's plan names. */
async function monthsIn(explained: string): Promise<Plan[]> {
  const { rows } = await database.gatePool.query(`explain (format json, ${explained}`);
  const nodes = nodesOf(rows[0]["QUERY PLAN"][0].Plan);
  return nodes.filter((node) => node["Relation Name"]?.startsWith("scans_2"));
}

describe("with the scans of 24 months", () => {
  it("there is a table for each of them, and for three months to come", async () => {
    const all = Array.from({ length: MONTHS + 4 }, (_, index) => tableOfMonth(monthStart(index - MONTHS)));
    expect((await monthsOf(gatehouse)).attached).toEqual(expect.arrayContaining(all));
  });

  it.each([...READS, ...WRITES].filter(({ name }) => !OF_THE_PAST.includes(name)))(
    "a new scan opens no other than its own: $name",
    async ({ text }) => expect(await monthsIn(`generic_plan) ${text}`)).toEqual([]),
  );

  it("a known key's scan is looked for in its own month alone", async () => {
    const text = READS.find(({ name }) => name === "gate.scans")?.text ?? "";
    const at = new Date(monthStart(-3) + 1).toISOString();
    const known = text.replace("$1", "array[gen_random_uuid()]").replace("$2", `array['${at}']`);
    const read = (await monthsIn(`analyze) ${known}`)).filter((node) => (node["Actual Loops"] ?? 0) > 0);
    expect(read.map((node) => node["Relation Name"])).toEqual([tableOfMonth(monthStart(-3))]);
  });
});
