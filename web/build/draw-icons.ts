import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { CHROMIUM_ARGUMENTS, findChromium } from "../../test/setup/find-chromium.js";
import { WEB_FOLDER } from "./folders.js";

const FOLDER = join(WEB_FOLDER, "public");
const GROUND = "#0b0e13";

/** `part`: of its side, what the drawing takes. Of a maskable icon a phone shows a circle of 80 %, or less. */
const ICONS = [
  { name: "scan-icon-192.png", side: 192, part: 0.7, corner: 0.2 },
  { name: "scan-icon-512.png", side: 512, part: 0.7, corner: 0.2 },
  { name: "scan-icon-maskable.png", side: 512, part: 0.5, corner: 0 },
];

/** Draws the icons that phones want as pictures from the one that is the source, when that has changed. They are committed. */
await using browser = await chromium.launch({ executablePath: await findChromium(), args: CHROMIUM_ARGUMENTS });
const drawing = (await readFile(join(FOLDER, "scan-icon.svg"), "utf8")).replace("#3b6fb6", "#7aa7ff");
for (const { name, side, part, corner } of ICONS) {
  const page = await browser.newPage({ viewport: { width: side, height: side } });
  await page.setContent(`<style>
    body { margin: 0; display: grid; place-items: center; height: 100vh; background: ${GROUND}; border-radius: ${corner * 100}% }
    html { background: transparent } svg { width: ${part * 100}%; height: ${part * 100}% }
  </style>${drawing}`);
  await writeFile(join(FOLDER, name), await page.screenshot({ omitBackground: true }));
}
