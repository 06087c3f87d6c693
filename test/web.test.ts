import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";

const PAGES = ["/board", "/scan", "/owner"];

/** The files that a page names, by their paths. */
const namedIn = (html: string) => [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? "");
const isHashed = (name: string) => name.startsWith("/web/");

describe.each([{ production: false }, { production: true }])("the pages, production: $production", ({ production }) => {
  let gatehouse: TestGatehouse;
  beforeAll(async () => {
    gatehouse = await startGatehouse({ production });
  });
  afterAll(() => gatehouse.close());

  const get = (path: string, init: RequestInit = {}) => fetch(new URL(path, gatehouse.url), init);

  it.each(PAGES)("%s is there, and never kept", async (path) => {
    const page = await get(path);
    expect(page.status).toBe(200);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.headers.get("cache-control")).toBe("no-cache");
    expect((await get(path, { method: "HEAD" })).status).toBe(200);
    expect((await get(`${path}/`)).status).toBe(200);
  });

  it.each(PAGES)("%s may load nothing from elsewhere, and nothing written into it", async (path) => {
    const page = await get(path);
    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/https?:|\*|unsafe/);
    const html = await page.text();
    expect(html).not.toMatch(/<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=/);
    expect(namedIn(html).filter((name) => !name.startsWith("/"))).toEqual([]);
  });

  it.each(PAGES)("what %s loads may be kept for ever, under its own type", async (path) => {
    const types = { js: "text/javascript; charset=utf-8", css: "text/css; charset=utf-8", svg: "image/svg+xml" };
    const names = namedIn(await (await get(path)).text()).filter(isHashed);
    expect(names.length).toBeGreaterThan(2);
    for (const name of names) {
      const file = await get(name);
      expect(file.status, name).toBe(200);
      expect(file.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
      expect(file.headers.get("content-type")).toBe(types[name.split(".").at(-1) as keyof typeof types]);
      expect(file.headers.get("x-content-type-options")).toBe("nosniff");
    }
  });

  it("the scanner's decoder alone may run what it compiles", async () => {
    const scripts = namedIn(await (await get("/scan")).text()).filter((name) => name.endsWith(".js"));
    const texts = await Promise.all(scripts.map(async (name) => (await get(name)).text()));
    const [decoder = ""] = /\/web\/decoder-[\w-]+\.js/.exec(texts.join()) ?? [];
    const policyOf = async (path: string) => (await get(path)).headers.get("content-security-policy");
    expect(await policyOf(decoder)).toContain("script-src 'self' 'wasm-unsafe-eval';");
    for (const path of [...scripts, "/scan-worker.js"]) expect(await policyOf(path)).toContain("script-src 'self';");
  });

  it("what has no hash in its name is asked for anew each time", async () => {
    const types = {
      "/scan-worker.js": "text/javascript; charset=utf-8",
      "/scan.webmanifest": "application/manifest+json",
    };
    for (const [path, type] of Object.entries(types)) {
      const file = await get(path);
      expect(file.headers.get("cache-control")).toBe("no-cache");
      expect(file.headers.get("content-type")).toBe(type);
    }
  });

  it.each(["/web/", "/web/none.js", "/web/..%2f..%2fpackage.json", "/board/index.html", "/board/none"])(
    "%s is not there",
    async (path) => {
      expect((await get(path)).status).toBe(404);
    },
  );
});
