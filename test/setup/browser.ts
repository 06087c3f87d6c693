import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A visitor of their own, with nothing remembered; what the browser complains of fails the test that asks for it. */
export interface Visitor extends AsyncDisposable {
  readonly page: Page;
  /** Errors of scripts and what the Content-Security-Policy has forbidden, so far. */
  readonly complaints: readonly string[];
}

export async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visitor> {
  const context = await browser.newContext({ locale: "en-GB", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && /Content Security Policy/.test(message.text())) complaints.push(message.text());
  });
  await page.goto(url);
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
}

/** The server does the next one of these, and the page never hears of it. */
export async function loseAnswer(page: Page, mutation: string): Promise<void> {
  let isLost = false;
  await page.route("**/graphql", async (route) => {
    if (isLost || !route.request().postData()?.includes(`mutation ${mutation}`)) return route.fallback();
    isLost = true;
    await route.fetch();
    await route.abort();
  });
}

/** What axe finds on the page as it is, of serious and critical impact. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<AxeResults> } };
    return (await axe.run()).violations.map(({ id, impact, nodes }) => ({
      id,
      impact,
      nodes: nodes.map((n) => n.html),
    }));
  });
  expect(violations.filter(({ impact }) => impact === "serious" || impact === "critical")).toEqual([]);
}
