import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectAccessible, type Visitor, visit } from "./setup/browser.js";
import { startChromium } from "./setup/chromium.js";
import { codes } from "./setup/race.js";
import { startRedisProxy } from "./setup/redis-proxy.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { made, type Person, recordScan, uploadScans, type Venue, World } from "./setup/world.js";

const REFRESHED_MILLISECONDS = 1_500;

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

/** A venue with two gates and a scanner at the first, and tickets that begin with T. */
async function open({ tickets = codes(12), capacity = 10 } = {}) {
  const venue = await world.venue({ name: `Hall ${Math.random()}`, capacity, gates: ["North", "South"] });
  const event = await venue.event();
  await event.tickets(tickets);
  return { venue, tickets, scanner: (await venue.device("North")).client };
}

const tokenOf = ({ client }: Person) => client.token ?? "";
const boardOf = ({ id, owner }: Venue, url = gatehouse.url) => `${url}/board#token=${tokenOf(owner)}&venue=${id}`;
const inside = (page: Page) => page.getByTestId("inside");
const connection = (page: Page) => page.locator(".connection");
const shows = async (page: Page, count: string) =>
  expect.poll(() => inside(page).textContent(), { timeout: 8_000 }).toBe(count);
const says = async (page: Page, words: RegExp) =>
  expect.poll(() => connection(page).textContent(), { timeout: 8_000 }).toMatch(words);
const lines = (page: Page) => page.locator(".scans li");

describe("the board", () => {
  it("is opened with a password, refused with a wrong one, shows the venue that is chosen, and stays signed in", async () => {
    const { venue, tickets, scanner } = await open();
    await recordScan(scanner, { code: tickets[0] });
    await using visitor = await visit(browser, `${gatehouse.url}/board`);
    const { page } = visitor;
    await page.getByLabel("Email").fill(venue.owner.email);
    await page.getByLabel("Password").fill("not the password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect.poll(() => page.getByRole("alert").textContent()).not.toBe("");
    await page.getByLabel("Password").fill(venue.owner.password);
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: /Hall/ }).first().click();
    await shows(page, "1");
    await page.reload();
    await shows(page, "1");
    expect(visitor.complaints).toEqual([]);
  });

  it("takes the token of a link out of the address, and follows the scans: counts, gates, the last scans, refusals, alerts and anomalies", async () => {
    const { venue, tickets, scanner } = await open({ capacity: 5 });
    await using visitor = await visit(browser, boardOf(venue));
    const { page } = visitor;
    await says(page, /^Live$/);
    expect(page.url()).toBe(`${gatehouse.url}/board#venue=${venue.id}`);
    let entered = 0;
    const bar = page.locator(".inside");
    for (const [count, level] of [
      [3, /calm/],
      [4, /filling/],
      [5, /full/],
    ] as const) {
      while (entered < count) await recordScan(scanner, { code: tickets[entered++] });
      await expect.poll(() => bar.getAttribute("class")).toMatch(level);
    }
    await recordScan(scanner, { code: tickets[5] });
    await shows(page, "5");
    await expect.poll(() => lines(page).count()).toBe(6);
    await expect.poll(() => lines(page).first().textContent()).toMatch(/Refused: venue full.*North, Standard/);
    await expect.poll(() => page.getByRole("row", { name: /North/ }).textContent()).toBe("North5015");
    expect(await page.locator(".level").textContent()).toBe("Full");
    expect(await page.locator(".figures").textContent()).toContain("Theoretical6");
    await expect.poll(() => page.locator("li.alert").allTextContents()).toHaveLength(3);
    await recordScan(scanner, { code: tickets[7], direction: "EXIT" });
    await page.locator("li.anomaly", { hasText: "Exit without entry" }).getByRole("button").click();
    await expect.poll(() => page.getByRole("dialog").textContent()).toMatch(/Show, Standard.*not inside.*Out/);
    expect(visitor.complaints).toEqual([]);
  });

  it("tells a ticket's story, by the keyboard too", async () => {
    const { venue, tickets, scanner } = await open();
    for (const direction of ["ENTRY", "EXIT"]) await recordScan(scanner, { code: tickets[0], direction });
    await using visitor = await visit(browser, boardOf(venue));
    const { page } = visitor;
    await lines(page).first().getByRole("button").focus();
    await page.keyboard.press("Enter");
    const story = page.getByRole("dialog", { name: "The ticket's story" });
    await expect.poll(() => story.locator("li").count()).toBe(2);
    expect(await story.textContent()).toMatch(/Show, Standard.*not inside/);
    await page.keyboard.press("Escape");
    await expect.poll(() => story.count()).toBe(0);
  });

  it("says at once that the network is gone, and catches up when it is back, with no scan missed and none twice", async () => {
    const { venue, tickets, scanner } = await open({ tickets: codes(32), capacity: 50 });
    await using proxy = await startRedisProxy(gatehouse.url);
    await using visitor = await visit(browser, boardOf(venue, proxy.url.replace("redis:", "http:")));
    const { page } = visitor;
    await recordScan(scanner, { code: tickets[0] });
    await shows(page, "1");
    proxy.cut();
    await says(page, /Connection lost/);
    for (const code of tickets.slice(1, 30)) await recordScan(scanner, { code });
    proxy.mend();
    await shows(page, "30");
    await says(page, /^Live$/);
    await recordScan(scanner, { code: tickets[30] });
    await expect.poll(() => lines(page).locator("code").allTextContents()).toEqual(tickets.slice(0, 31).reverse());
  });

  it("takes a server that has gone silent for gone", async () => {
    const { venue } = await open();
    await using proxy = await startRedisProxy(gatehouse.url);
    await using visitor = await visit(browser, "about:blank");
    await visitor.page.clock.install();
    await visitor.page.goto(boardOf(venue, proxy.url.replace("redis:", "http:")));
    await says(visitor.page, /^Live$/);
    proxy.stall();
    // It asks after three seconds without a word, and waits for three.
    await visitor.page.clock.runFor(7_000);
    await says(visitor.page, /Connection lost/);
    proxy.mend();
    await says(visitor.page, /^Live$/);
  });

  it("holds still when it is asked to, and holds no more than it can show", async () => {
    const { venue, scanner } = await open();
    await using visitor = await visit(browser, boardOf(venue));
    const { page } = visitor;
    await says(page, /^Live$/);
    for (let call = 0; call < 4; call++)
      await uploadScans(
        scanner,
        codes(200).map((code) => ({ code: `${code}-${call}` })),
      );
    await expect.poll(() => page.locator(".figures").textContent(), { timeout: 8_000 }).toContain("Entries800");
    await expect.poll(() => lines(page).count()).toBe(60);
    await page.getByRole("button", { name: "Stop" }).click();
    const [first] = await lines(page).allTextContents();
    await recordScan(scanner, { code: "Late" });
    await expect.poll(() => page.locator(".figures").textContent()).toContain("Refused1");
    expect((await lines(page).allTextContents())[0]).toBe(first);
    await page.getByRole("button", { name: "Go on" }).click();
    await expect.poll(() => lines(page).first().textContent()).toContain("Late");
  });
});

describe("who is signed in to the board", () => {
  it("stays so beyond the token's end, and is asked again when the session has been ended elsewhere", async () => {
    const { venue } = await open();
    await using brief = await startGatehouse({ accessTokenSeconds: 1, databaseUrl: gatehouse.databaseUrl });
    const { email, password } = venue.owner;
    await using visitor = await visit(browser, `${brief.url}/board#venue=${venue.id}`);
    const { page } = visitor;
    await signIn(page, { email, password });
    await says(page, /^Live$/);
    await page.waitForTimeout(REFRESHED_MILLISECONDS);
    await says(page, /^Live$/);
    expect(await page.getByRole("alert").count()).toBe(0);
    await brief.sql("update sessions set ended_at = now()");
    await expect.poll(() => page.getByRole("button", { name: "Sign in" }).count(), { timeout: 10_000 }).toBe(1);
  });

  it("sees nothing of a venue whose counts are not theirs to read, until they are", async () => {
    const { venue } = await open();
    const stranger = await world.person();
    await using visitor = await visit(browser, `${gatehouse.url}/board#token=${tokenOf(stranger)}&venue=${venue.id}`);
    await expect.poll(() => visitor.page.getByRole("alert").textContent()).toMatch(/no such venue, or you may not/);
    expect(await inside(visitor.page).count()).toBe(0);
    const input = { venueId: venue.id, publicOccupancy: true };
    await made(venue.owner.client, "updateVenue", "UpdateVenueInput", "venue { id }", input);
    await shows(visitor.page, "0");
    expect(await visitor.page.getByRole("alert").count()).toBe(0);
    await says(visitor.page, /^Live$/);
  });
});

describe("for everybody", () => {
  const screens = [
    { name: "a phone, light", viewport: { width: 390, height: 844 }, colorScheme: "light" },
    { name: "a wall, dark", viewport: { width: 1920, height: 1080 }, colorScheme: "dark" },
  ] as const;
  it.each(screens)("the board has nothing that axe finds serious, on $name", async (screen) => {
    const { venue, tickets, scanner } = await open({ capacity: 4 });
    for (const code of tickets.slice(0, 6)) await recordScan(scanner, { code });
    await made(venue.owner.client, "updateVenue", "UpdateVenueInput", "venue { id }", {
      venueId: venue.id,
      capacity: 5,
    });
    await using visitor: Visitor = await visit(browser, `${gatehouse.url}/board`, screen);
    const { page } = visitor;
    await expectAccessible(page);
    await signIn(page, venue.owner);
    await page.getByRole("link", { name: /Hall/ }).first().waitFor();
    await expectAccessible(page);
    await page.goto(`${gatehouse.url}/board#venue=${venue.id}`);
    await shows(page, "4");
    await lines(page).first().waitFor();
    await expectAccessible(page);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    await lines(page).first().getByRole("button").click();
    await page.getByRole("dialog").locator("li").first().waitFor();
    await expectAccessible(page);
    expect(visitor.complaints).toEqual([]);
  });
});

async function signIn(page: Page, { email, password }: Pick<Person, "email" | "password">): Promise<void> {
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}
