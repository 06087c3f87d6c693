import { afterAll, beforeAll, expect, it } from "vitest";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { recordScan, uploadScans, World } from "./setup/world.js";

let gatehouse: TestGatehouse;
let world: World;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
});
afterAll(() => gatehouse.close());

it("admits a paid ticket once, and lets everybody out", async () => {
  const venue = await world.venue();
  const event = await venue.event();
  await event.tickets(["T1"]);
  const { client } = await venue.device();
  expect(await recordScan(client, { code: " T1 ", key: "a" })).toMatchObject({
    scan: { outcome: "ACCEPTED", code: "T1", ticket: { inside: true } },
  });
  expect(await recordScan(client, { code: "T1" })).toMatchObject({
    scan: { outcome: "REFUSED", reason: "ALREADY_INSIDE" },
  });
  expect(await recordScan(client, { code: "T1", direction: "EXIT" })).toMatchObject({
    scan: { outcome: "ACCEPTED", ticket: { inside: false } },
  });
  expect(await uploadScans(client, [{ code: "T1" }])).toMatchObject([
    { scan: { outcome: "ACCEPTED", offline: true, conflict: null } },
  ]);
});
