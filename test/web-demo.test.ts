import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { guide } from "../src/cli/demo/guide.js";
import { makeWorld } from "../src/cli/demo/world.js";
import { graphqlUrl } from "../src/cli/replay/options.js";
import { MANIFEST_FILE } from "../web/build/folders.js";
import { visit } from "./setup/browser.js";
import { startChromium } from "./setup/chromium.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";

const GUESTS = 20;

let gatehouse: TestGatehouse;
/** Runs nothing but the pages' own documents. */
let strict: TestGatehouse;
let browser: Browser;
let links: readonly string[];
beforeAll(async () => {
  [gatehouse, browser] = await Promise.all([startGatehouse(), startChromium()]);
  const { databaseUrl, url } = gatehouse;
  strict = await startGatehouse({ databaseUrl, trustedDocuments: [MANIFEST_FILE], trustedDocumentsOnly: true });
  const world = await makeWorld(graphqlUrl(url), GUESTS);
  links = guide(graphqlUrl(strict.url), world).match(/\S+\/(?:board|owner|scan)#\S+/g) ?? [];
});
afterAll(async () => {
  await browser.close();
  await strict.close();
  await gatehouse.close();
});

describe("the links that the demo prints", () => {
  it.each([
    ["/board", "Harbour Hall"],
    ["/owner", "Harbour Hall"],
    ["/scan", "Ready"],
  ])("open %s for who follows them, also where only the pages' documents may run", async (path, words) => {
    const link = links.find((it) => new URL(it).pathname === path) ?? "";
    await using visitor = await visit(browser, link);
    await visitor.page.getByText(words).first().waitFor();
    expect(visitor.page.url()).not.toMatch(/token|device/);
    expect(visitor.complaints).toEqual([]);
  });
});
