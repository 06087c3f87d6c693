import type { Page } from "playwright-core";
import { expect } from "vitest";

/** The scanner's page, as its steward uses it. */
export const verdict = (page: Page) => page.locator(".verdict");

export const says = (page: Page, words: RegExp) =>
  expect.poll(() => verdict(page).textContent(), { timeout: 8_000, interval: 20 }).toMatch(words);

export const pending = (page: Page, words: RegExp | string, timeout = 10_000) =>
  expect.poll(() => page.locator(".pending").textContent(), { timeout }).toMatch(words);

/** As a scanner that acts as a keyboard does it. */
export async function type(page: Page, ...codes: readonly string[]): Promise<void> {
  for (const code of codes) {
    await page.keyboard.type(code);
    await page.keyboard.press("Enter");
  }
}

/** What a phone's browser tells when there is a network again; else the page finds it within two seconds. */
export const tellOnline = (page: Page) => page.evaluate("dispatchEvent(new Event('online'))");
