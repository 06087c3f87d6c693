import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { enter } from "./setup/doors.js";
import { eventWith, held, lapse, outcomeOf, pay } from "./setup/sales.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { type Person, uploadScans, type Venue, World } from "./setup/world.js";

let gatehouse: TestGatehouse;
let venue: Venue;
let scanner: Awaited<ReturnType<Venue["device"]>>["client"];
let buyer: Person;
beforeAll(async () => {
  gatehouse = await startGatehouse({ jobs: false });
  const world = new World(gatehouse.url);
  venue = await world.venue();
  scanner = (await venue.device()).client;
  buyer = await world.person("Buyer");
});
afterAll(() => expectCountsRight(gatehouse).finally(() => gatehouse.close()));

async function holdOne() {
  const reservation = await held(buyer.client, await eventWith(venue, 5));
  return { reservation, code: reservation.tickets[0]?.code ?? "" };
}

/** What a device that lets the person in, offline, is told to have overlooked. */
async function conflictOf(code: string, scannedAt: Date): Promise<string | null | undefined> {
  const [result] = await uploadScans(scanner, [{ code, scannedAt: scannedAt.toISOString() }]);
  return result?.scan?.conflict;
}

describe("the gate, before any job has marked a hold that ran out,", () => {
  it("refuses its ticket as EXPIRED from that moment, and as NOT_PAID until then", async () => {
    const { reservation, code } = await holdOne();
    expect(await enter(scanner, code)).toBe("NOT_PAID");
    await lapse(gatehouse, reservation);
    expect(await enter(scanner, code)).toBe("EXPIRED");
  });

  it("says so in a preview too", async () => {
    const { reservation, code } = await holdOne();
    await lapse(gatehouse, reservation);
    const preview = "query ($code: String!) { previewScan(input: { code: $code }) { outcome reason } }";
    expect(await scanner.ok(preview, { code })).toEqual({ previewScan: { outcome: "REFUSED", reason: "EXPIRED" } });
  });

  it("judges an offline entry by what the ticket is when the scan arrives, as it does a hold that was marked", async () => {
    const { reservation, code } = await holdOne();
    const whileHeld = new Date();
    await lapse(gatehouse, reservation);
    expect(await conflictOf(code, whileHeld)).toBe("EXPIRED");
  });

  it("lets in who has paid a hold that had run out", async () => {
    const { reservation, code } = await holdOne();
    await lapse(gatehouse, reservation);
    expect(outcomeOf(await pay(buyer.client, reservation))).toBe("PAID");
    expect(await enter(scanner, code)).toBe("ACCEPTED");
  });
});
