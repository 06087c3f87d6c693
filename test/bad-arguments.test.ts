import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiSchema } from "../src/resolvers/schema.js";
import { argumentsOf } from "./setup/arguments.js";
import { at, Mutations, newType } from "./setup/mutations.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { expectCountsRight } from "./setup/verify.js";

const MOST = 2_147_483_647;
const schema = apiSchema();

let gatehouse: TestGatehouse;
let mutations: Mutations;
beforeAll(async () => {
  gatehouse = await startGatehouse({ ticketsPerUser: 10 });
  mutations = await Mutations.on(gatehouse, schema);
});
afterAll(() => expectCountsRight(gatehouse).finally(() => gatehouse.close()));

const x = (count: number): string => "x".repeat(count);
const NAME = { takes: ["x", x(200), ` ${x(200)}\t`], refuses: ["", " \t", x(201)] };
const DESCRIPTION = { takes: ["", x(10_000)], refuses: [x(10_001)] };
const ADDRESS = { takes: ["", x(1_000)], refuses: [x(1_001)] };
const ZONE = { takes: ["UTC", "Europe/London"], refuses: ["", "Mars/Base", "+01:00"] };
const PEOPLE = { takes: [1, MOST], refuses: [0, -1, -MOST - 1] };
const PLACES = { takes: [0, 1, MOST], refuses: [-1, -MOST - 1] };
const CURRENCY = { takes: ["EUR", "JPY"], refuses: ["", "eur", "EURO", "ZZZ", "€"] };
const LATITUDE = { takes: [-90, 0, 90], refuses: [-90.01, 90.01, 1e300] };
const LONGITUDE = { takes: [-180, 0, 180], refuses: [-180.01, 180.01, 1e300] };
const KEY = { takes: ["x", x(100)], refuses: ["", " ", x(101)] };

/** What an argument takes at its limits, and what it refuses just beyond them as INVALID. */
const LIMITS: Readonly<Record<string, { readonly takes: readonly unknown[]; readonly refuses: readonly unknown[] }>> = {
  "register.name": NAME,
  "register.password": { takes: [x(10), x(256)], refuses: ["", x(9), x(257)] },
  "register.email": { takes: [`${randomUUID()}@a`], refuses: ["", "nobody", "a b@c", `${x(250)}@a.bc`] },
  "updateProfile.name": NAME,
  "updateProfile.location.latitude": LATITUDE,
  "updateProfile.location.longitude": LONGITUDE,
  "createVenue.name": NAME,
  "createVenue.address": ADDRESS,
  "createVenue.timeZone": ZONE,
  "createVenue.capacity": PEOPLE,
  "createVenue.location.latitude": LATITUDE,
  "createVenue.location.longitude": LONGITUDE,
  "createVenue.gates.0": NAME,
  "updateVenue.name": NAME,
  "updateVenue.address": ADDRESS,
  "updateVenue.timeZone": ZONE,
  "updateVenue.capacity": PEOPLE,
  "updateVenue.location.latitude": LATITUDE,
  "updateVenue.location.longitude": LONGITUDE,
  "updateVenue.alertThresholdPercents.0": { takes: [1, 100], refuses: [0, -1, 101, MOST] },
  "addGate.name": { takes: ["x", x(200)], refuses: NAME.refuses },
  "enrollDevice.name": NAME,
  "createEvent.title": NAME,
  "createEvent.category": NAME,
  "createEvent.description": DESCRIPTION,
  "createEvent.capacity": PEOPLE,
  "createEvent.endsAt": { takes: [at(19)], refuses: [at(18), at(17), "2200-01-01T00:00:00Z", "1969-12-31T23:00:00Z"] },
  "createEvent.ticketTypes.0.name": NAME,
  "createEvent.ticketTypes.0.quantity": PLACES,
  "createEvent.ticketTypes.0.price.amountMinor": PLACES,
  "createEvent.ticketTypes.0.price.currency": CURRENCY,
  "updateEvent.title": NAME,
  "updateEvent.category": NAME,
  "updateEvent.description": DESCRIPTION,
  "updateEvent.capacity": PEOPLE,
  "addTicketType.ticketType.name": NAME,
  "addTicketType.ticketType.quantity": PLACES,
  "addTicketType.ticketType.price.amountMinor": PLACES,
  "addTicketType.ticketType.price.currency": CURRENCY,
  "updateTicketType.name": NAME,
  "updateTicketType.quantity": PLACES,
  "updateTicketType.price.amountMinor": PLACES,
  "updateTicketType.price.currency": CURRENCY,
  "reserveTickets.items.0.quantity": { takes: [1, 10], refuses: [0, -1, -MOST - 1] },
  "reserveTickets.idempotencyKey": KEY,
  "payReservation.idempotencyKey": KEY,
  "issueTickets.tickets.0.code": { takes: ["x", x(200)], refuses: ["", " ", x(201)] },
  "issueTickets.tickets.0.holderName": NAME,
  "recordScan.key": { takes: ["x", x(100)], refuses: ["", x(101)] },
  "recordScan.code": { takes: ["x", x(200)], refuses: ["", " ", x(201)] },
  "annulScan.reason": { takes: ["x", x(500)], refuses: ["", " ", x(501)] },
  "uploadScans.scans.0.key": { takes: ["y", `y${x(99)}`], refuses: ["", x(101)] },
  "uploadScans.scans.0.code": { takes: ["x", x(200)], refuses: ["", " ", x(201)] },
};

/** Texts that are looked for and not kept: they have no limits, only what is found by them or not. */
const LOOKED_UP = [
  ...["login.email", "login.password", "refreshSession.refreshToken", "deleteAccount.password"],
  ...["addVenueStaff.email", "removeVenueStaff.email", "issueTickets.tickets.0.holderEmail", "transferTicket.toEmail"],
  "payReservation.paymentToken",
];
const NUMBERS = argumentsOf(schema, "Int");
const IDS = argumentsOf(schema, "ID");

describe("every argument", () => {
  it("that is a number or a text has its limits in this table", () => {
    const all = [...NUMBERS, ...argumentsOf(schema, "Float"), ...argumentsOf(schema, "String")];
    const known = [...Object.keys(LIMITS).filter((argument) => !argument.endsWith("At")), ...LOOKED_UP];
    expect(known.sort()).toEqual(all.sort());
  });

  it.each(Object.entries(LIMITS))("%s is taken at its limits, and INVALID beyond them", async (argument, limits) => {
    const [mutation = "", ...path] = argument.split(".");
    for (const value of limits.takes) {
      const userErrors = await mutations.run(mutation, await mutations.inputWith(argument, value));
      expect(userErrors, JSON.stringify(value).slice(0, 40)).toEqual([]);
    }
    const inputs = await Promise.all(limits.refuses.map((value) => mutations.inputWith(argument, value)));
    const before = await mutations.everything();
    for (const [index, input] of inputs.entries()) {
      const told = JSON.stringify(limits.refuses[index]).slice(0, 40);
      expect(await mutations.run(mutation, input), told).toMatchObject([{ code: "INVALID", path }]);
    }
    expect(await mutations.everything()).toEqual(before);
  });

  it.each(NUMBERS.map((argument) => [argument]))(
    "%s is BAD_USER_INPUT where it is no integer of 32 bits, with its path",
    async (argument) => {
      const [mutation = "", ...path] = argument.split(".");
      const spelled = ["input", ...path].join(".").replace(/\.(\d+)/g, "[$1]");
      for (const value of [2 ** 31, -(2 ** 31) - 1, 1.5, "5", true, {}]) {
        const { status, code, message } = await mutations.failure(mutation, await mutations.inputWith(argument, value));
        expect({ status, code }, String(value)).toEqual({ status: 400, code: "BAD_USER_INPUT" });
        expect(message).toContain(`"${spelled}"`);
      }
    },
  );

  it.each(IDS.map((argument) => [argument]))(
    "%s is BAD_USER_INPUT where it is malformed or of another kind",
    async (argument) => {
      const [mutation = ""] = argument.split(".");
      const inputs = await Promise.all(
        ["", "nonsense", "usr_01h455vb4pex5vsknk084sn02q"].map((id) => mutations.inputWith(argument, id)),
      );
      const before = await mutations.everything();
      for (const input of inputs) {
        expect(await mutations.failure(mutation, input)).toMatchObject({
          status: 200,
          code: "BAD_USER_INPUT",
          path: [mutation],
        });
      }
      expect(await mutations.everything()).toEqual(before);
    },
  );
});

describe("a list that is too long is BAD_USER_INPUT, and nothing is done", () => {
  it.each<[string, number, unknown]>([
    ["createVenue.gates", 1_000, "Gate"],
    ["updateVenue.alertThresholdPercents", 20, 50],
    ["createEvent.ticketTypes", 100, newType()],
    ["issueTickets.tickets", 1_000, {}],
    ["uploadScans.scans", 1_000, { key: "k", code: "T1", direction: "EXIT", scannedAt: "2026-01-01T00:00:00Z" }],
  ])("%s of more than %i", async (argument, most, item) => {
    const [mutation = ""] = argument.split(".");
    const input = await mutations.inputWith(argument, Array(most + 1).fill(item));
    const before = await mutations.everything();
    expect(await mutations.failure(mutation, input)).toMatchObject({
      status: 200,
      code: "BAD_USER_INPUT",
      path: [mutation],
    });
    expect(await mutations.everything()).toEqual(before);
  });
});
