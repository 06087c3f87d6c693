import { readFileSync } from "node:fs";
import { buildSchema, getVariableValues, parse, validate } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { examples } from "../src/playground/examples.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";

const BROWSER = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

describe("the playground", () => {
  let gatehouse: TestGatehouse;
  let url: string;

  beforeAll(async () => {
    gatehouse = await startGatehouse();
    url = new URL(gatehouse.url).origin;
  });
  afterAll(() => gatehouse.close());

  const visit = (path: string, headers: Record<string, string> = BROWSER) => fetch(new URL(path, url), { headers });

  test("is what a browser gets at the API's own path", async () => {
    const response = await visit("/graphql");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toMatch(/^text\/html/);
    expect(await response.text()).toContain("Gatehouse playground");
  });

  test("leaves queries over GET, and clients that want JSON, to the API", async () => {
    const query = await visit("/graphql?query=%7B__typename%7D", { ...BROWSER, "apollo-require-preflight": "true" });
    expect(await query.text()).not.toContain("<html");
    const json = await visit("/graphql", { accept: "application/json" });
    expect(json.headers.get("content-type")).not.toMatch(/^text\/html/);
  });

  test("allows its page no other origin and no inline script", async () => {
    const policy = (await visit("/graphql")).headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval/);
    expect(await (await visit("/graphql")).text()).not.toMatch(/<script(?![^>]* src=)/);
  });

  test("loads every asset from this server, to be cached for ever", async () => {
    const assets = await everyAsset(url);
    expect([...assets.keys()].filter((address) => !address.startsWith(`${url}/playground/`))).toEqual([]);
    expect([...assets.keys()].some((address) => address.endsWith("/graphql-ws/client.js"))).toBe(true);
    for (const [address, { response }] of assets) {
      expect(response.status, address).toBe(200);
      expect(response.headers.get("cache-control")).toContain("immutable");
    }
  });

  test("names no other origin in what its assets load", async () => {
    for (const [address, { text }] of await everyAsset(url)) {
      expect(text, address).not.toMatch(/(?:src|href)\s*=\s*["'](?:https?:)?\/\/|@import|url\(["']?(?:https?:)?\/\//);
    }
  });

  test("serves the examples with times of today, never from a cache", async () => {
    const response = await visit("/playground/examples.json");
    expect(response.headers.get("cache-control")).toBe("no-store");
    const served = (await response.json()) as typeof EXAMPLES;
    expect(served.map(({ title }) => title)).toEqual(EXAMPLES.map(({ title }) => title));
    const startsAt = /"startsAt":"([^"]+)"/.exec(JSON.stringify(served))?.[1] ?? "";
    expect(Date.parse(startsAt)).toBeGreaterThan(Date.now());
  });
});

const EXAMPLES = examples(new Date());

describe("the examples of the playground", () => {
  const schema = buildSchema(readFileSync(new URL("../schema.graphql", import.meta.url), "utf8"));

  test.each(EXAMPLES)("$title: valid against the schema, with its variables and a comment", ({ query, variables }) => {
    const document = parse(query);
    expect(validate(schema, document).map(String)).toEqual([]);
    const [operation] = document.definitions;
    const declared = operation?.kind === "OperationDefinition" ? (operation.variableDefinitions ?? []) : [];
    expect(getVariableValues(schema, declared, variables).errors).toBeUndefined();
    expect(Object.keys(variables)).toEqual(declared.map(({ variable }) => variable.name.value));
    expect(query).toMatch(/^# /);
  });

  test.each([
    ...["register", "login", "createVenue", "enrollDevice", "createEvent", "issueTickets", "venue", "ticketByCode"],
    ...["previewScan", "recordScan", "uploadScans", "occupancyChanged", "gateOccupancyChanged"],
  ])("there is one of %s", (field) => {
    expect(EXAMPLES.some(({ query }) => new RegExp(`^ {2}${field}\\b`, "m").test(query))).toBe(true);
  });
});

/** The assets that the page names, and the modules and files that these name in turn, by address. */
async function everyAsset(url: string): Promise<Map<string, { response: Response; text: string }>> {
  const page = await fetch(`${url}/graphql`, { headers: BROWSER });
  const named = [...(await page.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(
    ([, path]) => new URL(path ?? "", url),
  );
  const assets = new Map<string, { response: Response; text: string }>();
  for (const address of named) {
    if (assets.has(address.href)) continue;
    const response = await fetch(address);
    const text = await response.text();
    assets.set(address.href, { response, text });
    for (const [, path] of text.matchAll(/^(?:import|export) .*from ["'](\.[^"']+)["']/gm)) {
      named.push(new URL(path ?? "", address));
    }
  }
  return assets;
}
