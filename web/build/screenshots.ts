import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { graphqlUrl } from "../../src/cli/replay/options.js";
import { readConfig } from "../../src/config.js";
import { createServer } from "../../src/server.js";
import { CHROMIUM_ARGUMENTS, findChromium } from "../../test/setup/find-chromium.js";
import { buildStalePages } from "./pages.js";
import { type Evening, makeEvening } from "./screenshots/evening.js";
import { openPage, SCREENS, takePicture } from "./screenshots/pictures.js";

const FOLDER = resolve(import.meta.dirname, "../../docs/screenshots");
/** What was drawn last has come to rest. */
const SETTLED_MILLISECONDS = 1_500;

/** Takes the pictures of docs/screenshots from a server of its own, with nothing but its defaults. */
await using opened = new AsyncDisposableStack();
await buildStalePages();
// Made by the server, for the user that its PostgreSQL runs as.
const dataDir = join(tmpdir(), `gatehouse-pictures-${randomUUID()}`);
opened.defer(() => rm(dataDir, { recursive: true, force: true }));
const config = readConfig({ HOST: "127.0.0.1", PORT: "0", DATA_DIR: dataDir, LOG_LEVEL: "error", RATE_LIMITS: "off" });
const server = opened.adopt(await createServer(config), (it) => it.close());
await server.start();
const { url } = server;
const evening = await makeEvening(graphqlUrl(url));
const executablePath = await findChromium();
const browser = opened.adopt(await chromium.launch({ executablePath, args: CHROMIUM_ARGUMENTS }), (it) => it.close());
await mkdir(FOLDER, { recursive: true });
await showBoard(browser, evening);
await showScanner(browser, evening);
await showOwner(browser, evening);

async function showBoard(browser: Browser, { world, play }: Evening): Promise<void> {
  const address = `${url}/board#token=${world.owner.token}&venue=${world.venueId}`;
  const pages = await Promise.all(SCREENS.map((screen) => openPage(browser, screen, address)));
  await Promise.all(pages.map((page) => page.locator(".connection.live").waitFor()));
  await play();
  for (const [index, page] of pages.entries()) await take(page, `board-${SCREENS[index]?.name}`);
}

async function showScanner(browser: Browser, { world, waiting }: Evening): Promise<void> {
  for (const [index, screen] of SCREENS.entries()) {
    const gate = world.gates[index];
    const address = `${url}/scan#device=${gate?.deviceToken}&gate=${gate?.id}`;
    const page = await openPage(browser, screen, address);
    await page.locator(".counts").waitFor();
    const [first = "", second = ""] = waiting.slice(2 * index);
    for (const code of [first, second]) await scan(page, code);
    await take(page, `scan-accepted-${screen.name}`);
    await scan(page, first);
    await take(page, `scan-refused-${screen.name}`);
  }
}

async function scan(page: Page, code: string): Promise<void> {
  const before = await page.locator(".before li").count();
  await page.getByLabel("Code").fill(code);
  await page.keyboard.press("Enter");
  await page.locator(".verdict", { hasText: code }).waitFor();
  if (before > 0) await page.locator(".before li").nth(before).waitFor();
}

async function showOwner(browser: Browser, { world }: Evening): Promise<void> {
  for (const screen of SCREENS) {
    const page = await openPage(browser, screen, `${url}/owner#token=${world.owner.token}`);
    const goTo = (section: string) => page.goto(`${url}/owner#venue=${world.venueId}&section=${section}`);
    await goTo("events");
    await page.getByRole("link", { name: "Lanterns" }).click();
    await take(page, `owner-event-${screen.name}`);
    await goTo("devices");
    await page.getByLabel("Name").fill("Sam's phone");
    await page.getByRole("button", { name: "Enrol the scanner" }).click();
    await page.getByRole("dialog").waitFor();
    await take(page, `owner-scanner-${screen.name}`);
  }
}

async function take(page: Page, name: string): Promise<void> {
  await page.bringToFront();
  await page.waitForTimeout(SETTLED_MILLISECONDS);
  await takePicture(page, join(FOLDER, `${name}.webp`));
}
