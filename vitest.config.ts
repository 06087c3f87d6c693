import { defineConfig } from "vitest/config";

// The file that Node itself chooses. Vite would give our files graphql's ES modules while packages get its CommonJS, and
// a schema made by one is none for the other.
const resolve = { alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }] };

const common = { testTimeout: 30_000, hookTimeout: 60_000 };
/** It counts and times the work of passwords, which is cheap in all others, and so needs modules that nobody has loaded before it. */
const ALONE = ["test/users.test.ts"];

export default defineConfig({
  test: {
    globalSetup: "test/setup/global.ts",
    pool: "forks",
    // Two more than the cores that every machine has: a good half of the tests' time is spent waiting.
    maxWorkers: 4,
    projects: [
      // Loading the modules takes longer than most files' tests: the files of a process share them, and nothing else.
      {
        resolve,
        test: {
          ...common,
          name: "together",
          include: ["test/**/*.test.ts"],
          exclude: ALONE,
          isolate: false,
          setupFiles: "test/setup/cheap-passwords.ts",
        },
      },
      { resolve, test: { ...common, name: "alone", include: ALONE } },
    ],
  },
});
