import pg from "pg";
import { expect, inject, it } from "vitest";
import { dropDatabase, execute, makeDatabase } from "./setup/postgres.js";

it("gives every test a database of its own, with the schema and no rows", async () => {
  const urls = await Promise.all([1, 2].map(() => makeDatabase(inject("postgresUrl"))));
  expect(new Set(urls).size).toBe(2);
  for (const url of urls) {
    expect(await execute(url, "select from venues")).toEqual([]);
    await dropDatabase(inject("postgresUrl"), url);
  }
});

it("fails where a connection is left open", async () => {
  const url = await makeDatabase(inject("postgresUrl"));
  const leak = new pg.Client({ connectionString: url, application_name: "forgotten" });
  leak.on("error", () => {});
  await leak.connect();
  await expect(dropDatabase(inject("postgresUrl"), url)).rejects.toThrow("forgotten");
});
