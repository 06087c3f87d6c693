import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { allSent, MailServer } from "./setup/smtp.js";
import { expectCountsRight } from "./setup/verify.js";
import { type Event, mutate, recordScan, uploadScans, type Venue, World } from "./setup/world.js";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let gatehouse: TestGatehouse;
let mails: MailServer;
let world: World;
beforeAll(async () => {
  mails = await MailServer.start();
  gatehouse = await startGatehouse({ smtpUrl: mails.url });
  world = new World(gatehouse.url);
});
afterAll(async () => {
  await expectCountsRight(gatehouse).finally(() => gatehouse.close());
  await mails.close();
});

const COUNTS = "arrivals peakInside peakAt noShows refusals { reason count } anomalies { kind count }";
interface Report {
  readonly date: string;
  readonly from: string;
  readonly to: string;
  readonly arrivals: number;
  readonly events: readonly { readonly event: { readonly id: string } }[];
}
async function report({ owner, id }: Venue, date: string): Promise<Report> {
  const query = `query ($id: ID!, $date: String!) { venue(id: $id) {
    dailyReport(date: $date) { date from to ${COUNTS} events { event { id } ${COUNTS} } } } }`;
  return (await owner.client.ok<{ venue: { dailyReport: Report } }>(query, { id, date })).venue.dailyReport;
}

/** Yesterday, in UTC; in the first hour of a day that before, since some things happen half an hour into the day that follows. */
const midnight = Math.floor((Date.now() - DAY - HOUR) / DAY) * DAY;
const yesterday = new Date(midnight).toISOString().slice(0, 10);
const at = (hours: number): string => new Date(midnight + hours * HOUR).toISOString();

/** Yesterday from ten to six. Of five tickets one never came; two stayed over night; somebody was turned away twice. */
async function busyDay(zone = "UTC"): Promise<{ venue: Venue; event: Event }> {
  const venue = await world.venue({ name: "The Hall", timeZone: zone });
  const show = { title: "Fair", startsAt: at(10), endsAt: at(18), doorsOpenAt: at(9), autoExitAt: at(60) };
  const event = await venue.event(show);
  await event.tickets(["T1", "T2", "T3", "T4", "T5"]);
  const { client } = await venue.device();
  const scan = (code: string, hours: number, more = {}) => ({ code, scannedAt: at(hours), ...more });
  await uploadScans(client, [
    scan("T1", 10),
    scan("T2", 11),
    scan("T1", 12, { direction: "EXIT" }),
    scan("T3", 13),
    scan("T4", 14),
    scan("T4", 15),
    scan("T4", 16, { direction: "EXIT" }),
    scan("unknown", 16, { admitted: false }),
    scan("T2", 16.5, { admitted: false }),
    scan("T5", 24.5),
  ]);
  return { venue, event };
}

describe("a venue's daily report", () => {
  it("tells arrivals, the peak, who never came, refusals by reason and anomalies, of the venue and each event", async () => {
    const { venue, event } = await busyDay();
    const counts = {
      arrivals: 4,
      peakInside: 3,
      peakAt: at(14),
      noShows: 0,
      anomalies: [{ kind: "DUPLICATE_ENTRY", count: 1 }],
    };
    const found = await report(venue, yesterday);
    expect(found).toEqual({
      date: yesterday,
      from: at(0),
      to: at(24),
      ...counts,
      refusals: [
        { reason: "ALREADY_INSIDE", count: 1 },
        { reason: "UNKNOWN_TICKET", count: 1 },
      ],
      events: [{ event: { id: event.id }, ...counts, refusals: [{ reason: "ALREADY_INSIDE", count: 1 }] }],
    });
  });

  it("begins with who was there at midnight, and counts who never came on the day the event ended", async () => {
    const { venue, event } = await busyDay();
    await event.tickets(["T6"]);
    const next = new Date(midnight + DAY).toISOString().slice(0, 10);
    expect(await report(venue, next)).toMatchObject({ arrivals: 1, peakInside: 3, peakAt: at(24.5), noShows: 0 });
    expect(await report(venue, yesterday)).toMatchObject({ noShows: 1, events: [{ noShows: 1 }] });
  });

  it("is of a day by the venue's own clock", async () => {
    const { venue } = await busyDay("America/New_York");
    const { from, to } = await report(venue, yesterday);
    const clock = new Intl.DateTimeFormat("sv-SE", {
      timeZone: "America/New_York",
      dateStyle: "short",
      timeStyle: "short",
    });
    expect(clock.format(new Date(from))).toBe(`${yesterday} 00:00`);
    expect(clock.format(new Date(new Date(to).getTime() - 60_000))).toBe(`${yesterday} 23:59`);
  });

  it("is empty of a day on which nothing was", async () => {
    const { venue } = await busyDay();
    const empty = { arrivals: 0, peakInside: 0, peakAt: null, noShows: 0, refusals: [], anomalies: [] };
    expect(await report(venue, "2020-02-29")).toMatchObject({ ...empty, events: [] });
  });

  it.each(["", "2026-02-30", "2026-1-1", "yesterday", "2026-01-01T00:00:00Z", "9999-01-01"])(
    "of %j is bad input",
    async (date) => {
      const venue = await world.venue();
      const query = "query ($id: ID!, $date: String!) { venue(id: $id) { dailyReport(date: $date) { date } } }";
      expect(await venue.owner.client.codes(query, { id: venue.id, date })).toEqual(["BAD_USER_INPUT"]);
    },
  );

  it("is for the owner and staff alone", async () => {
    const venue = await world.venue({ publicOccupancy: true });
    const query =
      "query ($id: ID!, $date: String!) { venue(id: $id) { dailyReport(date: $date) { date } dailyReportMail } }";
    const ask = async ({ client }: { client: typeof venue.owner.client }) =>
      (await client.ok<{ venue: unknown }>(query, { id: venue.id, date: yesterday })).venue;
    const none = { dailyReport: null, dailyReportMail: null };
    expect(await ask(venue.owner)).toEqual({ dailyReport: { date: yesterday }, dailyReportMail: false });
    expect(await ask(await venue.staff())).toEqual({ dailyReport: { date: yesterday }, dailyReportMail: null });
    expect(await ask(await world.person())).toEqual(none);
    expect(await ask({ client: world.anonymous })).toEqual(none);
    expect(await ask(await venue.device())).toEqual(none);
  });
});

describe("the report by mail", () => {
  /** What the clock would do every hour. */
  async function anHourPasses(): Promise<void> {
    await gatehouse.sql("select graphile_worker.add_job('order-daily-reports')");
    const left = "select 1 from graphile_worker.jobs where task_identifier = 'order-daily-reports'";
    await expect.poll(() => gatehouse.sql(left), { timeout: 10_000, interval: 30 }).toEqual([]);
    await allSent(gatehouse);
  }
  const turn = ({ owner, id }: Venue, dailyReportMail: boolean) =>
    mutate(owner.client, "updateVenue", "UpdateVenueInput", "venue { dailyReportMail }", {
      venueId: id,
      dailyReportMail,
    });
  const reportsTo = ({ owner }: Venue) =>
    mails.inbox(owner.email).filter(({ subject }) => / on \d{4}-/.test(subject ?? ""));
  /** A zone in which it is between 12:00 and 13:00: yesterday's report is due everywhere there. */
  const noon = `Etc/GMT${new Date().getUTCHours() >= 12 ? "+" : "-"}${Math.abs(new Date().getUTCHours() - 12)}`;

  it("goes to the owner who wants it, once a day, however often it is looked for", async () => {
    const [wants, wantsNot] = [await busyDay(noon), await busyDay(noon)];
    expect(await turn(wants.venue, true)).toMatchObject({ venue: { dailyReportMail: true }, userErrors: [] });
    await anHourPasses();
    await anHourPasses();
    expect(reportsTo(wantsNot.venue)).toEqual([]);
    const [mail, ...more] = reportsTo(wants.venue);
    expect(more).toEqual([]);
    const told = await report(wants.venue, /\d{4}-\d\d-\d\d/.exec(mail?.subject ?? "")?.[0] ?? "");
    expect(mail?.subject).toBe(`The Hall on ${told.date}`);
    for (const body of [mail?.text, mail?.html]) {
      expect(body).toContain("Fair");
      expect(body).toMatch(new RegExp(`Arrivals(: |</th>.*>)${told.arrivals}\\b`));
    }
  });

  it("is sent of no day on which nothing was, and no more when it is turned off", async () => {
    const quiet = await world.venue({ timeZone: noon });
    const off = await busyDay(noon);
    await turn(quiet, true);
    await turn(off.venue, true);
    await turn(off.venue, false);
    await anHourPasses();
    expect([...reportsTo(quiet), ...reportsTo(off.venue)]).toEqual([]);
  });
});

it("counts what is scanned today", async () => {
  const venue = await world.venue();
  const event = await venue.event();
  await event.tickets(["T1"]);
  const { client } = await venue.device();
  await recordScan(client, { code: "T1" });
  expect(await report(venue, new Date().toISOString().slice(0, 10))).toMatchObject({
    arrivals: 1,
    events: [{ event: { id: event.id } }],
  });
});
