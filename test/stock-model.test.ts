import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Database, openDatabase } from "../src/database.js";
import { verifyCounts } from "../src/domain/verify-counts.js";
import { makeCrowd } from "./setup/crowd.js";
import { startGatehouse, type TestGatehouse } from "./setup/server.js";
import { type Command, ModelSale, type Places, TYPES } from "./setup/stock-model.js";
import { LIMIT, openSale, QUANTITIES, type Sale } from "./setup/stock-sale.js";
import { type Person, type Venue, World } from "./setup/world.js";

/** More are made with MODEL_RUNS. */
const RUNS = Number(process.env["MODEL_RUNS"] ?? 10);
const MOST_COMMANDS = 25;
const USERS = 3;
/** Long enough to make a failing case small before it is told. */
const TIMEOUT = 300_000;

let gatehouse: TestGatehouse;
let database: Database;
let venue: Venue;
let users: Person[];
beforeAll(async () => {
  gatehouse = await startGatehouse({ jobs: false, holdSeconds: 3_600, ticketsPerUser: LIMIT });
  const { databaseUrl } = gatehouse;
  database = await openDatabase({ databaseUrl, databasePoolSize: 1, gatePoolSize: 1, salesPoolSize: 1 });
  venue = await new World(gatehouse.url).venue();
  users = await makeCrowd(gatehouse, USERS);
});
afterAll(async () => {
  await database?.close();
  await gatehouse?.close();
});

const user = fc.nat(USERS - 1);
/** Of those that there are by then; see `aim`. */
const one = fc.nat(30);

const places: fc.Arbitrary<Places> = fc
  .record({ A: fc.nat(3), B: fc.nat(2) })
  .filter(({ A, B }) => A + B > 0)
  .chain(({ A, B }) => fc.constantFrom<Places>({ A, B }, { B, A }))
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, count]) => count > 0)));

const arbitraries = {
  reserve: fc.record({ kind: fc.constant("reserve" as const), user, places }),
  reserveAgain: fc.record({ kind: fc.constant("reserveAgain" as const), reservation: one }),
  pay: fc.record({
    kind: fc.constant("pay" as const),
    reservation: one,
    token: fc.constantFrom("test" as const, "test" as const, "decline" as const),
    key: fc.nat(1),
  }),
  lapse: fc.record({ kind: fc.constant("lapse" as const), reservation: one, withJob: fc.boolean() }),
  cancelReservation: fc.record({ kind: fc.constant("cancelReservation" as const), reservation: one }),
  cancelTicket: fc.record({ kind: fc.constant("cancelTicket" as const), ticket: one }),
  transfer: fc.record({ kind: fc.constant("transfer" as const), ticket: one, to: user }),
  setQuantity: fc.record({
    kind: fc.constant("setQuantity" as const),
    type: fc.constantFrom(...TYPES),
    quantity: fc.nat(7),
  }),
};

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 8, arbitrary: arbitraries.reserve },
  { weight: 1, arbitrary: arbitraries.reserveAgain },
  { weight: 6, arbitrary: arbitraries.pay },
  { weight: 4, arbitrary: arbitraries.lapse },
  { weight: 2, arbitrary: arbitraries.cancelReservation },
  { weight: 2, arbitrary: arbitraries.cancelTicket },
  { weight: 2, arbitrary: arbitraries.transfer },
  { weight: 2, arbitrary: arbitraries.setQuantity },
);

const CANCEL_EVENT: Command = { kind: "cancelEvent" };

/** Now and then the event is cancelled, and a little is tried after it. */
const commands = fc
  .tuple(
    fc.array(command, { minLength: 1, maxLength: MOST_COMMANDS - 4, size: "max" }),
    fc.option(fc.array(command, { maxLength: 3 }), { freq: 2 }),
  )
  .map(([before, after]) => (after === null ? before : [...before, CANCEL_EVENT, ...after]));

/** The command on what there is by now; null where there is nothing yet. */
function aim(asked: Command, { reservations, tickets }: ModelSale): Command | null {
  if ("reservation" in asked) {
    return reservations.length === 0 ? null : { ...asked, reservation: asked.reservation % reservations.length };
  }
  if ("ticket" in asked) return tickets.length === 0 ? null : { ...asked, ticket: asked.ticket % tickets.length };
  return asked;
}

const known = new Set<string>();

/** Between what is kept and what is counted. One run's are none of the next, so that a failing case can be made small. */
async function newDifferences(): Promise<string[]> {
  const messages = (await verifyCounts(database.orm.em)).map(({ message }) => message);
  const fresh = messages.filter((message) => !known.has(message));
  for (const message of fresh) known.add(message);
  return fresh;
}

async function expectAlike(sale: Sale, model: ModelSale): Promise<void> {
  const stock = TYPES.map((type) => model.stockOf(type));
  const sum = (name: keyof (typeof stock)[number]) => stock.reduce((total, of) => total + of[name], 0);
  expect(await sale.readStock()).toEqual({
    types: stock,
    totalTickets: sum("quantity"),
    ticketsSold: sum("sold"),
    ticketsAvailable: sum("available"),
  });
}

describe("any sequence of reserve, pay, expire, cancel, transfer and change of quantity", () => {
  it("gives the answers and the sums of the rules", { timeout: TIMEOUT }, async () => {
    await fc.assert(
      fc.asyncProperty(commands, async (plan) => {
        const model = new ModelSale(QUANTITIES, LIMIT);
        const sale = await openSale({ gatehouse, database, venue, users });
        for (const [step, asked] of plan.entries()) {
          const aimed = aim(asked, model);
          if (aimed === null) continue;
          const expected = model.run(aimed);
          expect({ step, aimed, answer: await sale.run(aimed) }).toEqual({ step, aimed, answer: expected });
          await expectAlike(sale, model);
        }
        expect(await sale.readReservations()).toEqual(
          model.reservations.map(({ status, user: buyer, tickets }) => ({
            status,
            tickets: tickets.filter(({ holder }) => holder === buyer).map((ticket) => ticket.status),
          })),
        );
        expect(await newDifferences()).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });
});
