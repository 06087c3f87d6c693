import { ScanDirection, ScanOutcome } from "../../src/entities/scan.js";

/** One event at one venue, and who comes. */
export interface Evening {
  /** Of its venue, from 0. */
  readonly venue: number;
  /** Among those of the venue, from 0. */
  readonly number: number;
  readonly doorsOpenAt: Date;
  readonly tickets: number;
}

export const VENUES = 20;
export const GATES = ["North", "East", "South", "West"] as const;
export const TICKET_TYPES = ["Standing", "Seated"] as const;
/** From the first scan of an evening to the last. */
export const EVENING_MILLISECONDS = 4 * 3_600_000;

const MOST_TICKETS = 10_000;
/** Of a hundred tickets ten come back once more, five are refused once besides, and two leave unseen. */
const SCANS_PER_TICKET = 2 + 2 * 0.1 + 0.05 - 0.02;

const DAY_MILLISECONDS = 24 * 3_600_000;
const MONTHS = 12;
/** Room for the clock to go on while all that is imported, before the first of the days is kept no longer. */
const FIRST_DAYS = 5;
/** The last evening's automatic exits are past. */
const LAST_DAYS = 3;
const DOORS_HOUR = 17;

/** Evenings of full houses, spread evenly over the last twelve months, that come to about as many scans in all. */
export function planEvenings(scans: number): Evening[] {
  const tickets = Math.ceil(scans / VENUES / SCANS_PER_TICKET);
  const count = Math.ceil(tickets / MOST_TICKETS);
  const { from, to } = spanOfAll();
  return Array.from({ length: VENUES * count }, (_, index) => {
    const [venue, number] = [index % VENUES, Math.floor(index / VENUES)];
    const day = Math.floor((from + ((to - from) * index) / (VENUES * count)) / DAY_MILLISECONDS);
    const doorsOpenAt = new Date(day * DAY_MILLISECONDS + DOORS_HOUR * 3_600_000);
    return { venue, number, doorsOpenAt, tickets: Math.min(MOST_TICKETS, tickets - number * MOST_TICKETS) };
  });
}

/** The first and the last instant that evenings are between. */
export function spanOfAll(): { readonly from: number; readonly to: number } {
  const from = new Date();
  from.setUTCMonth(from.getUTCMonth() - MONTHS);
  return { from: from.getTime() + FIRST_DAYS * DAY_MILLISECONDS, to: Date.now() - LAST_DAYS * DAY_MILLISECONDS };
}

/** Lines of the file of tickets, the header first. */
export function* ticketLines(evening: Evening): Generator<string> {
  yield "code,ticket_type";
  for (let ticket = 0; ticket < evening.tickets; ticket += 1) {
    yield `${codeOf(evening, ticket)},${TICKET_TYPES[ticket % TICKET_TYPES.length]}`;
  }
}

/** Of the file of scans of a venue's evenings. */
export const SCAN_HEADER = "code,direction,scanned_at,gate,device_id,outcome,key";

/** In the order of time. `deviceIds` are of the devices at each gate. */
export function* scanLines(evening: Evening, deviceIds: readonly string[]): Generator<string> {
  const scans = Array.from({ length: evening.tickets }, (_, ticket) => scansOf(ticket)).flat();
  for (const [index, scan] of scans.sort((a, b) => a.at - b.at).entries()) {
    const gate = Math.floor(Math.random() * GATES.length);
    const scannedAt = new Date(evening.doorsOpenAt.getTime() + scan.at).toISOString();
    const code = codeOf(evening, scan.ticket);
    const key = `${evening.number}-${index}`;
    yield `${code},${scan.direction},${scannedAt},${GATES[gate]},${deviceIds[gate]},${scan.outcome},${key}`;
  }
}

/** How many lines the evening's scans are, and how many automatic exits follow. */
export function countScans({ tickets }: Evening): { readonly scans: number; readonly automatic: number } {
  let [scans, automatic] = [0, 0];
  for (let ticket = 0; ticket < tickets; ticket += 1) {
    const habits = habitsOf(ticket);
    scans += habits.scans;
    automatic += habits.leavesUnseen ? 1 : 0;
  }
  return { scans, automatic };
}

const codeOf = ({ venue, number }: Evening, ticket: number): string => `V${venue}-E${number}-${ticket}`;

interface EveningScan {
  readonly ticket: number;
  /** Milliseconds after the doors opened. */
  readonly at: number;
  readonly direction: ScanDirection;
  readonly outcome: ScanOutcome;
}

function habitsOf(ticket: number) {
  const [returns, isRefused, leavesUnseen] = [ticket % 10 === 0, ticket % 20 === 7, ticket % 50 === 3];
  return {
    returns,
    isRefused,
    leavesUnseen,
    scans: 2 + (returns ? 2 : 0) + (isRefused ? 1 : 0) - (leavesUnseen ? 1 : 0),
  };
}

const MINUTE = 60_000;

/** Arrivals crowd in the first ninety minutes, departures in the last hour. */
function scansOf(ticket: number): EveningScan[] {
  const { returns, isRefused, leavesUnseen } = habitsOf(ticket);
  const { ENTRY, EXIT } = ScanDirection;
  const scan = (at: number, direction: ScanDirection, outcome = ScanOutcome.ACCEPTED) => ({
    ticket,
    at,
    direction,
    outcome,
  });
  const arrivesAt = between(0, 45) + between(0, 45);
  const scans = [scan(arrivesAt, ENTRY)];
  if (isRefused) scans.push(scan(arrivesAt + between(0.1, 1), ENTRY, ScanOutcome.REFUSED));
  if (returns) {
    const leavesAt = between(100, 150);
    scans.push(scan(leavesAt, EXIT), scan(leavesAt + between(3, 25), ENTRY));
  }
  if (!leavesUnseen) scans.push(scan(between(180, 210) + between(0, 30), EXIT));
  return scans;
}

/** Minutes, as whole milliseconds. */
const between = (least: number, most: number): number => Math.floor((least + Math.random() * (most - least)) * MINUTE);
