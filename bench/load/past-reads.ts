import { EVENING_MILLISECONDS, spanOfAll } from "../worlds/evening.js";
import type { HeldEvening, History } from "../worlds/history.js";

/** A question about the past, another one each time. */
export interface PastRead {
  readonly label: string;
  /** The most that the 95th percentile may be. */
  readonly aimMilliseconds: number;
  /** What its statement is marked with. */
  readonly mark: string;
  /** Of a request. */
  body(): string;
  /** Throws unless the data are whole. */
  check(answer: string): void;
}

const AT =
  "query At($id: ID!, $at: DateTime!) { venue(id: $id) { occupancyAt(at: $at) { inside gates { gate { id } inside } ticketTypes { ticketType { id } inside } } } }";
const DAY =
  "query Day($id: ID!, $from: DateTime!, $to: DateTime!) { venue(id: $id) { occupancyHistory(from: $from, to: $to, bucketMinutes: 15) { at inside entries exits } } }";
const ATTENDANCE =
  "query Event($id: ID!) { event(id: $id) { attendance { registered attended noShows inside peakInside peakAt refusals averageStayMinutes byTicketType { ticketType { id } registered attended } } } }";

const DAY_MILLISECONDS = 24 * 3_600_000;
const POINTS = 97;

export function pastReads({ venueIds, evenings }: History): PastRead[] {
  const most = Math.max(...evenings.map(({ tickets }) => tickets));
  const largest = evenings.filter(({ tickets }) => tickets === most);
  const { from, to } = spanOfAll();
  const at = { aimMilliseconds: 100, mark: "/* occupancy.at */", check: checkAt };
  const day = { aimMilliseconds: 200, mark: "/* occupancy.history */", check: checkDay };
  return [
    { ...at, label: "occupancyAt, any moment", body: () => atBody(anyOf(venueIds), between(from, to)) },
    { ...at, label: "occupancyAt, during an evening", body: () => duringEvening(anyOf(evenings)) },
    { ...day, label: "a day's occupancyHistory, 15 minutes", body: () => dayBody(anyOf(evenings), 0) },
    {
      ...day,
      label: "the same between quarter-hours",
      body: () => dayBody(anyOf(evenings), between(1, 15 * 60_000 - 1)),
    },
    {
      label: `attendance, ${most.toLocaleString("en")} tickets`,
      aimMilliseconds: 200,
      mark: "/* attendance.read */",
      body: () => requestBody(ATTENDANCE, { id: anyOf(largest).eventId }),
      check: (answer) => checkAttendance(answer, most),
    },
  ];
}

const requestBody = (query: string, variables: object): string => JSON.stringify({ query, variables });

const atBody = (id: string, at: number): string => requestBody(AT, { id, at: new Date(at).toISOString() });

function duringEvening({ venueId, doorsOpenAt }: HeldEvening): string {
  const from = doorsOpenAt.getTime();
  return atBody(venueId, between(from, from + EVENING_MILLISECONDS));
}

/** From midnight to midnight, or so much later. */
function dayBody({ venueId, doorsOpenAt }: HeldEvening, later: number): string {
  const from = Math.floor(doorsOpenAt.getTime() / DAY_MILLISECONDS) * DAY_MILLISECONDS + later;
  const to = from + DAY_MILLISECONDS;
  return requestBody(DAY, { id: venueId, from: new Date(from).toISOString(), to: new Date(to).toISOString() });
}

interface Answer {
  readonly data?: {
    readonly venue?: { readonly occupancyAt?: { readonly inside: number }; readonly occupancyHistory?: Point[] };
    readonly event?: { readonly attendance?: { readonly registered: number; readonly attended: number } };
  };
}

interface Point {
  readonly inside: number;
  readonly entries: number;
}

function checkAt(answer: string): void {
  const inside = dataOf(answer).venue?.occupancyAt?.inside ?? -1;
  if (inside < 0) throw new Error(`unexpected answer: ${answer.slice(0, 1000)}`);
}

function checkDay(answer: string): void {
  const points = dataOf(answer).venue?.occupancyHistory ?? [];
  const isWhole = points.length === POINTS && points.some(({ entries }) => entries > 0);
  if (!isWhole) throw new Error(`unexpected answer: ${answer.slice(0, 1000)}`);
}

/** Everybody came. */
function checkAttendance(answer: string, tickets: number): void {
  const { registered, attended } = dataOf(answer).event?.attendance ?? { registered: 0, attended: 0 };
  if (registered !== tickets || attended !== tickets) throw new Error(`unexpected answer: ${answer.slice(0, 1000)}`);
}

const dataOf = (answer: string): NonNullable<Answer["data"]> => (JSON.parse(answer) as Answer).data ?? {};

const between = (least: number, most: number): number => Math.floor(least + Math.random() * (most - least));

function anyOf<Item>(items: readonly Item[]): Item {
  const item = items[Math.floor(Math.random() * items.length)];
  if (item === undefined) throw new Error("there is nothing to choose from");
  return item;
}
