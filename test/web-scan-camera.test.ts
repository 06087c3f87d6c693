import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { visit } from "./setup/browser.js";
import { startChromium } from "./setup/chromium.js";
import { fakeCameraArguments, writeFilm } from "./setup/fake-camera.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { World } from "./setup/world.js";

let gatehouse: TestGatehouse;
let folder: string;
let film: string;
let browser: Browser;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gatehouse-film-"));
  film = join(folder, "film.y4m");
  [gatehouse, browser] = await Promise.all([startGatehouse(), startChromium(fakeCameraArguments(film))]);
});
afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true });
  await gatehouse.close();
});

async function open(gate = "North") {
  const venue = await new World(gatehouse.url).venue({ gates: [gate] });
  const event = await venue.event();
  const code = `ticket-${venue.id}`;
  await event.tickets([code]);
  const { token } = await venue.device(gate);
  return { code, link: `${gatehouse.url}/scan#device=${token}&gate=${venue.gate(gate)}` };
}

const verdict = (page: Page) => page.locator(".verdict").textContent();
const scansOf = (code: string) =>
  gatehouse.sql("select outcome from scans where code = $1 order by received_at", [code]);

describe("the scanner's camera", () => {
  it("enrols by a device's QR code, takes a ticket that is held before it once, and again when it comes back", async () => {
    const { code, link } = await open();
    const other = await open("South");
    await writeFilm(film, [link]);
    await using visitor = await visit(browser, `${gatehouse.url}/scan`);
    const { page } = visitor;
    await page.getByRole("button", { name: "Scan its QR code" }).click();
    await expect.poll(() => verdict(page), { timeout: 8_000 }).toBe("Ready");
    await expect.poll(() => page.locator(".counts").textContent()).toMatch(/^0 in/);
    // Held for longer than it may be away before it is taken again; at last another gate's enrolment, which is no ticket.
    await writeFilm(film, [code, code, code, null, null, null, code, other.link]);
    await page.getByRole("button", { name: "Camera" }).click();
    await expect.poll(() => verdict(page), { timeout: 8_000 }).toMatch(/^Come in/);
    await expect.poll(() => page.getByRole("heading").first().textContent(), { timeout: 15_000 }).toBe("South");
    expect(await scansOf(code)).toEqual([{ outcome: "ACCEPTED" }, { outcome: "REFUSED" }]);
    expect(await scansOf(other.link)).toEqual([]);
    expect(visitor.complaints).toEqual([]);
  });
});
