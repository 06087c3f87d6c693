import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AnomalyData, named, readAnomalies } from "./setup/anomalies.js";
import type { Client } from "./setup/client.js";
import { fromNow, openDoors, setCapacity } from "./setup/doors.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { made, recordScan, uploadScans, type Venue, World } from "./setup/world.js";

const minutes = (fromNowOn: number): string => fromNow(fromNowOn / 60);

let gatehouse: TestGatehouse;
let world: World;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
});
afterAll(() => expectCountsRight(gatehouse).finally(() => gatehouse.close()));

type Doors = Awaited<ReturnType<typeof openDoors>>;

/** Scans as `T1 ENTRY -30`, in minutes from now; each has its text as its key. */
async function upload(client: Client, texts: readonly string[], more: Record<string, unknown> = {}): Promise<void> {
  const scans = texts.map((text) => {
    const [code, direction, at] = text.split(" ");
    return { key: text, code, direction, scannedAt: minutes(Number(at)), ...more };
  });
  const results = await uploadScans(client, scans);
  expect(results.flatMap(({ userErrors }) => userErrors)).toEqual([]);
}

async function anomaliesAfter({ venue, client }: Doors, texts: readonly string[]): Promise<string[]> {
  await upload(client, texts);
  return named(await readAnomalies(venue));
}

describe("a duplicate entry", () => {
  it("is one that is accepted while the ticket is inside, and not one after the exit", async () => {
    const doors = await openDoors(world, { venue: { gates: ["A", "B"] } });
    const scans = ["T1 ENTRY -60", "T1 ENTRY -50", "T1 EXIT -40", "T1 ENTRY -30"];
    expect(await anomaliesAfter(doors, scans)).toEqual(["DUPLICATE_ENTRY T1 ENTRY -50"]);
  });

  it("is one that is refused online for that, and not one that a scanner refused offline", async () => {
    const { venue, client } = await openDoors(world);
    await recordScan(client, { code: "T1", key: "in" });
    await recordScan(client, { code: "T1", key: "turned away" });
    await upload(client, ["T1 ENTRY 0"], { admitted: false });
    const found = await readAnomalies(venue);
    expect(named(found)).toEqual(["DUPLICATE_ENTRY turned away"]);
    expect(found[0]?.message).toBe("A ticket wanted to come in that was inside already, and was turned away.");
  });

  it("is none any more when an exit between the two is uploaded late", async () => {
    const doors = await openDoors(world);
    await upload(doors.client, ["T1 ENTRY -60", "T1 ENTRY -30"]);
    expect(await anomaliesAfter(doors, ["T1 EXIT -45"])).toEqual([]);
  });
});

describe("an exit without an entry", () => {
  it("is one of a ticket that is not inside, and not one after an entry", async () => {
    const doors = await openDoors(world);
    const scans = ["T1 EXIT -60", "T1 ENTRY -50", "T1 EXIT -40", "T1 EXIT -30"];
    const expected = ["EXIT_WITHOUT_ENTRY T1 EXIT -30", "EXIT_WITHOUT_ENTRY T1 EXIT -60"];
    expect(await anomaliesAfter(doors, scans)).toEqual(expected);
  });

  it("is one under a code that no ticket has", async () => {
    const { venue, client } = await openDoors(world);
    await recordScan(client, { code: "nobody's", direction: "EXIT", key: "out" });
    const found = await readAnomalies(venue);
    expect(named(found)).toEqual(["EXIT_WITHOUT_ENTRY out"]);
    expect(found[0]).toMatchObject({ ticket: null, message: "Somebody left with a code that no ticket has." });
  });
});

describe("a rapid re-entry", () => {
  it("is one less than five minutes after the exit, and not one of five", async () => {
    const doors = await openDoors(world, { codes: ["T1", "T2"] });
    await upload(doors.client, ["T1 ENTRY -60", "T2 ENTRY -60"]);
    const left = Date.now() - 40 * 60_000;
    const scan = (code: string, direction: string, ms: number) => ({
      ...{ code, direction, key: `${code} ${ms}`, scannedAt: new Date(left + ms).toISOString() },
    });
    await uploadScans(doors.client, [scan("T1", "EXIT", 0), scan("T1", "ENTRY", 299_999)]);
    await uploadScans(doors.client, [scan("T2", "EXIT", 0), scan("T2", "ENTRY", 300_000)]);
    const found = await readAnomalies(doors.venue);
    expect(named(found)).toEqual(["RAPID_REENTRY T1 299999"]);
    expect(found[0]?.message).toBe("A ticket came back 4 minutes after it had left.");
  });

  it("is as rapid as is configured", async () => {
    await using strict = await startGatehouse({ rapidReentrySeconds: 3_600 });
    const doors = await openDoors(new World(strict.url));
    const scans = ["T1 ENTRY -100", "T1 EXIT -90", "T1 ENTRY -31"];
    expect(await anomaliesAfter(doors, scans)).toEqual(["RAPID_REENTRY T1 ENTRY -31"]);
  });
});

describe("an invalid ticket that was admitted", () => {
  it("is one whose ticket was not good offline, and not one for which it was the time that was wrong", async () => {
    const doors = await openDoors(world, { codes: ["T1", "T2"] });
    await made(doors.venue.owner.client, "cancelTicket", "TicketIdInput", "ticket { id }", {
      ticketId: doors.tickets[1],
    });
    const scans = ["nobody's ENTRY -30", "T2 ENTRY -29", "T1 ENTRY -300"];
    const expected = ["INVALID_TICKET_ADMITTED T2 ENTRY -29", "INVALID_TICKET_ADMITTED nobody's ENTRY -30"];
    expect(await anomaliesAfter(doors, scans)).toEqual(expected);
    const [cancelled, unknown] = await readAnomalies(doors.venue);
    expect(cancelled?.message).toBe("Somebody was let in without a network, with a ticket that was cancelled.");
    expect(unknown?.message).toBe("Somebody was let in without a network, with a code that no ticket has.");
  });

  it("is none where the scanner let nobody in, nor at an exit", async () => {
    const { venue, client } = await openDoors(world);
    await upload(client, ["nobody's ENTRY -30"], { admitted: false });
    await upload(client, ["nobody's EXIT -20"]);
    expect(named(await readAnomalies(venue))).toEqual(["EXIT_WITHOUT_ENTRY nobody's EXIT -20"]);
  });
});

describe("an entry over the capacity", () => {
  const three = { venue: { capacity: 2 }, codes: ["T1", "T2", "T3", "T4"] };

  it("is the one that crosses it, each time that it is crossed, and none beyond", async () => {
    const doors = await openDoors(world, three);
    const scans = ["T1 ENTRY -60", "T2 ENTRY -59", "T3 ENTRY -58", "T4 ENTRY -57"];
    expect(await anomaliesAfter(doors, scans)).toEqual(["OVER_CAPACITY T3 ENTRY -58"]);
    const more = ["T1 EXIT -30", "T2 EXIT -29", "T1 ENTRY -10"];
    expect(await anomaliesAfter(doors, more)).toEqual(["OVER_CAPACITY T1 ENTRY -10", "OVER_CAPACITY T3 ENTRY -58"]);
    expect((await readAnomalies(doors.venue))[0]?.message).toBe(
      "With somebody who was let in without a network, more than 2 people were inside.",
    );
  });

  it("is another one when somebody is found to have been there before", async () => {
    const doors = await openDoors(world, three);
    expect(await anomaliesAfter(doors, ["T2 ENTRY -59", "T3 ENTRY -58"])).toEqual([]);
    expect(await anomaliesAfter(doors, ["T1 ENTRY -90"])).toEqual(["OVER_CAPACITY T3 ENTRY -58"]);
  });

  it("is none of a type that admits when full, nor one that the server let in, nor a repeated one", async () => {
    const venue = await world.venue({ capacity: 1 });
    const event = await venue.event({}, [{ name: "Standard" }, { name: "VIP", admitsWhenFull: true }]);
    await event.tickets(["T1", "T2"]);
    await event.tickets(["V1"], "VIP");
    const { client } = await venue.device();
    await upload(client, ["T1 ENTRY -60", "T1 ENTRY -59", "V1 ENTRY -58", "T2 ENTRY -57"]);
    expect(named(await readAnomalies(venue))).toEqual(["DUPLICATE_ENTRY T1 ENTRY -59"]);
  });

  it("is told by the capacity of its time", async () => {
    const doors = await openDoors(world, { venue: { capacity: 3 }, codes: ["T1", "T2", "T3", "T4"] });
    await upload(doors.client, ["T1 ENTRY -60", "T2 ENTRY -59"]);
    await setCapacity(doors.venue, 1);
    await upload(doors.client, ["T3 ENTRY -58", "T1 EXIT 1", "T2 EXIT 1", "T4 ENTRY 1.5"]);
    expect(named(await readAnomalies(doors.venue))).toEqual(["OVER_CAPACITY T4 ENTRY 1.5"]);
  });
});

describe("a wrong clock", () => {
  const DAY_MINUTES = 24 * 60;

  /** As a scanner would whose clock is this many minutes ahead. */
  async function uploadAhead(venue: Venue, client: Client, ahead: number, ...agos: number[]): Promise<AnomalyData[]> {
    const scans = agos.map((ago) => ({ code: "T1", key: `${ago}`, scannedAt: minutes(ahead - ago), admitted: false }));
    await uploadScans(client, scans, { sentAt: minutes(ahead) });
    return readAnomalies(venue, { kinds: ["CLOCK_SKEW"] });
  }

  it("is told once for each scanner and day, at the first scan of that day", async () => {
    const { venue, client } = await openDoors(world, { venue: { gates: ["A", "B"] } });
    const other = await venue.device("B");
    const noon = (Date.now() % 86_400_000) / 60_000 + DAY_MINUTES / 2;
    await uploadAhead(venue, client, 10, noon, noon - 5, noon + DAY_MINUTES);
    const found = await uploadAhead(venue, other.client, -10, noon - 7);
    const expected = [noon - 7, noon, noon + DAY_MINUTES].map((ago) => `CLOCK_SKEW ${ago}`);
    expect(named(found)).toEqual(expected);
    expect(found.map(({ gate }) => gate?.name)).toEqual(["B", "A", "A"]);
    expect(found[1]?.message).toMatch(/^The clock of a scanner was (9|10) minutes fast\.$/);
    expect(found[0]?.message).toMatch(/^The clock of a scanner was (9|10) minutes slow\.$/);
    expect(named(await uploadAhead(venue, client, 10, noon + 5))).toContain(`CLOCK_SKEW ${noon + 5}`);
    expect(named(await readAnomalies(venue, { kinds: ["CLOCK_SKEW"] }))).not.toContain(`CLOCK_SKEW ${noon}`);
  });

  it("is none within two minutes", async () => {
    const { venue, client } = await openDoors(world);
    expect(await uploadAhead(venue, client, 1.9, 30)).toEqual([]);
  });

  it("is as wrong as is configured, and only then corrected", async () => {
    await using lenient = await startGatehouse({ clockSkewSeconds: 3_600 });
    const { venue, client } = await openDoors(new World(lenient.url));
    const [asReported] = await uploadScans(client, [{ code: "T1", scannedAt: minutes(58) }], { sentAt: minutes(59) });
    expect(Date.parse(asReported?.scan?.scannedAt ?? "") - Date.now()).toBeGreaterThan(57 * 60_000);
    expect(await uploadAhead(venue, client, -59, 30)).toEqual([]);
    expect(named(await uploadAhead(venue, client, -61, 31))).toEqual(["CLOCK_SKEW 31"]);
  });
});
