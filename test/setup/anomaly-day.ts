import fc from "fast-check";
import { expect } from "vitest";
import type { ModelFact } from "./anomaly-model.js";
import type { Client } from "./client.js";
import { made, type Person, recordScan, type ScanData, uploadScans, type Venue, type World } from "./world.js";

const MINUTE = 60_000;
const GATES = ["A", "B"];
/** Of these the last was cancelled. That of `nobody` is none. */
const TICKETS = ["s1", "s2", "s3", "vip", "bad"].map((code) => ({
  code,
  admitsWhenFull: code === "vip",
  isCancelled: code === "bad",
}));

interface OfflineScan {
  readonly key: string;
  readonly gate: string;
  readonly code: string;
  readonly direction: "ENTRY" | "EXIT";
  /** Minutes ago. */
  readonly ago: number;
  readonly admitted: boolean;
  /** Minutes by which the scanner's clock is ahead. */
  readonly ahead: number;
}

/** A day's scans in the order in which they are sent; what is in one step is sent at once, with some online ones. */
export interface AnomalyPlan {
  readonly capacity: number;
  readonly scans: readonly OfflineScan[];
  readonly steps: readonly { readonly size: number; readonly online: readonly ("ENTRY" | "EXIT")[] }[];
}

const scan = (): fc.Arbitrary<OfflineScan> =>
  fc.record({
    key: fc.string({ unit: fc.constantFrom("a", "B", "～", "😀"), minLength: 1, maxLength: 4 }),
    gate: fc.constantFrom(...GATES),
    code: fc.constantFrom("s1", "s1", "s2", "s2", "s3", "vip", "bad", "nobody"),
    direction: fc.constantFrom("ENTRY", "ENTRY", "EXIT"),
    ago: fc.constantFrom(100, 60, 55, 51, 47, 20),
    admitted: fc.constantFrom(true, true, true, false),
    ahead: fc.constantFrom(0, 0, 0, 0, 1, 7, -9),
  });

export const anomalyDay = (): fc.Arbitrary<AnomalyPlan> =>
  fc.record({
    capacity: fc.constantFrom(1, 2),
    scans: fc.uniqueArray(scan(), { selector: ({ key }) => key, minLength: 8, maxLength: 30, size: "max" }),
    steps: fc.array(
      fc.record({
        size: fc.integer({ min: 1, max: 10 }),
        online: fc.array(fc.constantFrom("ENTRY", "EXIT"), { maxLength: 2 }),
      }),
      { maxLength: 4 },
    ),
  });

export interface AnomalyDay {
  readonly venue: Venue;
  readonly devices: ReadonlyMap<string, Client>;
}

export async function makeAnomalyDay(world: World, owner: Person, capacity: number): Promise<AnomalyDay> {
  const venue = await world.venue({ capacity, gates: GATES }, owner);
  const event = await venue.event({}, [{ name: "Standard" }, { name: "VIP", admitsWhenFull: true }]);
  await event.tickets(["vip"], "VIP");
  const ids = await event.tickets(["s1", "s2", "s3", "bad", "online"]);
  await made(owner.client, "cancelTicket", "TicketIdInput", "ticket { id }", { ticketId: ids[3] });
  const devices = await Promise.all(GATES.map(async (gate) => [gate, (await venue.device(gate)).client] as const));
  return { venue, devices: new Map(devices) };
}

/** Sends them all; answers what has happened, as the server has it. A corrected time is a little later than was meant. */
export async function sendAnomalyDay({ devices }: AnomalyDay, plan: AnomalyPlan): Promise<ModelFact[]> {
  const rest = [...plan.scans];
  const facts: ModelFact[] = [];
  for (const { size, online } of [...plan.steps, { size: rest.length, online: [] }]) {
    const uploads = Map.groupBy(rest.splice(0, size), ({ gate, ahead }) => `${gate} ${ahead}`);
    facts.push(...(await Promise.all([...uploads.values()].map((scans) => upload(devices, scans)))).flat());
    for (const direction of online) {
      const { scan } = await recordScan(devices.get("A") as Client, { code: "online", direction });
      facts.push(factOf(scan, "A", null));
    }
  }
  return facts;
}

async function upload(devices: AnomalyDay["devices"], scans: readonly OfflineScan[]): Promise<ModelFact[]> {
  const [{ gate, ahead }] = scans as [OfflineScan];
  const reported = scans.map(({ ago }) => Date.now() + (ahead - ago) * MINUTE);
  const items = scans.map(({ key, code, direction, admitted }, index) => ({
    ...{ key, code, direction, admitted },
    scannedAt: new Date(reported[index] ?? 0).toISOString(),
  }));
  const sentAt = new Date(Date.now() + ahead * MINUTE).toISOString();
  const results = await uploadScans(devices.get(gate) as Client, items, { sentAt });
  expect(results.flatMap(({ userErrors }) => userErrors)).toEqual([]);
  return results.map(({ scan }, index) => factOf(scan, gate, reported[index] ?? null));
}

function factOf(scan: ScanData | null, gate: string, reportedAt: number | null): ModelFact {
  if (scan === null) throw new Error("a scan was not recorded");
  const { key, code, direction, scannedAt, offline, outcome, reason } = scan;
  const online = { code: "online", admitsWhenFull: false, isCancelled: false };
  const ticket = code === online.code ? online : (TICKETS.find((known) => known.code === code) ?? null);
  return { ...{ key, gate, ticket, direction, offline, outcome, reason }, at: Date.parse(scannedAt), reportedAt };
}
