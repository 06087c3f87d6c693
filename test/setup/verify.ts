import { expect } from "vitest";
import { openDatabase } from "../../src/database.js";
import { verifyCounts } from "../../src/domain/verify-counts.js";
import type { TestGatehouse } from "./server.js";

/** Recomputes every count from the scans and expects no difference. */
export async function expectCountsRight({ databaseUrl }: TestGatehouse): Promise<void> {
  const database = await openDatabase({ databaseUrl, databasePoolSize: 1, gatePoolSize: 1, salesPoolSize: 1 });
  try {
    expect(await verifyCounts(database.orm.em)).toEqual([]);
  } finally {
    await database.close();
  }
}
