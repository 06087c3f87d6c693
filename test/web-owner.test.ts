import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectAccessible, visit } from "./setup/browser.js";
import { startChromium } from "./setup/chromium.js";
import { readQrCode } from "./setup/qr-code.js";
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

function pageOf({ id, owner }: Venue, section = ""): string {
  return `${gatehouse.url}/owner#${new URLSearchParams({ token: owner.client.token ?? "", venue: id, section })}`;
}

/** What the page comes to show, on a busy machine too. */
const soon = <Value>(read: () => Value) => expect.poll(read, { timeout: 8_000 });
const form = (page: Page, name: string) => page.getByRole("form", { name });
const press = (at: Page | Locator, name: string) => at.getByRole("button", { name, exact: true }).click();
const says = (page: Page, words: string) => page.getByText(words).first().waitFor();
const rowsOf = (page: Page, name: string) => page.getByRole("table", { name, exact: true }).getByRole("rowheader");
/** What is told of the field to who does not see it: its hint, and what is wrong with it. */
const wordsAt = (field: Locator): Promise<string> =>
  field.evaluate((element) =>
    (element.getAttribute("aria-describedby") ?? "")
      .split(" ")
      .map((id: string) => element.ownerDocument.getElementById(id)?.textContent)
      .join(" "),
  );

describe("the owner's page", () => {
  it("lets somebody new make an account, a venue and gates, and tells what is wrong at its field", async () => {
    const known = await world.person();
    await using visitor = await visit(browser, `${gatehouse.url}/owner`);
    const { page } = visitor;
    await press(page, "Make an account");
    await page.getByLabel("Name").fill("Olivia");
    await page.getByLabel("Email").fill(known.email);
    await page.getByLabel("Password").fill("correct horse battery");
    await press(page, "Make the account");
    await soon(() => wordsAt(page.getByLabel("Email"))).toContain("address");
    await page.getByLabel("Email").fill(`new-${known.email}`);
    await page.keyboard.press("Enter");
    await says(page, "You have none yet.");

    await page.getByText("New venue").click();
    const venue = form(page, "New venue");
    await venue.getByLabel("Name").fill("Harbour Hall");
    await venue.getByLabel("Capacity").fill("0");
    await venue.getByLabel("Time zone").fill("Europe/London");
    await venue.getByLabel("Latitude").fill("51.45");
    await venue.getByLabel("Gates").fill("North\n\nSouth");
    await press(venue, "Make the venue");
    const longitude = venue.getByLabel("Longitude");
    await soon(() => wordsAt(longitude)).toContain("not to be null");
    expect(await longitude.getAttribute("aria-invalid")).toBe("true");
    expect(await longitude.evaluate((field) => field.ownerDocument.activeElement === field)).toBe(true);
    await longitude.fill("-2.6");
    await press(venue, "Make the venue");
    await soon(() => wordsAt(venue.getByLabel("Capacity"))).toContain("Capacity must be a whole number from 1");
    await venue.getByLabel("Capacity").fill("300");
    await press(venue, "Make the venue");

    await soon(() => rowsOf(page, "Gates").allTextContents()).toEqual(["North", "South"]);
    const gate = page.getByLabel("Name of the new gate");
    await gate.fill("South");
    await page.keyboard.press("Enter");
    await soon(() => wordsAt(gate)).toContain("has a gate of this name");
    await gate.fill("West");
    await page.keyboard.press("Enter");
    await soon(() => rowsOf(page, "Gates").allTextContents()).toEqual(["North", "South", "West"]);
    expect(await gate.inputValue()).toBe("");
    await page.goBack();
    await expect
      .poll(() => page.getByRole("link", { name: /Harbour Hall/ }).textContent())
      .toContain("0 of 300 inside");
    expect(visitor.complaints).toEqual([]);
  });

  it("is opened with a password, and changes a venue: its name, capacity and alerts", async () => {
    const venue = await world.venue({ name: "Hall", location: { latitude: 1, longitude: 2 } });
    await using visitor = await visit(browser, `${gatehouse.url}/owner`);
    const { page } = visitor;
    await page.getByLabel("Email").fill(venue.owner.email);
    await page.getByLabel("Password").fill(venue.owner.password);
    await press(page, "Sign in");
    await page.getByRole("link", { name: /Hall/ }).click();
    await page.getByLabel("Name", { exact: true }).fill("Arena");
    const elsewhere = { venueId: venue.id, address: "2 Street" };
    await made(venue.owner.client, "updateVenue", "UpdateVenueInput", "venue { id }", elsewhere);
    await page.getByLabel("Capacity").fill("2000");
    await page.getByLabel("Latitude").fill("");
    await page.getByLabel("Longitude").fill("");
    await page.getByLabel("Anybody may read the counts").check();
    const thresholds = page.getByLabel("Alert thresholds");
    await thresholds.fill("50, 101");
    await press(page, "Save");
    await soon(() => wordsAt(thresholds)).toContain("A threshold must be from 1 to 100 percent");
    await thresholds.fill("95, 50");
    await press(page, "Save");
    await says(page, "Saved.");
    await soon(() => page.getByRole("heading", { level: 1 }).textContent()).toBe("Arena");
    const fields = "name address capacity alertThresholdPercents publicOccupancy timeZone location { latitude }";
    const query = `query ($id: ID!) { venue(id: $id) { ${fields} } }`;
    const settings = { name: "Arena", address: "2 Street", capacity: 2_000, alertThresholdPercents: [50, 95] };
    expect(await venue.owner.client.ok(query, { id: venue.id })).toEqual({
      venue: { ...settings, publicOccupancy: true, timeZone: "UTC", location: null },
    });
  });

  it("enrols a scanner by a link and a QR code that are shown once, and revokes it: it is locked out", async () => {
    const venue = await world.venue({ gates: ["North", "South"] });
    await (await venue.event()).tickets(["T1"]);
    await using visitor = await visit(browser, pageOf(venue, "devices"));
    const { page } = visitor;
    await page.getByLabel("Gate").selectOption("South");
    await page.getByLabel("Name").fill("Sam's phone");
    await press(page, "Enrol the scanner");
    const shown = page.getByRole("dialog", { name: "Sam's phone at South" });
    const link = (await shown.getByRole("link", { name: "Open the scanner here" }).getAttribute("href")) ?? "";
    expect(link).toContain(`/scan#device=${await shown.locator("code").textContent()}&gate=${venue.gate("South")}`);
    expect(readQrCode(await shown.getByRole("img", { name: "QR code of the scanner's link" }).screenshot())).toBe(link);
    await press(shown, "Done");
    await soon(() => page.getByRole("row", { name: /Sam's phone South.*never/ }).count()).toBe(1);
    expect(await page.content()).not.toContain("ghd_");

    await using phone = await visit(browser, link);
    await phone.page.getByLabel("Code").fill("T1");
    await phone.page.keyboard.press("Enter");
    await says(phone.page, "Come in");

    await press(page, "Revoke Sam's phone");
    const question = page.getByRole("dialog", { name: "Revoke Sam's phone?" });
    await press(question, "Cancel");
    await soon(() => question.count()).toBe(0);
    await press(page, "Revoke Sam's phone");
    await press(question, "Revoke");
    await says(page, "Sam's phone is revoked.");
    await soon(() => page.getByText("1 revoked").count()).toBe(1);
    expect(await rowsOf(page, "Scanners").count()).toBe(0);
    await phone.page.getByLabel("Device token").waitFor();
    expect([...visitor.complaints, ...phone.complaints]).toEqual([]);
  });

  it("adds people to the staff and removes them, by their addresses", async () => {
    const venue = await world.venue();
    const steward = await world.person("Sam Steward");
    await using visitor = await visit(browser, pageOf(venue, "staff"));
    const { page } = visitor;
    const change = async (name: "Add somebody" | "Remove somebody", email: string) => {
      await form(page, name).getByLabel("Email").fill(email);
      await page.keyboard.press("Enter");
    };
    await says(page, "Nobody yet.");
    await change("Add somebody", "nobody@example.com");
    const email = form(page, "Add somebody").getByLabel("Email");
    await soon(() => wordsAt(email)).toContain("Nobody is registered with this address");
    await change("Add somebody", steward.email);
    await says(page, "Sam Steward is on the staff.");
    await soon(() => page.getByRole("listitem").allTextContents()).toEqual(["Sam Steward"]);
    const mayRead = () => steward.client.ok("query ($id: ID!) { venue(id: $id) { staff { name } } }", { id: venue.id });
    expect(await mayRead()).toEqual({ venue: { staff: [{ name: "Sam Steward" }] } });
    await change("Remove somebody", venue.owner.email);
    await says(page, "Nobody on the staff has this address.");
    await change("Remove somebody", steward.email);
    await says(page, "Sam Steward is no longer on the staff.");
    expect(await mayRead()).toEqual({ venue: { staff: null } });
  });

  it("shows nothing of somebody else's venue", async () => {
    const [venue, other] = [await world.venue(), await world.venue()];
    await using visitor = await visit(browser, pageOf({ ...venue, owner: other.owner } as Venue));
    await says(visitor.page, "There is no such venue, or it is not yours.");
    expect(await visitor.page.getByRole("form").count()).toBe(0);
  });
});

describe("for everybody", () => {
  const screens = [
    { name: "a phone, light", viewport: { width: 390, height: 844 }, colorScheme: "light" },
    { name: "a wall, dark", viewport: { width: 1920, height: 1080 }, colorScheme: "dark" },
  ] as const;

  it.each(screens)("the owner's page has nothing that axe finds serious, on $name", async (screen) => {
    const venue = await world.venue({ name: "Hall" });
    await venue.staff();
    await venue.device();
    await using visitor = await visit(browser, `${gatehouse.url}/owner`, screen);
    const { page } = visitor;
    const holds = async () => {
      await expectAccessible(page);
      expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    };
    await press(page, "Make an account");
    await holds();
    await page.goto(pageOf(venue));
    await page.getByLabel("Time zone").fill("Mars/Crater");
    await press(page, "Save");
    await soon(() => wordsAt(page.getByLabel("Time zone"))).toContain("must be an IANA time zone");
    await holds();
    await page.getByRole("link", { name: "Scanners" }).click();
    await page.getByLabel("Name").fill("Phone");
    await press(page, "Enrol the scanner");
    await page.getByRole("dialog").waitFor();
    await holds();
    await page.keyboard.press("Escape");
    await soon(() => rowsOf(page, "Scanners").count()).toBe(2);
    await page.getByRole("link", { name: "Staff" }).click();
    await page.getByRole("listitem").waitFor();
    await holds();
    await page.getByRole("link", { name: "All my venues" }).click();
    await page.getByText("New venue").click();
    await holds();
    expect(visitor.complaints).toEqual([]);
  });
});
