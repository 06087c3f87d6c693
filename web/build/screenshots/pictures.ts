import { writeFile } from "node:fs/promises";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";

/** Of WebP, where 100 is without any loss: writing stays sharp, and a picture takes some 50 kB. */
const QUALITY = 82;

export const SCREENS = [
  { name: "phone-light", colorScheme: "light", viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
  { name: "phone-dark", colorScheme: "dark", viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
  { name: "wall-light", colorScheme: "light", viewport: { width: 1920, height: 1080 } },
  { name: "wall-dark", colorScheme: "dark", viewport: { width: 1920, height: 1080 } },
] as const satisfies readonly ({ name: string } & BrowserContextOptions)[];

export async function openPage(browser: Browser, screen: BrowserContextOptions, url: string): Promise<Page> {
  const context = await browser.newContext({ locale: "en-GB", reducedMotion: "reduce", ...screen });
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

export async function takePicture(page: Page, file: string): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const { data } = await devtools.send("Page.captureScreenshot", { format: "webp", quality: QUALITY });
  await devtools.detach();
  await writeFile(file, Buffer.from(data, "base64"));
}
