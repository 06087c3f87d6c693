import { readStored } from "../databases.js";
import { TICKETS, type Totals } from "../load/crowd.js";
import type { GateLane, GateLoad } from "../load/gate.js";
import { suite } from "../measure.js";
import { readSql } from "../sql/sql.js";
import { type Aim, type Case, type End, expectSame, ratioAtLeast } from "../suite.js";
import { makeWorld, readTotals, type World } from "../worlds/gate.js";

interface GateCase extends Case {
  readonly lane: GateLane;
}

/** In the order of a round: what is compared stands side by side. */
const CASES: readonly GateCase[] = [
  { name: "gatehouse", label: "Gatehouse", lane: "scan", target: "gatehouse", connections: 64, warmUpSeconds: 10 },
  {
    name: "mercurius",
    label: "(a) Mercurius, stored function",
    lane: "scan",
    target: "mercurius",
    connections: 64,
    warmUpSeconds: 10,
  },
  {
    name: "apollo",
    label: "(b) Apollo Server, ORM",
    lane: "scan",
    target: "apollo",
    connections: 64,
    warmUpSeconds: 10,
  },
  {
    name: "function",
    label: "(c) the database alone",
    lane: "function",
    target: "function",
    connections: 4,
    warmUpSeconds: 2,
  },
  {
    name: "function-64",
    label: "(c) the database alone",
    lane: "function",
    target: "function",
    connections: 64,
    warmUpSeconds: 1,
  },
  {
    name: "lone-gatehouse",
    label: "A lone scanner, Gatehouse",
    lane: "scan",
    target: "gatehouse",
    connections: 1,
    warmUpSeconds: 1,
  },
  {
    name: "lone-mercurius",
    label: "A lone scanner, (a)",
    lane: "scan",
    target: "mercurius",
    connections: 1,
    warmUpSeconds: 1,
  },
  {
    name: "upload",
    label: "Uploads of 500, Gatehouse",
    lane: "upload",
    target: "gatehouse",
    connections: 4,
    warmUpSeconds: 4,
  },
  {
    name: "batch",
    label: "Uploads of 500, bare SQL",
    lane: "batch",
    target: "batch",
    connections: 1,
    warmUpSeconds: 2,
  },
];

const AIMS: readonly Aim[] = [
  { text: "Gatehouse to (a), scans/s", goal: ">= 3.5", reached: ratioAtLeast(3.5, "gatehouse", "mercurius") },
  { text: "Gatehouse to (b), scans/s", goal: ">= 12", reached: ratioAtLeast(12, "gatehouse", "apollo") },
  { text: "Gatehouse to (c), scans/s", goal: "", reached: ratioAtLeast(0, "gatehouse", "function") },
  { text: "Uploads to bare SQL, scans/s", goal: ">= 0.80", reached: ratioAtLeast(0.8, "upload", "batch") },
  {
    text: "Gatehouse, p99",
    goal: "< 50 ms",
    reached: (medians) => {
      const measured = medians.get("gatehouse");
      if (measured === undefined) return null;
      const { p99Milliseconds: p99 } = measured;
      return { value: `${p99.toFixed(1)} ms`, isMet: p99 < 50 };
    },
  },
  {
    text: "A lone scan to (a)'s, median",
    goal: "<= 1.5",
    reached: (medians) => {
      const [ours, theirs] = [medians.get("lone-gatehouse"), medians.get("lone-mercurius")];
      if (ours === undefined || theirs === undefined) return null;
      const ratio = ours.p50Milliseconds / theirs.p50Milliseconds;
      return { value: ratio.toFixed(2), isMet: ratio <= 1.5 };
    },
  },
];

/** Single scans and uploads onto one hot venue. */
export const gate = suite<World, Totals, GateCase>({
  name: "gate",
  unit: "scans",
  cases: CASES,
  aims: AIMS,
  worldName: `a venue with ${TICKETS.toLocaleString("en")} tickets`,
  makeWorld: ({ apiUrl }) => makeWorld(apiUrl, TICKETS),
  servers: ["gatehouse", "mercurius", "apollo"].map((name) => ({ name, program: name })),
  bareDatabases: ["function", "batch"],
  preparation: readSql("scan-one"),
  generator: "gate",
  load: ({ lane }, { tokens }): GateLoad => ({ lane, tokens }),
  check: checkTotals,
});

const STORED_TOTALS = "select inside, entries, exits, refusals from occupancies where kind = 'VENUE'";

/** The counts at the end are those of the answers: nobody was counted twice, or not at all. */
async function checkTotals({ totals, world, apiUrl, databaseUrl }: End<World, Totals>): Promise<void> {
  for (const [target, answered] of totals) {
    expectSame(`the database of ${target}`, await readStored<Totals>(databaseUrl(target), STORED_TOTALS), answered);
  }
  const answered = totals.get("gatehouse");
  if (answered !== undefined) expectSame("the API of gatehouse", await readTotals(apiUrl, world), answered);
}
