import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { visit } from "./setup/browser.js";
import { startChromium } from "./setup/chromium.js";
import { type Front, startFront } from "./setup/front.js";
import { makeProfile, startOwnChromium } from "./setup/own-chromium.js";
import { codes } from "./setup/race.js";
import { pending, says, tellOnline, type } from "./setup/scanner.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";
import { World } from "./setup/world.js";

const HOUR = 3_600_000;

let gatehouse: TestGatehouse;
let browser: Browser;
beforeAll(async () => {
  [gatehouse, browser] = await Promise.all([startGatehouse(), startChromium()]);
});
afterAll(async () => {
  await browser.close();
  await expectCountsRight(gatehouse);
  await gatehouse.close();
});

let front: Front;
beforeEach(async () => {
  front = await startFront(gatehouse.url);
});
afterEach(() => front[Symbol.asyncDispose]());

interface Stored {
  readonly code: string;
  readonly outcome: string;
  readonly offline: boolean;
  readonly scannedAt: string;
}

async function open() {
  const venue = await new World(gatehouse.url).venue({ gates: ["North"] });
  await (await venue.event()).tickets(codes(20));
  const { token } = await venue.device("North");
  const link = `${front.url}/scan#device=${token}&gate=${venue.gate("North")}`;
  const stored = async () => {
    const { gate } = await venue.owner.client.ok<{ gate: { scans: { nodes: Stored[] } } }>(
      "query ($id: ID!) { gate(id: $id) { scans(first: 100) { nodes { code outcome offline scannedAt } } } }",
      { id: venue.gate("North") },
    );
    return gate.scans.nodes.sort((a, b) => (a.code + a.outcome < b.code + b.outcome ? -1 : 1));
  };
  return { link, stored };
}

/** Ready without a network from then on. */
async function install(page: Page): Promise<void> {
  await says(page, /Ready/);
  await page.evaluate("navigator.serviceWorker.ready");
}

describe("what the scanner keeps", () => {
  it("outlives a killed browser, which starts without a network, and is sent exactly once", async () => {
    const { link, stored } = await open();
    await using profile = await makeProfile();
    await using first = await startOwnChromium(profile.folder);
    const page = await first.context.newPage();
    await page.goto(link);
    await install(page);
    front.cut();
    await type(page, ...codes(6));
    await says(page, /Pending.*C0005/);
    await first.kill();

    await using second = await startOwnChromium(profile.folder);
    const again = await second.context.newPage();
    await again.goto(`${front.url}/scan`);
    await pending(again, /^6 pending/);
    // What the camera needs has not been loaded by anybody yet.
    const files = await again.evaluate<string[]>(
      "caches.open('gatehouse-scan').then((it) => it.keys()).then((all) => all.map(({ url }) => new URL(url).pathname))",
    );
    expect(files).toContainEqual(expect.stringMatching(/decoder-.*js$/));
    expect(files).toContainEqual(expect.stringMatching(/\.wasm$/));
    await type(again, "C0006", "C0003");
    await says(again, /^Stop.*Scanned here before/);
    await pending(again, /^8 pending/);
    await again.close();
    front.mend();
    const third = await second.context.newPage();
    await third.goto(`${front.url}/scan`);
    await expect.poll(async () => (await stored()).length, { timeout: 10_000 }).toBe(8);
    expect((await stored()).map(({ code, outcome }) => `${code} ${outcome}`)).toEqual([
      ...codes(4).map((code) => `${code} ACCEPTED`),
      "C0003 REFUSED",
      ...codes(7)
        .slice(4)
        .map((code) => `${code} ACCEPTED`),
    ]);
  });

  it("is told soon where the network answers nothing, and at once to the next", async () => {
    const { link, stored } = await open();
    await using visitor = await visit(browser, link);
    const { page } = visitor;
    await install(page);
    front.stall();
    await type(page, "C0000");
    await says(page, /Pending.*C0000/);
    const begun = performance.now();
    await type(page, "C0001");
    await says(page, /Pending.*C0001/);
    expect(performance.now() - begun).toBeLessThan(1_500);
    expect(await page.locator(".connection").textContent()).toMatch(/No network/);
    front.mend();
    await tellOnline(page);
    await expect.poll(async () => (await stored()).length, { timeout: 10_000 }).toBe(2);
  });

  it("is sent by one of two tabs, each scan in one request", async () => {
    const { link, stored } = await open();
    await using visitor = await visit(browser, link);
    const one = visitor.page;
    await install(one);
    const two = await one.context().newPage();
    await two.goto(`${front.url}/scan`);
    await says(two, /Ready/);
    front.cut();
    await Promise.all([type(one, ...codes(10)), type(two, ...codes(20).slice(10))]);
    await Promise.all([says(one, /Pending.*C0009/), says(two, /Pending.*C0019/)]);
    front.mend();
    await Promise.all([tellOnline(one), tellOnline(two)]);
    await expect.poll(async () => (await stored()).length, { timeout: 10_000 }).toBe(20);
    const uploaded = front.posted.filter((body) => body.includes("UploadScans")).flatMap(keysIn);
    expect(uploaded).toHaveLength(20);
    expect(new Set(uploaded).size).toBe(20);
  });

  it("is what happened, not when the phone's clock says that it did", async () => {
    const { link, stored } = await open();
    await using visitor = await visit(browser, "about:blank");
    const { page } = visitor;
    await page.addInitScript(clockAhead(3 * HOUR));
    await page.goto(link);
    await install(page);
    front.cut();
    await type(page, "C0000");
    await says(page, /Pending/);
    front.mend();
    await tellOnline(page);
    await expect.poll(async () => (await stored()).length, { timeout: 10_000 }).toBe(1);
    const [scan] = await stored();
    expect(scan).toMatchObject({ offline: true, outcome: "ACCEPTED" });
    expect(Math.abs(Date.now() - Date.parse(scan?.scannedAt ?? ""))).toBeLessThan(HOUR / 60);
  });

  it("is said to be no more where the phone is full, while the network still decides", async () => {
    const { link, stored } = await open();
    await using visitor = await visit(browser, "about:blank");
    const { page } = visitor;
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Storage.overrideQuotaForOrigin", { origin: front.url, quotaSize: 1 });
    await page.goto(link);
    await says(page, /Ready/);
    await type(page, "C0000");
    await says(page, /^Come in.*Standard/);
    await expect.poll(() => page.getByRole("alert").textContent()).toMatch(/no room to keep scans/);
    front.cut();
    await type(page, "C0001");
    await says(page, /^Stop.*no room/);
    expect((await stored()).map(({ code }) => code)).toEqual(["C0000"]);
  });

  it("is there for a new version of the page, which is taken up when it is opened next", async () => {
    const { link } = await open();
    await using visitor = await visit(browser, link);
    const { page } = visitor;
    await install(page);
    const script = /\/web\/scan-[\w-]+\.js/.exec(await page.content())?.[0] ?? "";
    front.cut();
    await type(page, "C0000");
    await says(page, /Pending/);
    front.replace("/graphql", () => "{}");
    front.replace("/scan", (html) => html.replace("Gatehouse scanner", "The new").replace(script, "/web/new.js"));
    front.mend();
    // A part of it is not there yet.
    await page.reload();
    expect(await page.title()).toBe("Gatehouse scanner");
    front.replace("/web/new.js", (text) => text, script);
    await page.reload();
    expect(await page.title()).toBe("The new");
    await pending(page, /^1 pending/);
    front.cut();
    await page.reload();
    expect(await page.title()).toBe("The new");
    await pending(page, /^1 pending/);
  });
});

const keysIn = (body: string): string[] =>
  (JSON.parse(body) as { variables: { input: { scans: { key: string }[] } } }).variables.input.scans.map(
    ({ key }) => key,
  );

const clockAhead = (milliseconds: number): string => `{
  const Right = Date;
  globalThis.Date = class extends Right {
    constructor(...given) {
      if (given.length === 0) super(Right.now() + ${milliseconds});
      else super(...given);
    }
    static now() { return Right.now() + ${milliseconds}; }
  };
}`;
