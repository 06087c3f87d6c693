import { defineConfig } from "vitest/config";

export default defineConfig({
  // The file that Node itself chooses. Vite would give our files graphql's ES modules while packages get its CommonJS, and
  // a schema made by one is none for the other.
  resolve: { alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }] },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "test/setup/global.ts",
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
