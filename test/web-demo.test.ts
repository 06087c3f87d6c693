import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { guide } from "../src/cli/demo/guide.js";
import { makeWorld } from "../src/cli/demo/world.js";
import { graphqlUrl } from "../src/cli/replay/options.js";
import { visit } from "./setup/browser.js";
import { startChromium } from "./setup/chromium.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";

const GUESTS = 20;

let gatehouse: TestGatehouse;
let browser: Browser;
let links: readonly string[];
beforeAll(async () => {
  [gatehouse, browser] = await Promise.all([startGatehouse(), startChromium()]);
  const url = graphqlUrl(gatehouse.url);
  links = guide(url, await makeWorld(url, GUESTS)).match(/\S+\/(?:board|owner|scan)#\S+/g) ?? [];
});
afterAll(async () => {
  await browser.close();
  await gatehouse.close();
});

describe("the links that the demo prints", () => {
  it.each([
    ["/board", "Harbour Hall"],
    ["/owner", "Harbour Hall"],
    ["/scan", "Ready"],
  ])("open %s for who follows them", async (path, words) => {
    const link = links.find((it) => new URL(it).pathname === path) ?? "";
    await using visitor = await visit(browser, link);
    await visitor.page.getByText(words).first().waitFor();
    expect(visitor.page.url()).not.toMatch(/token|device/);
    expect(visitor.complaints).toEqual([]);
  });
});
