import { type Browser, chromium } from "playwright-core";
import { inject } from "vitest";
import { CHROMIUM_ARGUMENTS } from "./find-chromium.js";

export async function startChromium(args: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: inject("chromiumPath"), args: [...CHROMIUM_ARGUMENTS, ...args] });
}
