import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import {
  buildSchema,
  findBreakingChanges,
  type GraphQLObjectType,
  type GraphQLSchema,
  getIntrospectionQuery,
  graphql,
  graphqlSync,
  isIntrospectionType,
  isObjectType,
  lexicographicSortSchema,
  printSchema,
  validateSchema,
} from "graphql";
import { describe, expect, it, onTestFinished } from "vitest";
import { guardSchema, type Policies } from "../src/resolvers/guard.js";
import { policies } from "../src/resolvers/policies.js";
import { apiSchema } from "../src/resolvers/schema.js";

const run = promisify(execFile);
const root = resolve(import.meta.dirname, "..");
const FILE = "schema.graphql";
const committed = readFileSync(join(root, FILE), "utf8");
const schema = apiSchema();
const emitted = `${printSchema(lexicographicSortSchema(schema))}\n`;

/** What git has of the file, newest first; the file itself where there is no git, as in an unpacked archive. */
async function committedVersions(): Promise<string[]> {
  try {
    const { stdout } = await run("git", ["log", "-2", "--format=%H", "--", FILE], { cwd: root });
    const commits = stdout.split("\n").filter((line) => line !== "");
    return await Promise.all(
      commits.map(async (commit) => (await run("git", ["show", `${commit}:${FILE}`], { cwd: root })).stdout),
    );
  } catch {
    return [committed];
  }
}

const objectTypesOf = (of: GraphQLSchema): GraphQLObjectType[] =>
  Object.values(of.getTypeMap()).filter(
    (type): type is GraphQLObjectType => isObjectType(type) && !isIntrospectionType(type),
  );

describe("the emitted schema", () => {
  it("is valid, and is what schema.graphql says", () => {
    expect(validateSchema(schema)).toEqual([]);
    expect(emitted).toBe(committed);
  });

  it("can be asked about all of itself", () => {
    expect(graphqlSync({ schema, source: getIntrospectionQuery() }).errors).toBeUndefined();
  });

  it("breaks nothing that was committed", async () => {
    const versions = await committedVersions();
    expect(versions.length).toBeGreaterThan(0);
    for (const version of versions) expect(findBreakingChanges(buildSchema(version), schema)).toEqual([]);
  });

  it("would be found out if it broke something", () => {
    const without = buildSchema(committed.replace(/^ {2}timeZone: String!$/m, "  zone: String!"));
    expect(findBreakingChanges(buildSchema(committed), without).map(({ type }) => type)).toContain("FIELD_REMOVED");
  });
});

describe("npm run schema -- --check", () => {
  const check = (file: string) => {
    const folder = mkdtempSync(join(tmpdir(), "gatehouse-schema-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, FILE), file);
    const program = [join(root, "node_modules/tsx/dist/cli.mjs"), join(root, "src/cli/emit-schema.ts"), "--check"];
    const tsconfig = { TSX_TSCONFIG_PATH: join(root, "tsconfig.json") };
    return run(process.execPath, program, { cwd: folder, env: { ...process.env, ...tsconfig } });
  };

  it("agrees to the file as it is, and to no other", async () => {
    const drifted = committed.replace("publicOccupancy: Boolean!", "publicOccupancy: Boolean");
    const [same, other] = await Promise.allSettled([check(committed), check(drifted)]);
    expect(same.status).toBe("fulfilled");
    expect(other).toMatchObject({ status: "rejected", reason: { code: 1, stderr: expect.stringContaining(FILE) } });
  });
});

describe("the policies", () => {
  const fields = objectTypesOf(schema).flatMap((type) =>
    Object.keys(type.getFields()).map((field) => `${type.name}.${field}`),
  );

  it("name every field of every object type", () => {
    const isNamed = (field: string) => field in policies || field.replace(/\..*/, ".*") in policies;
    expect(fields.length).toBeGreaterThan(150);
    expect(fields.filter((field) => !isNamed(field))).toEqual([]);
  });

  it("name nothing that there is not", () => {
    const types = new Set(fields.map((field) => field.replace(/\..*/, ".*")));
    expect(Object.keys(policies).filter((name) => !fields.includes(name) && !types.has(name))).toEqual([]);
  });

  it.each(["Query.me", "User.email", "Venue.owner", "Ticket.code", "Scan.*", "Mutation.*", "Money.*"])(
    "stop the start when the one for %s is missing",
    (name) => {
      const { [name]: _left, ...others } = policies;
      const bare = buildSchema(committed);
      expect(() => guardSchema(bare, policies)).not.toThrow();
      expect(() => guardSchema(buildSchema(committed), others)).toThrow(`the field ${name.replace("*", "")}`);
    },
  );

  it("let nobody at the field of whom they do not allow, whatever its resolver would say", async () => {
    const told = await ask({
      "Query.open": "everyone",
      "Query.hidden": never("null"),
      "Query.refused": never("error"),
    });
    expect(told).toMatchObject({
      data: { open: "open", hidden: null, refused: null },
      errors: [{ path: ["refused"], originalError: { code: "UNAUTHENTICATED" } }],
    });
  });

  it("stop no one whom they allow", async () => {
    const always = { allows: async () => true, otherwise: "error" } as const;
    const told = await ask({ "Query.open": "everyone", "Query.hidden": always, "Query.refused": always });
    expect(told).toEqual({ data: { open: "open", hidden: "hidden", refused: "refused" } });
  });
});

const never = (otherwise: "null" | "error") => ({ allows: async () => false, otherwise }) as const;

function ask(own: Policies) {
  const small = guardSchema(buildSchema("type Query { open: String hidden: String refused: String }"), own);
  const rootValue = { open: "open", hidden: "hidden", refused: "refused" };
  const contextValue = { viewer: { kind: "anonymous" } };
  return graphql({ schema: small, source: "{ open hidden refused }", rootValue, contextValue });
}
