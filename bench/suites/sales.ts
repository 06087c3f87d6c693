import { readStored } from "../databases.js";
import type { ReserveLoad, SalesTotals } from "../load/reserve-lane.js";
import { suite } from "../measure.js";
import { type Aim, type Case, type End, expectSame, ratioAtLeast } from "../suite.js";
import { makeSalesWorld, readStock, type SalesWorld } from "../worlds/sales.js";

/** So many that none comes near the limit, and that hardly a token is seen twice in a second. */
const BUYERS = 2_000;

const CONNECTIONS = 32;

const CASES: readonly Case[] = [
  {
    name: "reserve-gatehouse",
    label: "Reservations, Gatehouse",
    target: "gatehouse",
    connections: CONNECTIONS,
    warmUpSeconds: 10,
  },
  {
    name: "reserve-orm",
    label: "(a) ORM, a locked row and nothing else",
    target: "plain",
    connections: CONNECTIONS,
    warmUpSeconds: 10,
  },
  {
    name: "reserve-orm-whole",
    label: "(b) ORM, all that the API promises",
    target: "whole",
    connections: CONNECTIONS,
    warmUpSeconds: 10,
  },
];

const AIMS: readonly Aim[] = [
  {
    text: "Gatehouse to (a), reservations/s",
    goal: "",
    reached: ratioAtLeast(0, "reserve-gatehouse", "reserve-orm"),
  },
  {
    text: "Gatehouse to (b), reservations/s",
    goal: "",
    reached: ratioAtLeast(0, "reserve-gatehouse", "reserve-orm-whole"),
  },
];

/** No hold runs out in the run: what was answered is what is held at the end. */
const SETTINGS = { TICKETS_PER_USER: "1000", HOLD_SECONDS: "3600" };

/** Reservations of one hot ticket type. */
export const sales = suite<SalesWorld, SalesTotals, Case>({
  name: "sales",
  unit: "reservations",
  cases: CASES,
  aims: AIMS,
  worldName: `a hot ticket type and ${BUYERS.toLocaleString("en")} buyers`,
  makeWorld: (place) => makeSalesWorld(place, BUYERS),
  servers: [
    { name: "gatehouse", program: "gatehouse", settings: SETTINGS },
    { name: "plain", program: "orm-sales", settings: { ...SETTINGS, DUTIES: "places" } },
    { name: "whole", program: "orm-sales", settings: { ...SETTINGS, DUTIES: "all" } },
  ],
  generator: "sales",
  load: (_case, world): ReserveLoad => world,
  check: checkTotals,
});

/** By the stock's own row, and by the rows of what it counts. */
const STORED = `select reserved,
  (select count(*)::int from tickets t where t.ticket_type_id = y.id and t.status = 'RESERVED') as tickets,
  (select count(*)::int from reservations where status = 'RESERVED') as reservations
  from ticket_types y`;

type Stored = SalesTotals & { readonly reserved: number };

/** No place is held twice, and none is lost. */
async function checkTotals({ totals, world, apiUrl, databaseUrl }: End<SalesWorld, SalesTotals>): Promise<void> {
  for (const [target, answered] of totals) {
    const expected = { ...answered, reserved: answered.tickets };
    expectSame(`the database of ${target}`, await readStored<Stored>(databaseUrl(target), STORED), expected);
  }
  const reserved = totals.get("gatehouse")?.tickets;
  if (reserved !== undefined) expectSame("the API of gatehouse", await readStock(apiUrl, world), { reserved });
}
