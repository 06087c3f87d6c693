import { getNamedType, isInputObjectType, isObjectType } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiSchema } from "../src/resolvers/schema.js";
import { type Door, httpDoor, socketDoor } from "./setup/both-doors.js";
import { Mutations } from "./setup/mutations.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";

const schema = apiSchema();

let gatehouse: TestGatehouse;
let mutations: Mutations;
let doors: Readonly<Record<"HTTP" | "WebSocket", Door>>;
beforeAll(async () => {
  gatehouse = await startGatehouse({ jobs: false });
  mutations = await Mutations.on(gatehouse, schema);
  doors = { HTTP: httpDoor(gatehouse.url), WebSocket: socketDoor(gatehouse.url) };
});
afterAll(async () => {
  for (const door of Object.values(doors)) await door[Symbol.asyncDispose]();
  await expectCountsRight(gatehouse).finally(() => gatehouse.close());
});

const inputs = Object.values(schema.getTypeMap()).filter((type) => isInputObjectType(type));
const fieldsOf = (name: string): string[] => {
  const type = schema.getType(name);
  return isInputObjectType(type) || isObjectType(type) ? Object.keys(type.getFields()) : [];
};

/** What the server alone decides. Inputs that only look for something may name them. */
const DECIDED =
  /^(id|role|owner|ownerId|organizer|organizerId|user|userId|holder|holderId|createdAt|updatedAt|paidAt)$/;
const COUNTED = /^(status|sold|reserved|available|inside|version|outcome|reason|total|expiresAt|enrolledAt|revokedAt)$/;
/** They look for what they name. */
const READING = /Filter$/;
/** Whose `reason` is a person's own words. */
const ANNULMENT = "AnnulScanInput";

it("no input has a field for what the server alone decides", () => {
  const found = inputs
    .filter(({ name }) => !READING.test(name) && name !== ANNULMENT)
    .flatMap(({ name }) => fieldsOf(name).map((field) => [name, field] as const))
    .filter(([, field]) => DECIDED.test(field) || COUNTED.test(field));
  expect(found).toEqual([]);
});

/** The fields of what a mutation answers with that are none of its input's, and columns that the API does not tell. */
function unknownTo(mutation: string): string[] {
  const field = schema.getMutationType()?.getFields()[mutation];
  const input = field?.args[0]?.type;
  if (field === undefined || input === undefined) return [];
  const payload = getNamedType(field.type);
  const answered = isObjectType(payload)
    ? Object.values(payload.getFields()).map(({ type }) => getNamedType(type))
    : [];
  const hidden = [
    "passwordHash",
    "ownerId",
    "organizerId",
    "userId",
    "holderId",
    "role",
    "status",
    "isAdmin",
    "__proto__",
  ];
  const all = new Set([...answered.flatMap(({ name }) => fieldsOf(name)), ...hidden]);
  return [...all].filter((name) => !fieldsOf(getNamedType(input).name).includes(name));
}

const MUTATIONS = Object.values(schema.getMutationType()?.getFields() ?? {}).filter(({ args }) => args.length > 0);

describe.each(MUTATIONS.map(({ name }) => name))("%s", (name) => {
  it("refuses whatever its input does not know, at either door, and changes nothing", async () => {
    const input = await mutations.input(name);
    const type = schema.getMutationType()?.getFields()[name]?.args[0]?.type;
    const query = `mutation ($input: ${type}) { ${name}(input: $input) { __typename } }`;
    const { token } = mutations.clientOf(name);
    const before = await mutations.everything();
    const unknown = unknownTo(name);
    expect(unknown.length).toBeGreaterThan(0);
    const taken: string[] = [];
    for (const [index, field] of unknown.entries()) {
      // As JSON, in which `__proto__` is a name like any other.
      const spoilt = JSON.parse(JSON.stringify(input).replace("{", `{${JSON.stringify(field)}:"ADMIN",`)) as object;
      const { errors } = await doors[index % 2 === 0 ? "HTTP" : "WebSocket"].ask(token, query, { input: spoilt });
      if (errors?.[0]?.extensions?.["code"] !== "BAD_USER_INPUT") taken.push(field);
    }
    expect(taken).toEqual([]);
    expect(await mutations.everything()).toEqual(before);
  });
});
