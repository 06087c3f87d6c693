import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fromNow } from "./setup/doors.js";
import { attendanceAt } from "./setup/past.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { made, type Person, uploadScans, World } from "./setup/world.js";

let gatehouse: TestGatehouse;
let world: World;
let owner: Person;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  world = new World(gatehouse.url);
  owner = await world.person("Owner");
});
afterAll(() => expectCountsRight(gatehouse).finally(() => gatehouse.close()));

/** From six hours ago to three; everybody out an hour ago. */
const LAST_NIGHT = { startsAt: fromNow(-6), endsAt: fromNow(-3), doorsOpenAt: fromNow(-8), autoExitAt: fromNow(-1) };

async function evening(codes: readonly string[]) {
  const venue = await world.venue({}, owner);
  const event = await venue.event(LAST_NIGHT);
  const tickets = await event.tickets(codes);
  const { client } = await venue.device();
  return { event, tickets, client, attendance: () => attendanceAt(owner.client, event.id) };
}

const NOBODY = { attended: 0, inside: 0, peakInside: 0, peakAt: null, refusals: 0, averageStayMinutes: null };

describe("an event's attendance", () => {
  it("is of nobody before anybody came, and of none where there are no tickets", async () => {
    const { attendance } = await evening(["T1", "T2"]);
    const shares = { registered: 2, attended: 0 };
    expect(await attendance()).toEqual({ ...NOBODY, ...shares, noShows: 2, byTicketType: { Standard: shares } });
    const empty = await (await world.venue({}, owner)).event({}, []);
    const none = { ...NOBODY, registered: 0, noShows: 0, byTicketType: {} };
    expect(await attendanceAt(owner.client, empty.id)).toEqual(none);
  });

  it("leaves stays out that the system ended, and those that nobody ended", async () => {
    const { client, attendance } = await evening(["T1", "T2", "T3"]);
    const entered = fromNow(-5);
    const halfAnHourLater = new Date(Date.parse(entered) + 30 * 60_000).toISOString();
    await uploadScans(client, [
      { code: "T1", scannedAt: entered },
      { code: "T2", scannedAt: entered },
      { code: "T2", direction: "EXIT", scannedAt: halfAnHourLater },
    ]);
    await expect.poll(attendance, { timeout: 10_000 }).toMatchObject({ inside: 0, averageStayMinutes: 30 });
    await uploadScans(client, [{ code: "T3", scannedAt: fromNow(-0.5) }]);
    expect(await attendance()).toMatchObject({ inside: 1, peakInside: 2, averageStayMinutes: 30 });
  });

  it("has its peak where an instant ends: who comes as another goes makes none", async () => {
    const { client, attendance } = await evening(["T1", "T2", "T3"]);
    const [first, second] = [fromNow(-5), fromNow(-4)];
    await uploadScans(client, [
      { code: "T1", key: "a", scannedAt: first },
      { code: "T2", key: "a comes", scannedAt: second },
      { code: "T1", key: "b goes", direction: "EXIT", scannedAt: second },
    ]);
    expect(await attendance()).toMatchObject({ peakInside: 1, peakAt: first });
  });

  it("counts a cancelled ticket that came among the attended, and no more among the registered", async () => {
    const { client, tickets, attendance } = await evening(["T1", "T2", "T3"]);
    await uploadScans(client, [
      { code: "T1", scannedAt: fromNow(-5) },
      { code: "T2", admitted: false },
    ]);
    await made(owner.client, "cancelTicket", "TicketIdInput", "ticket { id }", { ticketId: tickets[0] });
    expect(await attendance()).toMatchObject({ registered: 2, attended: 1, noShows: 2, refusals: 1 });
  });
});
