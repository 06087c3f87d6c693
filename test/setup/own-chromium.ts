import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Browser, type BrowserContext, chromium } from "playwright-core";
import { inject } from "vitest";
import { CHROMIUM_ARGUMENTS } from "./find-chromium.js";

/** A browser with a folder of its own, as one that somebody uses from day to day. */
export interface OwnChromium extends AsyncDisposable {
  readonly context: BrowserContext;
  /** As when the battery is empty: nothing is told to anybody. What has reached the folder stays. */
  kill(): Promise<void>;
}

/** Nothing of what a browser does for itself. */
const QUIET = [
  ...["--no-first-run", "--no-default-browser-check", "--disable-background-networking", "--disable-sync"],
  ...["--disable-component-update", "--disable-extensions", "--disable-default-apps", "--password-store=basic"],
];

/** Its folder, which a killed browser leaves to the next. */
export async function makeProfile(): Promise<{ readonly folder: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-chromium-"));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }) };
}

export async function startOwnChromium(folder: string): Promise<OwnChromium> {
  const args = ["--headless", "--remote-debugging-port=0", `--user-data-dir=${folder}`];
  const child = spawn(inject("chromiumPath"), [...args, ...QUIET, ...CHROMIUM_ARGUMENTS], {
    // A group of its own, all of which can be killed.
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const browser = await chromium.connectOverCDP(await addressOf(child));
  const [context] = browser.contexts();
  if (context === undefined) throw new Error("The browser has no context of its own");
  const kill = () => end(child, browser);
  return { context, kill, [Symbol.asyncDispose]: kill };
}

async function end(child: ChildProcess, browser: Browser): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  process.kill(-child.pid, "SIGKILL");
  await exited;
  await browser.close();
}

/** The address that it prints when it can be spoken to. */
async function addressOf({ stderr }: ChildProcess): Promise<string> {
  if (stderr === null) throw new Error("The browser's errors cannot be read");
  for await (const line of createInterface(stderr)) {
    const address = /^DevTools listening on (ws:\S+)/.exec(line)?.[1];
    if (address) {
      stderr.resume();
      return address;
    }
  }
  throw new Error("The browser ended before it could be spoken to");
}
