import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { on } from "./setup/client.js";
import { enter, setCapacity } from "./setup/doors.js";
import { statementsOf } from "./setup/plans.js";
import { codes } from "./setup/race.js";
import { expectConsistent, readVenue, timeless, watchVenue } from "./setup/screens.js";
import { startGatehouse } from "./setup/server.js";
import { startTwoNodes } from "./setup/two-nodes.js";
import { recordScan, uploadScans } from "./setup/world.js";

const nodes = startTwoNodes();

/** After so long a feed reads, whatever it knows. */
const POLL_MILLISECONDS = 2_000;
/** No more than ten states come a second. */
const SPACING_MILLISECONDS = 110;
/** What somebody comes with: of either event and either type, of another venue, of nobody. */
const CODES = [...codes(4, "ONE"), "VIP", ...codes(3, "TWO"), "ELSEWHERE", "NOBODY"];
const RUNS = 5;

/** Two gates, two events and three types, with a place less than there are tickets. */
async function open() {
  const elsewhere = await nodes.world.venue({ capacity: 10 });
  await (await elsewhere.event()).tickets(["ELSEWHERE"]);
  const venue = await nodes.world.venue({ capacity: 6, gates: ["A", "B"] }, elsewhere.owner);
  const one = await venue.event({ title: "One" }, [{ name: "Standard" }, { name: "VIP", admitsWhenFull: true }]);
  await one.tickets(codes(4, "ONE"));
  await one.tickets(["VIP"], "VIP");
  await (await venue.event({ title: "Two" })).tickets(codes(3, "TWO"));
  const [atA, atB] = await Promise.all([venue.device("A"), venue.device("B")]);
  return { venue, owner: venue.owner.client, devices: [atA.client, atB.client] };
}

const passage = fc.record({
  code: fc.constantFrom(...CODES),
  direction: fc.constantFrom("ENTRY", "EXIT"),
});
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("scan" as const), passage }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("upload" as const),
      late: fc.array(fc.tuple(passage, fc.integer({ min: 0, max: 50 })), { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("capacity" as const), capacity: fc.integer({ min: 1, max: 9 }) }),
  },
);
const steps = fc.array(fc.tuple(step, fc.nat({ max: 1 }), fc.nat({ max: 1 })), { minLength: 6, maxLength: 10 });

describe("the counts that a screen is shown", () => {
  it("are those in the database after any scans, on the node that made them and on another", { timeout: 60_000 }, () =>
    fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        const { venue, owner, devices } = await open();
        const both = [nodes.near, nodes.far];
        await using here = watchVenue(on(nodes.near, owner), venue.id);
        await using there = watchVenue(on(nodes.far, owner), venue.id);
        for (const [what, gate, node] of taken) {
          const device = on(both[node] ?? nodes.near, devices[gate] ?? owner);
          if (what.kind === "scan") await recordScan(device, { key: randomUUID(), ...what.passage });
          else if (what.kind === "capacity") await setCapacity(venue, what.capacity);
          else {
            const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
            const late = what.late.map(([it, minutes]) => ({ ...it, scannedAt: minutesAgo(minutes) }));
            await uploadScans(device, late);
          }
          const stored = await readVenue(owner, venue.id);
          for (const screen of [here, there]) {
            const { state } = await screen.waitFor(({ state: { version } }) => version >= stored.version, 5_000);
            expect(timeless(state)).toEqual(timeless(stored));
          }
        }
        expectConsistent(here);
        expectConsistent(there);
      }),
      { numRuns: RUNS },
    ),
  );

  it("are right on a node that was not told of another's scans", async () => {
    const { venue, owner, devices } = await open();
    const [device = owner] = devices;
    await using alone = await startGatehouse({ databaseUrl: nodes.near.databaseUrl });
    await using screen = watchVenue(on(alone, owner), venue.id);
    await screen.next();
    expect(await enter(device, "VIP")).toBe("ACCEPTED");
    expect(await enter(on(alone, device), "TWO0000")).toBe("ACCEPTED");
    const { state } = await screen.waitFor(({ state: { inside } }) => inside > 0);
    expect(timeless(state)).toEqual(timeless(await readVenue(owner, venue.id)));
  });

  it("are not read where the node knows what was counted", async () => {
    const { venue, owner, devices } = await open();
    const [device = owner] = devices;
    await using screen = watchVenue(owner, venue.id);
    await screen.next();
    const entering = codes(4, "ONE");
    const begun = performance.now();
    const statements = await statementsOf(async () => {
      for (const code of entering) {
        await sleep(SPACING_MILLISECONDS);
        await enter(device, code);
        await screen.next();
      }
    });
    const reads = statements.filter(({ text }) => text.includes("/* occupancy.read */")).length;
    expect(screen.messages.at(-1)?.state.inside).toBe(entering.length);
    expect(reads).toBeLessThanOrEqual(Math.ceil((performance.now() - begun) / POLL_MILLISECONDS));
  });
});
