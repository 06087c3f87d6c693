import { readFileSync, writeFileSync } from "node:fs";
import { lexicographicSortSchema, printSchema } from "graphql";
import { apiSchema } from "../resolvers/schema.js";

const FILE = "schema.graphql";
const emitted = `${printSchema(lexicographicSortSchema(apiSchema()))}\n`;

if (process.argv.includes("--check")) {
  if (readFileSync(FILE, "utf8") !== emitted) {
    console.error(`${FILE} is not what the code emits: run \`npm run schema\` and commit it.`);
    process.exitCode = 1;
  }
} else {
  writeFileSync(FILE, emitted);
}
