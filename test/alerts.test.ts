import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alertsAfter } from "../src/domain/alerts.js";
import { Client } from "./setup/client.js";
import { enter, fromNow, leave, openDoors, setCapacity } from "./setup/doors.js";
import { codes } from "./setup/race.js";
import type { Subscription } from "./setup/subscription.js";
import { startTwoNodes } from "./setup/two-nodes.js";
import { made, recordScan, uploadScans, type Venue } from "./setup/world.js";

interface Alert {
  readonly thresholdPercent: number;
  readonly inside: number;
  readonly capacity: number;
  readonly at: string;
  readonly venue: { readonly id: string };
}

const nodes = startTwoNodes();

const QUERY = `subscription ($id: ID!) {
  alert: capacityAlertRaised(venueId: $id) { thresholdPercent inside capacity at venue { id } } }`;

type Screen = Subscription<{ readonly alert: Alert }>;

const TICKETS = codes(20);

/** Ten places, with thresholds at 5 and 8 of them, and somebody who watches on either node. */
async function watch() {
  const { venue, client } = await openDoors(nodes.world, { venue: { capacity: 10 }, codes: TICKETS });
  await setThresholds(venue, [50, 80]);
  const screens = [nodes.near, nodes.far].map(
    ({ url }): Screen => new Client(url, venue.owner.client.token).subscribe(QUERY, { id: venue.id }),
  );
  // Both have begun to watch when one that is made for it has come, and been left behind again.
  const [probe = ""] = TICKETS.slice(-1);
  await setThresholds(venue, [1]);
  while (screens.some(({ messages }) => messages.length === 0)) {
    await enter(client, probe);
    await leave(client, probe);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  await setThresholds(venue, [50, 80]);
  const begun = screens.map(({ messages }) => messages.length);
  const alerts = () => screens.map(({ messages }, index) => messages.slice(begun[index]).map(({ alert }) => alert));
  return { venue, client, screens, alerts };
}

const setThresholds = (venue: Venue, alertThresholdPercents: readonly number[]) =>
  made(venue.owner.client, "updateVenue", "UpdateVenueInput", "venue { id }", {
    venueId: venue.id,
    alertThresholdPercents,
  });

const told = (alerts: readonly (readonly Alert[])[]) =>
  alerts.map((own) => own.map(({ thresholdPercent, inside }) => `${thresholdPercent} at ${inside}`));

/** On both nodes, and nothing after it for longer than news take. */
async function expectTold(alerts: () => readonly (readonly Alert[])[], expected: readonly string[]): Promise<void> {
  await expect.poll(() => told(alerts()), { timeout: 5_000 }).toEqual([expected, expected]);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(told(alerts())).toEqual([expected, expected]);
}

const close = (screens: readonly Screen[]) => Promise.all(screens.map((screen) => screen.close()));

describe("whoever watches a venue's alerts is told, on every node", () => {
  it("once of each threshold that the count crosses, and again only after five points below", async () => {
    const { venue, client, screens, alerts } = await watch();
    for (const code of TICKETS.slice(0, 5)) await enter(client, code);
    await expectTold(alerts, ["50 at 5"]);
    expect(alerts()[0]?.[0]).toMatchObject({ capacity: 10, venue: { id: venue.id }, at: expect.stringMatching(/Z$/) });
    // From a capacity of 100 on, one person is one point.
    await setCapacity(venue, 100);
    await setThresholds(venue, [10, 12]);
    for (const code of TICKETS.slice(5, 10)) await enter(client, code);
    await expectTold(alerts, ["50 at 5", "10 at 10"]);
    for (const code of TICKETS.slice(0, 4)) await leave(client, code);
    for (const code of TICKETS.slice(0, 4)) await enter(client, code);
    await expectTold(alerts, ["50 at 5", "10 at 10"]);
    for (const code of TICKETS.slice(0, 5)) await leave(client, code);
    for (const code of TICKETS.slice(0, 5)) await enter(client, code);
    await expectTold(alerts, ["50 at 5", "10 at 10", "10 at 10"]);
    await close(screens);
  });

  it("of several that one upload crosses, lowest first, and of what a late one adds", async () => {
    const { client, screens, alerts } = await watch();
    const at = (code: string) => ({ key: code, code, direction: "ENTRY", scannedAt: fromNow(-0.1) });
    await uploadScans(client, TICKETS.slice(0, 8).map(at));
    await expectTold(alerts, ["50 at 8", "80 at 8"]);
    await close(screens);
  });

  it("of nothing when the owner changes the capacity or the thresholds, and of the next crossing by the new ones", async () => {
    const { venue, client, screens, alerts } = await watch();
    for (const code of TICKETS.slice(0, 3)) await enter(client, code);
    await setCapacity(venue, 5);
    await enter(client, TICKETS[3] ?? "");
    await expectTold(alerts, ["80 at 4"]);
    await setThresholds(venue, [80, 100]);
    await enter(client, TICKETS[4] ?? "");
    await expectTold(alerts, ["80 at 4", "100 at 5"]);
    await close(screens);
  });

  it("of nothing that an annulled entry crosses back", async () => {
    const { venue, client, screens, alerts } = await watch();
    // One person is one point.
    await setCapacity(venue, 100);
    await setThresholds(venue, [5]);
    for (const code of TICKETS.slice(0, 4)) await enter(client, code);
    const { scan } = await recordScan(client, { code: TICKETS[4] });
    await expectTold(alerts, ["5 at 5"]);
    const input = { scanId: scan?.id, reason: "Turned round" };
    await made(venue.owner.client, "annulScan", "AnnulScanInput", "scan { id }", input);
    await enter(client, TICKETS[5] ?? "");
    await expectTold(alerts, ["5 at 5"]);
    await close(screens);
  });
});

describe("thresholds", () => {
  const percents = () => fc.uniqueArray(fc.integer({ min: 1, max: 100 }), { maxLength: 6 });

  it("are told of once between two times at which the count is five points below", () => {
    const walk = fc.array(fc.integer({ min: 0, max: 250 }), { maxLength: 60 });
    fc.assert(
      fc.property(walk, percents(), fc.integer({ min: 0, max: 200 }), (counts, thresholds, capacity) => {
        let raised: readonly number[] = [];
        const isUp = new Map(thresholds.map((percent) => [percent, false]));
        for (const inside of counts) {
          const after = alertsAfter({ inside, capacity, thresholds, raised });
          for (const percent of thresholds) {
            const passes = inside > 0 && inside * 100 >= percent * capacity;
            expect(after.crossed.includes(percent)).toBe(passes && isUp.get(percent) === false);
            if (passes) isUp.set(percent, true);
            else if (inside * 100 <= Math.max(0, percent - 5) * capacity) isUp.set(percent, false);
          }
          raised = after.raised;
          expect([...raised].sort()).toEqual(thresholds.filter((percent) => isUp.get(percent)).sort());
        }
      }),
    );
  });

  it("that are taken away are forgotten", () => {
    expect(alertsAfter({ inside: 9, capacity: 10, thresholds: [90], raised: [50, 80, 90] })).toEqual({
      raised: [90],
      crossed: [],
    });
  });
});
