import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fromNow, openDoors } from "./setup/doors.js";
import {
  type BadLine,
  type Counts,
  type Result,
  readImport,
  refusal,
  Sending,
  scansOf,
  send,
} from "./setup/imports.js";
import { eventWith } from "./setup/sales.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { made, recordScan, type Venue, World } from "./setup/world.js";

const HEADER = "ticket_id,gate,timestamp,scan_type\n";
const at = fromNow(-0.5);
const scans = (count: number, from = 0): string =>
  Array.from({ length: count }, (_, index) => `X${from + index},A,${at},entry\n`).join("");

let gatehouse: TestGatehouse;
let world: World;
beforeAll(async () => {
  gatehouse = await startGatehouse({ jobs: false });
  world = new World(gatehouse.url);
});
afterAll(() => gatehouse.close());

const sending = (venue: Venue, client = venue.owner.client): Sending => new Sending(client, scansOf(venue.id));

/** What can be read of the import once this holds of it. */
async function eventually(venue: Venue, id: string, holds: (found: Result) => boolean): Promise<Result> {
  for (;;) {
    const found = await readImport(venue.owner.client, id);
    if (holds(found)) return found;
    await delay(50);
  }
}

describe("while a file is sent", () => {
  it("its lines are taken as they come, and told to whoever asks", async () => {
    const venue = await world.venue();
    const staff = await venue.staff();
    await using file = sending(venue);
    await file.write(`${HEADER}${scans(3)}bad line\n${scans(1, 3).slice(0, 10)}`);
    const { import: id } = await file.until<{ import: string }>("import");
    expect(await file.until<BadLine>("column")).toMatchObject({ line: 5 });
    expect(await file.until<Counts>("taken")).toMatchObject({ lines: 4, taken: 3, bad: 1 });
    expect(await readImport(staff.client, id)).toMatchObject({ status: "RUNNING", lines: 4, firstBad: [{ line: 5 }] });
    await file.write(scans(1, 3).slice(10));
    await file.write(scans(1, 4));
    file.end();
    expect(await file.until<Result>("status")).toMatchObject({ status: "DONE", lines: 6, taken: 5 });
    expect(await readImport(staff.client, id)).toMatchObject({ status: "DONE", lines: 6, reason: null });
    await expectCountsRight(gatehouse);
  });

  it("a cut connection loses nothing that was taken, and the same file takes the rest", async () => {
    const venue = await world.venue();
    await using file = sending(venue);
    await file.write(`${HEADER}${scans(700)}X700,A,20`);
    const { import: id } = await file.until<{ import: string }>("import");
    await file.until("taken");
    file.cut();
    const found = await eventually(venue, id, ({ status }) => status !== "RUNNING");
    expect(found).toMatchObject({ status: "STOPPED", lines: 700, taken: 700, bad: 0 });
    expect(found.reason).toContain("The connection was lost.");
    const { result } = await send(venue.owner.client, scansOf(venue.id), HEADER + scans(1_000));
    expect(result).toMatchObject({ status: "DONE", lines: 1_000, taken: 300, repeated: 700 });
    await expectCountsRight(gatehouse);
  });

  it("the end of the session is the end of the import", async () => {
    const venue = await world.venue();
    await using file = sending(venue);
    await file.write(HEADER + scans(2));
    await file.until("taken");
    await venue.owner.client.ok("mutation { logout { ok } }");
    await file.write(scans(2, 2));
    expect(await file.until<Result>("status")).toMatchObject({ status: "STOPPED", lines: 2, taken: 2 });
  });

  it("a cancelled event is the end of an import of its tickets", async () => {
    const venue = await world.venue();
    const event = await eventWith(venue, 10);
    await using file = new Sending(venue.owner.client, `/import/events/${event.id}/tickets`);
    await file.write("code,ticket_type\nT1,Standard\n");
    await file.until("taken");
    await made(venue.owner.client, "cancelEvent", "EventIdInput", "event { id }", { eventId: event.id });
    await file.write("T2,Standard\n");
    const result = await file.until<Result>("status");
    expect(result).toMatchObject({ status: "STOPPED", taken: 1 });
    expect(result.reason).toContain("cancelled");
  });

  it("a third one at once is asked to come again", async () => {
    const venue = await world.venue();
    await using first = sending(venue);
    await using second = sending(venue);
    for (const file of [first, second]) await file.write(HEADER);
    for (const file of [first, second]) await file.until("import");
    expect(await refusal(venue.owner.client, scansOf(venue.id), HEADER)).toMatchObject({
      status: 503,
      code: "OVERLOADED",
      retryAfter: "10",
    });
    first.end();
    await first.until("status");
    expect((await send(venue.owner.client, scansOf(venue.id), HEADER)).result.status).toBe("DONE");
  });

  it("the gate answers its own scans quickly", async () => {
    const { venue, client } = await openDoors(world);
    const began = performance.now();
    const importing = send(venue.owner.client, scansOf(venue.id), HEADER + scans(6_000));
    let isDone = false;
    importing.finally(() => {
      isDone = true;
    });
    const waits: number[] = [];
    while (!isDone) {
      const asked = performance.now();
      await recordScan(client, { code: "nobody's" });
      waits.push(performance.now() - asked);
    }
    const took = performance.now() - began;
    expect((await importing).result).toMatchObject({ taken: 6_000 });
    const [median = took] = waits.toSorted((a, b) => a - b).slice(Math.floor(waits.length / 2));
    // 12 batches: a scan waits for the one under way, and is in the next.
    expect(waits.length).toBeGreaterThan(5);
    expect(median).toBeLessThan(took / 5);
    await expectCountsRight(gatehouse);
  }, 60_000);
});

describe("a long file that is refused", () => {
  const long = scans(400_000);

  it.each([
    ["its header", `code,gate\n${long}`, 400],
    ["the sender", HEADER + long, 403],
  ])("is answered all the same, for %s", async (_, file, status) => {
    const venue = await world.venue();
    const sender = status === 403 ? await world.person() : venue.owner;
    expect(await refusal(sender.client, scansOf(venue.id), file)).toMatchObject({ status });
  });
});

describe("a server that closes", () => {
  it("finishes what is under way, says why it stops, and takes the rest when it is back", async () => {
    await using closing = await startGatehouse({ jobs: false, databaseUrl: gatehouse.databaseUrl });
    const venue = await world.venue();
    await using file = sending(venue, venue.owner.client.as(venue.owner.client.token));
    await using other = new Sending(new World(closing.url).anonymous.as(venue.owner.client.token), scansOf(venue.id));
    await file.write(HEADER);
    await other.write(HEADER + scans(400));
    await other.until("taken");
    await other.write(scans(400, 400));
    const closed = closing.close();
    const result = await other.until<Result>("status");
    await closed;
    expect(result.status).toBe("STOPPED");
    expect(result.reason).toContain("The server is closing.");
    await file.write(scans(1_000));
    file.end();
    expect(await file.until<Result>("status")).toMatchObject({ repeated: result.taken, taken: 1_000 - result.taken });
    await expectCountsRight(gatehouse);
  });

  it("is told of an import whose server went without closing", async () => {
    const venue = await world.venue();
    const { begin } = await send(venue.owner.client, scansOf(venue.id), HEADER);
    await gatehouse.sql(
      "update imports set status = 'RUNNING', updated_at = now() - interval '2 minutes' where id = (select max(id::text)::uuid from imports)",
    );
    expect(await readImport(venue.owner.client, begin.import)).toMatchObject({
      status: "FAILED",
      reason: expect.stringContaining("went away"),
    });
  });
});
