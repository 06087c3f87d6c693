import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { policies } from "../src/resolvers/policies.js";
import { type Door, httpDoor, socketDoor } from "./setup/both-doors.js";
import { type Cast, makeCast, outcomeOf, ROLES, type Role } from "./setup/cast.js";
import { CREW, READINGS, RECORDS } from "./setup/readings.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";

let gatehouse: TestGatehouse;
let cast: Cast;
let doors: Readonly<Record<"HTTP" | "WebSocket", Door>>;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  cast = await makeCast(gatehouse);
  doors = { HTTP: httpDoor(gatehouse.url), WebSocket: socketDoor(gatehouse.url) };
});
afterAll(async () => {
  for (const door of Object.values(doors)) await door[Symbol.asyncDispose]();
  await expectCountsRight(gatehouse).finally(() => gatehouse.close());
});

const variablesOf = (query: string): string => {
  const names = [...new Set(query.match(/\$\w+/g))];
  return names.length === 0 ? "" : `(${names.map((name) => `${name}: ID!`).join(", ")})`;
};

it("every field that is hidden from somebody has its readers", () => {
  const hidden = Object.entries(policies).filter(([, policy]) => policy !== "everyone" && policy.otherwise === "null");
  const titles = READINGS.map(([title]) => title);
  const untried = hidden.filter(([field]) => !titles.includes(field)).map(([field]) => field);
  expect(untried).toEqual([]);
});

describe.each(["HTTP", "WebSocket"] as const)("over %s", (name) => {
  it.each(READINGS)("%s (%s) is read by %j alone", async (_title, secret, seenBy, selection) => {
    const seen: Role[] = [];
    for (const role of ROLES) {
      const reply = await doors[name].ask(
        cast.tokens[role],
        `query ${variablesOf(selection)} { ${selection} }`,
        cast.ids,
      );
      expect(reply.errors, role).toBeUndefined();
      if (JSON.stringify(reply).includes(cast.secrets[secret])) seen.push(role);
    }
    expect(seen.sort()).toEqual([...seenBy].sort());
  });

  it("ticketByCode finds for those who may scan, and asks for a token first", async () => {
    const query = `query ($event: ID!) { ticketByCode(eventId: $event, code: "SECRET-CODE") { status code holderName } }`;
    const answers = await everybody((token) => doors[name].ask(token, query, cast.ids));
    const none = { ticketByCode: null };
    const found = (code: string | null, holderName: string | null) => ({
      ticketByCode: { status: "PAID", code, holderName },
    });
    const { code, holderName } = cast.secrets;
    expect(answers).toMatchObject({
      anonymous: { errors: [{ extensions: { code: "UNAUTHENTICATED" } }] },
      stranger: { data: none },
      member: { data: none },
      otherOwner: { data: none },
      otherDevice: { data: none },
      device: { data: found(null, null) },
      staff: { data: found(null, holderName) },
      owner: { data: found(code, holderName) },
      admin: { data: found(code, holderName) },
    });
  });

  it("previewScan tells those who may scan at the gate, and shows a device no holder", async () => {
    const query = `query ($gate: ID!) {
      previewScan(input: { code: "SECRET-CODE", gateId: $gate }) { reason ticket { holderName } } }`;
    const answers = await everybody((token) => doors[name].ask(token, query, cast.ids));
    const told = (holderName: string | null) => ({
      data: { previewScan: { reason: "ALREADY_INSIDE", ticket: { holderName } } },
    });
    const refused = (code: string) => ({ errors: [{ extensions: { code } }] });
    const { holderName } = cast.secrets;
    expect(answers).toMatchObject({
      anonymous: refused("UNAUTHENTICATED"),
      stranger: refused("FORBIDDEN"),
      member: refused("FORBIDDEN"),
      otherOwner: refused("FORBIDDEN"),
      otherDevice: refused("BAD_USER_INPUT"),
      device: told(null),
      staff: told(holderName),
      owner: told(holderName),
      admin: told(holderName),
    });
  });
});

describe("a subscription", () => {
  it.each([
    ["occupancyChanged", "occupancyChanged(venueId: $venue) { inside }", CREW],
    ["gateOccupancyChanged", "gateOccupancyChanged(gateId: $gate) { inside }", CREW],
    ["occupancyChanged where it is public", "occupancyChanged(venueId: $plaza) { inside }", ROLES],
    ["gateOccupancyChanged where it is public", "gateOccupancyChanged(gateId: $plazaGate) { inside }", ROLES],
    ["occupancyChanged of nothing", "occupancyChanged(venueId: $noVenue) { inside }", []],
    ["gateOccupancyChanged of nothing", "gateOccupancyChanged(gateId: $noGate) { inside }", []],
  ] as const)("to %s is for those who may read it", async (_title, selection, allowed) => {
    const query = `subscription ${variablesOf(selection)} { ${selection} }`;
    const outcomes = await everybody(async (token) => outcomeOf(await doors.WebSocket.ask(token, query, cast.ids)));
    const expected = ROLES.map((role) => [role, (allowed as readonly Role[]).includes(role) ? "OK" : "FORBIDDEN"]);
    expect(outcomes).toEqual(Object.fromEntries(expected));
  });

  it("shows a draft of a public venue to those alone who see drafts", async () => {
    const query = `subscription ($plaza: ID!) {
      occupancyChanged(venueId: $plaza) { events { event { title } } ticketTypes { ticketType { name } } } }`;
    const answers = await everybody(async (token) => JSON.stringify(await doors.WebSocket.ask(token, query, cast.ids)));
    for (const secret of ["plazaDraftTitle", "plazaDraftType"] as const) {
      const seen = ROLES.filter((role) => answers[role]?.includes(cast.secrets[secret]));
      expect([...seen].sort()).toEqual([...RECORDS].sort());
    }
  });
});

async function everybody<Answer>(
  ask: (token: string | undefined) => Promise<Answer>,
): Promise<Partial<Record<Role, Answer>>> {
  const answers: Partial<Record<Role, Answer>> = {};
  for (const role of ROLES) answers[role] = await ask(cast.tokens[role]);
  return answers;
}
