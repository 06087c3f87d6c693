import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectAccessible, visit } from "./setup/browser.js";
import { startChromium } from "./setup/chromium.js";
import { codes } from "./setup/race.js";
import { startRedisProxy } from "./setup/redis-proxy.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { made, World } from "./setup/world.js";

let gatehouse: TestGatehouse;
let world: World;
let browser: Browser;
beforeAll(async () => {
  [gatehouse, browser] = await Promise.all([startGatehouse(), startChromium()]);
  world = new World(gatehouse.url);
});
afterAll(async () => {
  await browser.close();
  await expectCountsRight(gatehouse);
  await gatehouse.close();
});

async function open({ capacity = 100 } = {}) {
  const venue = await world.venue({ capacity, gates: ["North"] });
  const event = await venue.event({}, [{ name: "Standard" }, { name: "VIP", admitsWhenFull: true }]);
  await event.tickets(codes(60));
  await event.tickets(["VIP"], "VIP");
  return { venue, device: await venue.device("North") };
}

/** As a scanner that acts as a keyboard does it. */
async function type(page: Page, code: string): Promise<void> {
  await page.keyboard.type(code);
  await page.keyboard.press("Enter");
}

const verdict = (page: Page) => page.locator(".verdict");
const says = async (page: Page, words: RegExp) =>
  expect.poll(() => verdict(page).textContent(), { timeout: 5_000 }).toMatch(words);
const scanLink = (token: string, url = gatehouse.url) => `${url}/scan#device=${token}`;

describe("the scanner", () => {
  it("is enrolled with a token, and tells at once who may pass, in both directions", async () => {
    const { device } = await open();
    await using visitor = await visit(browser, `${gatehouse.url}/scan`);
    const { page } = visitor;
    await page.getByLabel("Device token").fill("nonsense");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.getByRole("alert").textContent()).toMatch(/no device token/);
    await page.getByLabel("Device token").fill(device.token);
    await page.keyboard.press("Enter");
    await says(page, /Ready/);
    await type(page, "C0001");
    await says(page, /Come in.*Standard.*C0001/);
    await expect.poll(() => page.locator(".counts").textContent()).toMatch(/^1 in, 0 out here; 1 of 100 inside Hall$/);
    await type(page, "C0001");
    await says(page, /Stop.*already inside/);
    await page.getByLabel("Exit").check();
    await type(page, "C0001");
    await says(page, /Goodbye/);
    expect(visitor.complaints).toEqual([]);
  });

  it("refuses at a full venue, and admits a VIP", async () => {
    const { device } = await open({ capacity: 1 });
    await using visitor = await visit(browser, scanLink(device.token));
    const { page } = visitor;
    expect(page.url()).toBe(`${gatehouse.url}/scan`);
    await says(page, /Ready/);
    await type(page, "C0001");
    await says(page, /Come in/);
    await type(page, "C0002");
    await says(page, /Stop.*venue full/);
    await type(page, "VIP");
    await says(page, /Come in.*VIP, beyond the capacity/);
  });

  it("keeps 50 scans without a network, through a closed page, and sends each exactly once; then shows what was not right", async () => {
    const { venue, device } = await open();
    await using proxy = await startRedisProxy(gatehouse.url);
    const url = proxy.url.replace("redis:", "http:");
    await using visitor = await visit(browser, scanLink(device.token, url));
    const { page } = visitor;
    await says(page, /Ready/);
    await type(page, "C0000");
    await says(page, /Come in/);
    await page.evaluate("navigator.serviceWorker.ready");
    proxy.cut();
    const scanAll = async (some: readonly string[]) => {
      for (const code of some) {
        await type(page, code);
        await says(page, new RegExp(`Come in.*kept.*${code}`));
      }
    };
    await scanAll(codes(60).slice(1, 31));
    await page.reload();
    await expect.poll(() => page.locator(".pending").textContent()).toMatch(/30 pending/);
    await scanAll([...codes(60).slice(31, 49), "Forged"]);
    await type(page, "C0048");
    await says(page, /Stop.*Scanned here before/);
    await expect.poll(() => page.locator(".pending").textContent()).toMatch(/50 pending/);
    proxy.mend();
    await expect.poll(() => page.locator(".pending").textContent(), { timeout: 15_000 }).toBe("");
    const [{ offline, keys } = {}] = await gatehouse.sql<{ offline: number; keys: number }>(
      "select count(*)::int as offline, count(distinct key)::int as keys from scans where offline",
    );
    expect({ offline, keys }).toEqual({ offline: 50, keys: 50 });
    const { venue: now } = await venue.owner.client.ok<{ venue: { occupancy: object } }>(
      "query ($id: ID!) { venue(id: $id) { occupancy { inside entries refusals } } }",
      { id: venue.id },
    );
    expect(now.occupancy).toEqual({ inside: 49, entries: 50, refusals: 1 });
    const conflicts = page.getByRole("region", { name: "Conflicts" }).getByRole("listitem");
    expect(await conflicts.allTextContents()).toEqual([expect.stringMatching(/Forged.*unknown ticket/)]);
  });

  it("is locked out when it is revoked", async () => {
    const { venue, device } = await open();
    await using visitor = await visit(browser, scanLink(device.token));
    const { page } = visitor;
    await says(page, /Ready/);
    await made(venue.owner.client, "revokeDevice", "RevokeDeviceInput", "device { id }", { deviceId: device.id });
    await type(page, "C0001");
    await expect.poll(() => page.getByRole("alert").textContent()).toMatch(/revoked/);
    await page.reload();
    expect(await page.getByLabel("Device token").count()).toBe(1);
  });

  it.each(["light", "dark"] as const)("has nothing that axe finds serious, %s", async (colorScheme) => {
    const { device } = await open();
    await using visitor = await visit(browser, `${gatehouse.url}/scan`, {
      colorScheme,
      viewport: { width: 390, height: 844 },
    });
    const { page } = visitor;
    await expectAccessible(page);
    await page.getByLabel("Device token").fill(device.token);
    await page.keyboard.press("Enter");
    await says(page, /Ready/);
    for (const [code, words] of [
      ["C0001", /Come in/],
      ["C0001", /Stop/],
    ] as const) {
      await type(page, code);
      await says(page, words);
      await expectAccessible(page);
    }
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  });
});
