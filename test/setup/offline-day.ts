import fc from "fast-check";
import { expect } from "vitest";
import {
  type Direction,
  findTicket,
  type ModelCounts,
  type ModelEvent,
  type ModelScan,
  type ModelTicket,
  replay,
} from "./model.js";
import { GATES, type ModelDay } from "./model-day.js";
import { recordScan, type ScanData, uploadScans } from "./world.js";

const MINUTE = 60_000;
const NOW = Date.now();

/** Both are over the same hours but never open together, so that a code of both has one meaning at any moment. */
const CONCERT: ModelEvent = {
  title: "Concert",
  startsAt: NOW - 110 * MINUTE,
  doorsOpenAt: NOW - 120 * MINUTE,
  endsAt: NOW - 60 * MINUTE,
  capacity: 1,
  reentryAllowed: false,
};
const PARTY: ModelEvent = {
  title: "Party",
  startsAt: NOW - 31 * MINUTE,
  doorsOpenAt: NOW - 50 * MINUTE,
  endsAt: NOW + 300 * MINUTE,
  capacity: null,
  reentryAllowed: true,
};

const tickets = (event: ModelEvent, type: string, codes: readonly string[]): ModelTicket[] =>
  codes.map((code) => ({ code, event, type: `${event.title} ${type}`, admitsWhenFull: type === "VIP" }));

export const OFFLINE_TICKETS: readonly ModelTicket[] = [
  ...tickets(CONCERT, "Standard", ["c1", "both"]),
  ...tickets(CONCERT, "VIP", ["cv"]),
  ...tickets(PARTY, "Standard", ["p1", "both", "online1", "online2"]),
  ...tickets(PARTY, "VIP", ["pv", "online VIP"]),
];

interface Attempt {
  readonly gate: string;
  readonly code: string;
  readonly direction: Direction;
}

interface OfflineScan extends Attempt {
  readonly key: string;
  readonly event: string | null;
  readonly at: number;
  readonly admitted: boolean;
}

/** How a day's scans come to the server. What is in one step is sent at once. */
export interface Plan {
  readonly capacity: number;
  readonly scans: readonly OfflineScan[];
  readonly steps: readonly { readonly size: number; readonly again: boolean; readonly online: readonly Attempt[] }[];
}

/**
 * Few minutes, so that several scans of a ticket come at one, and its order is that of the keys. Of these the last two
 * stand the other way round in UTF-16 than in UTF-8.
 */
const key = (): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom("a", "B", "～", "😀"), minLength: 1, maxLength: 4 });

const MOMENTS: readonly number[] = [-121, -100, -61, -60, -55, -50, -2].map((minutes) => NOW + minutes * MINUTE);

const offlineScan = (moments: readonly number[]): fc.Arbitrary<OfflineScan> =>
  fc.record({
    key: key(),
    gate: fc.constantFrom(...GATES),
    code: fc.constantFrom("c1", "cv", "both", "p1", "p1", "pv", "nobody"),
    event: fc.option(fc.constantFrom("Concert", "Party"), { freq: 6 }),
    direction: fc.constantFrom<Direction[]>("ENTRY", "ENTRY", "EXIT"),
    at: fc.constantFrom(...moments),
    admitted: fc.constantFrom(true, true, false),
  });

const onlineScan = (): fc.Arbitrary<Attempt> =>
  fc.record({
    gate: fc.constantFrom(...GATES),
    code: fc.constantFrom("online1", "online2", "online VIP", "nobody either"),
    direction: fc.constantFrom<Direction[]>("ENTRY", "ENTRY", "EXIT"),
  });

const step = () =>
  fc.record({
    size: fc.integer({ min: 1, max: 8 }),
    again: fc.boolean(),
    online: fc.array(onlineScan(), { maxLength: 3 }),
  });

export const offlineDay = (moments = MOMENTS): fc.Arbitrary<Plan> =>
  fc.record({
    capacity: fc.constantFrom(1, 1, 2, 3),
    scans: fc
      .uniqueArray(offlineScan(moments), { selector: (scan) => scan.key, minLength: 10, maxLength: 40, size: "max" })
      .chain((scans) => fc.shuffledSubarray(scans, { minLength: scans.length })),
    steps: fc.array(step(), { maxLength: 8 }),
  });

const oneByOne = { size: 1, again: false, online: [] };
const lateComer = { gate: "A", event: "Party", at: NOW - 50 * MINUTE, direction: "ENTRY" } as const;

/** A rare course: of somebody who was kept out for fullness is told only after their leaving, which was later. */
export const LATE_REFUSAL: Plan = {
  capacity: 1,
  scans: [
    { ...lateComer, key: "leaves", code: "p1", direction: "EXIT", at: NOW - 2 * MINUTE, admitted: true },
    { ...lateComer, key: "fills", code: "both", admitted: true },
    { ...lateComer, key: "is kept out", code: "p1", admitted: false },
  ],
  steps: [oneByOne, oneByOne, oneByOne],
};

/** What was sent, with the server's answers. */
export class SentDay {
  private readonly offline = new Map<string, ScanData>();
  private readonly online: ModelScan[] = [];

  constructor(private readonly plan: Plan) {}

  get answers(): ReadonlyMap<string, ScanData> {
    return this.offline;
  }

  /** Of the same scan every answer is the same, but for where its ticket is by now. */
  keepOffline({ key }: OfflineScan, answer: ScanData): void {
    const known = this.offline.get(key) ?? answer;
    expect({ ...answer, ticket: known.ticket }).toEqual(known);
    this.offline.set(key, known);
  }

  /** The server alone decides an online scan, by the counts of that moment: its outcome is taken from its answer. */
  keepOnline({ gate, code, direction }: Attempt, { key, scannedAt, outcome, reason }: ScanData): void {
    const at = Date.parse(scannedAt);
    const ticket = findTicket(OFFLINE_TICKETS, { code, event: null, at });
    this.online.push({ key, gate, ticket, direction, at, outcome, reason });
  }

  /** All of them. Whether a person who was kept out was so by fullness depends on what the server knew by then. */
  get scans(): ModelScan[] {
    const offline = this.plan.scans.map(({ key, gate, direction, at, admitted, ...scan }) => {
      const ticket = findTicket(OFFLINE_TICKETS, { ...scan, at });
      const reason = admitted ? null : (this.offline.get(key)?.reason ?? null);
      return { key, gate, ticket, direction, at, outcome: admitted ? "ACCEPTED" : "REFUSED", reason };
    });
    return [...offline, ...this.online];
  }

  /** The model's. */
  counts(): ModelCounts {
    return replay({ gates: GATES, tickets: OFFLINE_TICKETS }, this.scans);
  }
}

export async function sendDay(day: ModelDay, plan: Plan): Promise<SentDay> {
  const sent = new SentDay(plan);
  const rest = [...plan.scans];
  for (const { size, again, online } of [...plan.steps, { size: rest.length, again: false, online: [] }]) {
    const scans = rest.splice(0, size);
    await Promise.all([
      uploadByGate(day, scans, sent),
      ...(again ? [uploadByGate(day, [...scans].reverse(), sent)] : []),
      ...online.map((scan) => sendOnline(day, scan, sent)),
    ]);
  }
  return sent;
}

/** Uploads the whole day again, in the order of its times, and expects to be told nothing new. */
export async function expectReplayed(day: ModelDay, plan: Plan, sent: SentDay): Promise<void> {
  const results = await uploadByGate(
    day,
    [...plan.scans].sort((a, b) => a.at - b.at),
    sent,
  );
  expect(results.filter(({ replayed }) => !replayed)).toEqual([]);
  expect(sent.answers.size).toBe(plan.scans.length);
}

async function uploadByGate({ devices, eventIds }: ModelDay, scans: readonly OfflineScan[], sent: SentDay) {
  const uploads = [...Map.groupBy(scans, ({ gate }) => gate)].map(async ([gate, ofGate]) => {
    const items = ofGate.map(({ key, code, event, direction, at, admitted }) => ({
      ...{ key, code, direction, admitted },
      scannedAt: new Date(at).toISOString(),
      eventId: event === null ? null : eventIds.get(event),
    }));
    const results = await uploadScans(deviceAt(devices, gate), items);
    results.forEach(({ scan, userErrors }, index) => {
      expect(userErrors).toEqual([]);
      sent.keepOffline(ofGate[index] as OfflineScan, scan as ScanData);
    });
    return results;
  });
  return (await Promise.all(uploads)).flat();
}

async function sendOnline({ devices }: ModelDay, attempt: Attempt, sent: SentDay): Promise<void> {
  const { scan } = await recordScan(deviceAt(devices, attempt.gate), {
    code: attempt.code,
    direction: attempt.direction,
  });
  sent.keepOnline(attempt, scan as ScanData);
}

function deviceAt(devices: ModelDay["devices"], gate: string) {
  const device = devices.get(gate);
  if (device === undefined) throw new Error(`there is no device at gate ${gate}`);
  return device;
}
