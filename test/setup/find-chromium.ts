import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { installPackage } from "./system-packages.js";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const MAC_APPLICATIONS = [
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The path of the one at CHROMIUM, else of the system's, which is installed first where it is missing. */
export async function findChromium(): Promise<string> {
  const { CHROMIUM: given } = process.env;
  if (given) return given;
  if (installed() === null) {
    const packages = { "apt-get": "chromium", apk: "chromium", dnf: "chromium", brew: "chromium" };
    await installPackage("Chromium", packages, async () => installed() !== null);
  }
  const path = installed();
  if (path !== null) return path;
  throw new Error(
    "The tests need a real Chromium, and none could be found or installed. Put `chromium` on the PATH " +
      "(for instance: sudo apt-get install chromium, or brew install chromium), or set CHROMIUM to the path of one.",
  );
}

/** Root may run none in a sandbox; without a display none needs the graphics card. */
export const CHROMIUM_ARGUMENTS = ["--disable-gpu", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])];

function installed(): string | null {
  const { PATH = "" } = process.env;
  const paths = NAMES.flatMap((name) => PATH.split(delimiter).map((folder) => join(folder, name)));
  return [...paths, ...MAC_APPLICATIONS].find((path) => existsSync(path)) ?? null;
}
