import type { Browser } from "playwright-core";
import { PNG } from "pngjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectAccessible, visit } from "./setup/browser.js";
import { startChromium } from "./setup/chromium.js";
import { codes } from "./setup/race.js";
import { startRedisProxy } from "./setup/redis-proxy.js";
import { pending, says, tellOnline, type } from "./setup/scanner.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { made, recordScan, World } from "./setup/world.js";

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

const scanLink = (token: string, url = gatehouse.url) => `${url}/scan#device=${token}`;

describe("the scanner", () => {
  it("is enrolled with a token, and tells who may pass, in both directions, of what a scanner types", async () => {
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
    // Whatever was tapped before, it is the code that a scanner types.
    await page.getByRole("button", { name: "Camera" }).click();
    await page.getByLabel("Exit").check();
    await type(page, "C0001");
    await says(page, /Goodbye/);
    expect(visitor.complaints).toEqual([]);
  });

  it("refuses a token that is none at once, and shows the gate's counts as others change them", async () => {
    const { venue, device } = await open();
    await using visitor = await visit(
      browser,
      scanLink(device.token.replace(/.$/, (last) => (last === "0" ? "1" : "0"))),
    );
    const { page } = visitor;
    await expect.poll(() => page.getByRole("alert").textContent()).toMatch(/its token is wrong/);
    await page.goto(`${scanLink(device.token)}&gate=${venue.gate("North")}`);
    const counts = page.locator(".counts");
    await expect.poll(() => counts.textContent()).toMatch(/^0 in, 0 out here; 0 of 100 inside/);
    await recordScan(device.client, { code: "C0001" });
    await expect.poll(() => counts.textContent(), { timeout: 5_000 }).toMatch(/^1 in, 0 out here; 1 of 100 inside/);
  });

  it("tells a verdict within a blink of the answer, by colour, word, sound and vibration", async () => {
    const { device } = await open();
    await using visitor = await visit(browser, "about:blank");
    const { page } = visitor;
    await page.addInitScript(NOTICED);
    await page.goto(scanLink(device.token));
    await says(page, /Ready/);
    for (const code of codes(5)) {
      await type(page, code);
      await says(page, new RegExp(`Come in.*${code}`));
    }
    await type(page, "C0000");
    await says(page, /Stop.*C0000/);
    const { shown, shaken, tones } = await page.evaluate<Noticed>("noticed");
    // The quickest of some: the machine may be busy with other tests.
    expect(Math.min(...shown)).toBeLessThan(100);
    expect(shaken).toEqual([...Array.from({ length: 5 }, () => [60]), [250, 80, 250]]);
    expect(tones.slice(-3)).toEqual([880, 1320, 160]);
    const colour = await page.evaluate("getComputedStyle(document.querySelector('.verdict')).backgroundColor");
    expect(colour).toBe("rgb(180, 35, 24)");
  });

  it("can be installed as an app", async () => {
    await using visitor = await visit(browser, `${gatehouse.url}/scan`);
    const { page } = visitor;
    await page.evaluate("navigator.serviceWorker.ready");
    const devtools = await page.context().newCDPSession(page);
    const { errors, url, data = "" } = await devtools.send("Page.getAppManifest");
    expect({ errors, url }).toEqual({ errors: [], url: `${gatehouse.url}/scan.webmanifest` });
    const { icons } = JSON.parse(data) as { icons: { src: string; sizes: string; purpose?: string }[] };
    const pictures = icons.filter(({ src }) => src.endsWith(".png"));
    expect(pictures.map(({ sizes, purpose }) => [sizes, purpose])).toEqual([
      ["192x192", undefined],
      ["512x512", undefined],
      ["512x512", "maskable"],
    ]);
    for (const { src, sizes } of pictures) expect(await sizeOfPicture(gatehouse.url + src)).toBe(sizes);
    const { installabilityErrors } = await devtools.send("Page.getInstallabilityErrors");
    // Of this browser, whose windows remember nothing.
    expect(installabilityErrors.filter(({ errorId }) => errorId !== "in-incognito")).toEqual([]);
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
    await type(page, ...codes(60).slice(1, 31));
    await says(page, /Come in.*Pending.*C0030/);
    await page.reload();
    await pending(page, /30 pending/);
    await type(page, ...codes(60).slice(31, 49), "Forged");
    await says(page, /Come in.*Pending.*Forged/);
    await type(page, "C0048");
    await says(page, /Stop.*Scanned here before/);
    await pending(page, /50 pending/);
    proxy.mend();
    await tellOnline(page);
    await pending(page, /^$/, 15_000);
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

  it("has nothing that axe finds serious, light and dark", async () => {
    const { device } = await open();
    await using visitor = await visit(browser, `${gatehouse.url}/scan`, { viewport: { width: 390, height: 844 } });
    const { page } = visitor;
    const expectBothAccessible = async () => {
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        await expectAccessible(page);
      }
    };
    await expectBothAccessible();
    await page.getByLabel("Device token").fill(device.token);
    await page.keyboard.press("Enter");
    await says(page, /Ready/);
    for (const [code, words] of [
      ["C0001", /Come in/],
      ["C0001", /Stop/],
    ] as const) {
      await type(page, code);
      await says(page, words);
      await expectBothAccessible();
    }
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  });
});

async function sizeOfPicture(url: string): Promise<string> {
  const { width, height } = PNG.sync.read(Buffer.from(await (await fetch(url)).arrayBuffer()));
  return `${width}x${height}`;
}

interface Noticed {
  /** How long after the end of an answer its verdict stood on the page, milliseconds. */
  readonly shown: readonly number[];
  readonly shaken: readonly (readonly number[])[];
  /** Hertz. */
  readonly tones: readonly number[];
}

const NOTICED = `
  globalThis.noticed = { shown: [], shaken: [], tones: [] };
  navigator.vibrate = (pattern) => noticed.shaken.push(pattern);
  const Tone = OscillatorNode;
  globalThis.OscillatorNode = class extends Tone {
    constructor(context, options) { super(context, options); noticed.tones.push(options.frequency); }
  };
  let before = "";
  new MutationObserver(() => {
    const now = performance.now();
    const text = document.querySelector(".verdict")?.textContent ?? "";
    const asked = performance.getEntriesByType("resource").filter(({ name }) => name.endsWith("/graphql")).at(-1);
    if (text !== before && /Come in|Stop/.test(text) && asked) noticed.shown.push(now - asked.responseEnd);
    before = text;
  }).observe(document, { subtree: true, childList: true, characterData: true });
`;
