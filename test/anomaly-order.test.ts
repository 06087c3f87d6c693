import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { named, readAnomalies } from "./setup/anomalies.js";
import { anomalyDay, makeAnomalyDay, sendAnomalyDay } from "./setup/anomaly-day.js";
import { modelAnomalies } from "./setup/anomaly-model.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { type Person, World } from "./setup/world.js";

const RUNS = Number(process.env["MODEL_RUNS"] ?? 10);
/** Long enough to make a failing case small before it is told. */
const TIMEOUT = 120_000;

let gatehouse: TestGatehouse;
let world: World;
let owner: Person;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
  owner = await world.person("Owner");
});
afterAll(() => gatehouse.close());

it(
  "tells the same anomalies as a naive model does from all of a day's scans, in whatever order and parts they were sent",
  async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(anomalyDay(), async (plan) => {
        const day = await makeAnomalyDay(world, owner, plan.capacity);
        const expected = modelAnomalies(await sendAnomalyDay(day, plan), plan.capacity);
        expect(named(await readAnomalies(day.venue))).toEqual(expected);
        for (const anomaly of expected) seen.add(anomaly.split(" ")[0] ?? "");
      }),
      { numRuns: RUNS, interruptAfterTimeLimit: TIMEOUT - 10_000 },
    );
    expect(seen.size, [...seen].join(", ")).toBe(6);
    await expectCountsRight(gatehouse);
  },
  TIMEOUT,
);
