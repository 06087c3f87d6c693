import { expect } from "vitest";
import { verifyCounts } from "../../src/domain/verify-counts.js";
import type { TestGatehouse } from "./server.js";

/** Recomputes every count from the scans and expects no difference. */
export async function expectCountsRight(gatehouse: TestGatehouse): Promise<void> {
  const { orm } = await gatehouse.database();
  expect(await verifyCounts(orm.em)).toEqual([]);
}
