import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectAccessible, loseAnswer, visit } from "./setup/browser.js";
import { startChromium } from "./setup/chromium.js";
import { enter } from "./setup/doors.js";
import { readQrCode } from "./setup/qr-code.js";
import { startRedisProxy } from "./setup/redis-proxy.js";
import { eventWith, held, stockOf } from "./setup/sales.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { made, type Venue, World } from "./setup/world.js";

let gatehouse: TestGatehouse;
let world: World;
let browser: Browser;
beforeAll(async () => {
  [gatehouse, browser] = await Promise.all([startGatehouse(), startChromium()]);
  world = new World(gatehouse.url);
});
afterAll(async () => {
  await browser.close();
  await gatehouse.close();
});

const PHONE = { width: 390, height: 844 };

function pageOf({ id, owner }: Venue, section: string, url = gatehouse.url): string {
  const place = new URLSearchParams({ token: owner.client.token ?? "", venue: id, section });
  return `${url}/owner#${place}`;
}

const panel = (page: Page, name: string) => page.getByRole("region", { name });
const form = (page: Page, name: string) => page.getByRole("form", { name });
const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
const problemAt = (at: Locator, label: string) =>
  at
    .locator(".field", { has: at.page().getByLabel(label, { exact: true }) })
    .locator(".problem")
    .textContent();
const says = (page: Page, words: string | RegExp) => page.getByText(words).first().waitFor();
const sold = async (page: Page, words: string) =>
  expect.poll(() => page.getByTestId("sales").textContent()).toBe(words);

/** Asks for places of the only event's types. */
async function reserve(page: Page, places: Readonly<Record<string, number>>): Promise<void> {
  for (const [type, count] of Object.entries(places)) {
    await form(page, "Order").getByLabel(type).fill(String(count));
  }
  await press(page, "Reserve");
}

async function payWith(page: Page, token: "test" | "decline"): Promise<void> {
  await form(page, "Payment").getByLabel("Payment").selectOption(token);
  await page.getByRole("button", { name: /^Pay / }).click();
}

const reservationsOf = ({ owner }: Venue) =>
  gatehouse.sql<{ status: string }>(
    "select r.status from reservations r join users u on u.id = r.user_id where u.email = $1 order by r.created_at",
    [owner.email],
  );

describe("the owner's events", () => {
  it("are made, given ticket types, published, changed and cancelled, by the clock of the venue", async () => {
    const venue = await world.venue({ timeZone: "America/New_York" });
    await using visitor = await visit(browser, pageOf(venue, "events"));
    const { page } = visitor;
    const event = form(page, "New event");
    await event.getByLabel("Title").fill("Winter ball");
    await event.getByLabel("Start").fill("2040-01-15T20:00");
    await event.getByLabel("End").fill("2040-01-15T19:00");
    await press(page, "Make the event");
    await expect.poll(() => problemAt(event, "End")).toContain("must be after");
    await event.getByLabel("End").fill("2040-01-16T01:00");
    await press(page, "Make the event");
    await expect.poll(() => panel(page, "Winter ball").textContent()).toMatch(/Draft.*15 Jan 2040, 20:00.*18:00/);

    const type = form(page, "New ticket type");
    await type.getByLabel("Name").fill("Box");
    await type.getByLabel("Places").fill("4");
    await type.getByLabel("Price").fill("19,90");
    await type.getByLabel("Currency").fill("EUX");
    await type.getByLabel("Admits when it is full").check();
    await press(page, "Add the ticket type");
    await expect.poll(() => problemAt(type, "Currency")).toContain("ISO 4217");
    await type.getByLabel("Currency").fill("EUR");
    await press(page, "Add the ticket type");
    await sold(page, "0 of 4 sold, 0 held, 4 left");
    await expect.poll(() => page.getByRole("row", { name: /Box/ }).first().textContent()).toMatch(/€19.90400.*admits/);

    await press(page, "Publish");
    await says(page, "Published");
    await press(page, "Change Box");
    await page.getByRole("dialog").getByLabel("Places").fill("6");
    await press(page, "Save");
    await sold(page, "0 of 6 sold, 0 held, 6 left");
    await press(page, "Change");
    await page.getByRole("dialog").getByLabel("Start").fill("2040-01-15T21:30");
    await press(page, "Save");
    // The doors, which stood at their default, go with the start.
    await expect.poll(() => panel(page, "Winter ball").textContent()).toMatch(/Start15 Jan 2040, 21:30.*19:30/);
    const { venue: now } = await venue.owner.client.ok<{ venue: { events: { nodes: object[] } } }>(
      "query ($id: ID!) { venue(id: $id) { events { nodes { startsAt doorsOpenAt status } } } }",
      { id: venue.id },
    );
    expect(now.events.nodes).toEqual([
      { startsAt: "2040-01-16T02:30:00.000Z", doorsOpenAt: "2040-01-16T00:30:00.000Z", status: "PUBLISHED" },
    ]);

    await press(page, "Cancel the event");
    await page.getByRole("dialog").getByRole("button", { name: "Cancel the event" }).click();
    await expect.poll(() => panel(page, "Winter ball").textContent()).toContain("Cancelled");
    await page.getByRole("link", { name: "All events" }).click();
    await says(page, "None yet.");
    await press(page, "Cancelled ones");
    await says(page, "Winter ball");
    expect(visitor.complaints).toEqual([]);
  });

  it("show what is sold and who has come as it happens, through a lost network, and issue and cancel tickets", async () => {
    const venue = await world.venue();
    const event = await eventWith(venue, 6);
    const { client } = await venue.device();
    await using proxy = await startRedisProxy(gatehouse.url);
    const url = proxy.url.replace("redis:", "http:");
    await using visitor = await visit(browser, pageOf(venue, "events", url));
    const { page } = visitor;
    const line = page.getByRole("row", { name: /Show/ });
    await expect.poll(() => line.textContent()).toContain("0 of 6");
    const [early] = await event.tickets(["Early"]);
    await expect.poll(() => line.textContent()).toContain("1 of 6");
    await page.getByRole("link", { name: "Show" }).click();
    await sold(page, "1 of 6 sold, 0 held, 5 left");
    expect(await page.locator(":focus").textContent()).toBe("Show");
    await held((await world.person()).client, event, { Standard: 2 });
    await made(venue.owner.client, "cancelTicket", "TicketIdInput", "ticket { id }", { ticketId: early });
    await sold(page, "0 of 6 sold, 2 held, 4 left");
    const issue = form(page, "Issue a ticket without a sale");
    await issue.getByLabel("Holder's name").fill("Ada");
    await issue.getByLabel("Code").fill("Guest");
    await press(page, "Issue the ticket");
    await sold(page, "1 of 6 sold, 2 held, 3 left");
    const guest = panel(page, "Tickets").getByRole("row", { name: /Guest/ });
    await expect.poll(() => guest.textContent()).toMatch(/GuestStandardAdaPaid/);
    await issue.getByLabel("Code").fill("Guest");
    await press(page, "Issue the ticket");
    await expect.poll(() => problemAt(issue, "Code")).toContain("taken within the event");
    expect(await enter(client, "Guest")).toBe("ACCEPTED");
    expect(await enter(client, "Guest")).toBe("ALREADY_INSIDE");
    await expect
      .poll(() => panel(page, "Attendance").locator("dl").textContent(), { timeout: 5_000 })
      .toMatch(/Tickets1Came1Not come0Inside now1Most inside1,.*Refused1/);
    await expect.poll(() => guest.textContent()).toContain("Paid, inside");
    await press(page, "Cancel Guest");
    await press(page, "Cancel the ticket");
    await sold(page, "0 of 6 sold, 2 held, 4 left");
    await says(page, "None.");
    proxy.cut();
    await says(page, /^Connection lost/);
    await event.tickets(["Late"]);
    proxy.mend();
    await sold(page, "1 of 6 sold, 2 held, 3 left");
    await expect.poll(() => page.getByText(/^Connection lost/).count()).toBe(0);
    expect(visitor.complaints).toEqual([]);
  });
});

describe("who tries out to buy", () => {
  it("holds two places, pays, and has QR codes on a phone's screen that admit", async () => {
    const venue = await world.venue();
    const event = await eventWith(venue, 5, 1_250);
    const { client } = await venue.device();
    await using visitor = await visit(browser, pageOf(venue, "buy"), { viewport: PHONE });
    const { page } = visitor;
    // A phone whose clock is an hour ahead counts down as the server's does.
    await page.addInitScript("const now = Date.now; Date.now = () => now() + 3_600_000");
    await page.reload();
    await reserve(page, { Standard: 2 });
    await expect.poll(() => page.getByRole("timer").textContent()).toMatch(/^(2:00|1:5\d)$/);
    expect(await stockOf(event)).toMatchObject({ sold: 0, reserved: 2 });
    await payWith(page, "decline");
    await says(page, "The payment was declined.");
    await payWith(page, "test");
    const tickets = page.getByRole("list", { name: "Tickets" }).getByRole("listitem");
    await expect.poll(() => tickets.count()).toBe(2);
    const codes = await tickets.locator("code").allTextContents();
    const pictures = tickets.getByRole("img");
    const read = await Promise.all([0, 1].map(async (index) => readQrCode(await pictures.nth(index).screenshot())));
    expect(read).toEqual(codes);
    expect((await pictures.first().boundingBox())?.width).toBeGreaterThan(250);
    expect(await enter(client, read[1] ?? "")).toBe("ACCEPTED");
    expect(await stockOf(event)).toMatchObject({ sold: 2, reserved: 0 });
    await page.reload();
    await expect.poll(() => tickets.locator("code").allTextContents()).toEqual(codes);
    expect(visitor.complaints).toEqual([]);
  });

  it("is told at the type that there are not as many places left, and how many are", async () => {
    const venue = await world.venue();
    const event = await venue.event({}, [
      { name: "Stalls", quantity: 3 },
      { name: "Circle", quantity: 1 },
    ]);
    await using visitor = await visit(browser, pageOf(venue, "buy"));
    const { page } = visitor;
    await reserve(page, { Circle: 2 });
    const circle = page.locator(".field", { hasText: "Circle" });
    await expect.poll(() => circle.textContent()).toContain("There are not as many places left.");
    await held((await world.person()).client, event, { Circle: 1 });
    await expect.poll(() => circle.textContent()).toContain("Sold out");
    expect(await reservationsOf(venue)).toEqual([]);
    await reserve(page, { Circle: 0, Stalls: 1 });
    await page.getByRole("timer").waitFor();
    await press(page, "Give the places back");
    await says(page, "Its places are free for others.");
    expect(await stockOf(event, "Stalls")).toMatchObject({ reserved: 0, available: 3 });
  });

  it("is told when the hold runs out, and that somebody was faster", async () => {
    await using brief = await startGatehouse({ databaseUrl: gatehouse.databaseUrl, holdSeconds: 1 });
    const venue = await world.venue();
    const event = await eventWith(venue, 2);
    await using visitor = await visit(browser, pageOf(venue, "buy", brief.url));
    const { page } = visitor;
    await reserve(page, { Standard: 2 });
    await says(page, /^The hold has run out, and its places are free/);
    expect(await page.getByRole("timer").textContent()).toBe("0:00");
    await held((await world.person()).client, event);
    await payWith(page, "test");
    await says(page, "The hold ran out, and its places are gone.");
    expect(await stockOf(event)).toMatchObject({ sold: 0, reserved: 1 });
  });

  it("buys once, whatever is pressed twice and whichever answer is lost", async () => {
    const venue = await world.venue();
    const event = await eventWith(venue, 9);
    await using visitor = await visit(browser, pageOf(venue, "buy"));
    const { page } = visitor;
    await loseAnswer(page, "ReserveTickets");
    await reserve(page, { Standard: 3 });
    await says(page, "The server does not answer.");
    await page.reload();
    await says(page, /^This was asked for, and no answer came/);
    await page.getByRole("button", { name: "Reserve" }).dblclick();
    await page.getByRole("timer").waitFor();
    expect(await stockOf(event)).toMatchObject({ sold: 0, reserved: 3 });
    await page.reload();
    await loseAnswer(page, "PayReservation");
    await payWith(page, "test");
    // What it could not hear as an answer it sees in the news.
    await expect.poll(() => page.getByRole("listitem").count()).toBe(3);
    expect(await stockOf(event)).toMatchObject({ sold: 3, reserved: 0 });
    expect(await reservationsOf(venue)).toEqual([{ status: "PAID" }]);
    await press(page, "Order something else");
    await form(page, "Order").waitFor();
  });
});

it("has nothing that axe finds serious, in the light and in the dark", async () => {
  const venue = await world.venue();
  const event = await eventWith(venue, 5);
  await event.tickets(["Guest"]);
  await using visitor = await visit(browser, pageOf(venue, "events"), { viewport: PHONE });
  const { page } = visitor;
  const expectFine = async (...schemes: ("light" | "dark")[]) => {
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme });
      await expectAccessible(page);
    }
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  };
  await says(page, "Published");
  await expectFine("light");
  await page.getByRole("link", { name: "Show" }).click();
  await says(page, "Guest");
  await says(page, "Average stay");
  await expectFine("light", "dark");
  await press(page, "Cancel Guest");
  await expectFine("dark");
  await page.keyboard.press("Escape");
  await page.goto(pageOf(venue, "buy"));
  await reserve(page, { Standard: 6 });
  await says(page, "There are not as many places left.");
  await expectFine("dark", "light");
  await reserve(page, { Standard: 1 });
  await page.getByRole("timer").waitFor();
  await expectFine("light");
  await payWith(page, "test");
  await page.getByRole("listitem").first().waitFor();
  await expectFine("dark");
  expect(visitor.complaints).toEqual([]);
});
