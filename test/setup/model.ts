/** Naive models of the gate and of the counts, written from the API's descriptions alone: slow, plain and without state. */

export type Direction = "ENTRY" | "EXIT";

export interface ModelEvent {
  readonly title: string;
  /** Milliseconds. */
  readonly startsAt: number;
  readonly doorsOpenAt: number;
  readonly endsAt: number;
  readonly capacity: number | null;
  readonly reentryAllowed: boolean;
}

export interface ModelTicket {
  readonly code: string;
  readonly event: ModelEvent;
  readonly type: string;
  readonly admitsWhenFull: boolean;
}

/** A scan whose outcome is known. */
export interface ModelScan {
  readonly key: string;
  readonly gate: string;
  readonly ticket: ModelTicket | null;
  readonly direction: Direction;
  readonly at: number;
  readonly outcome: string;
  readonly reason: string | null;
}

interface GateTotals {
  inside: number;
  entries: number;
  exits: number;
  refusals: number;
}

interface Totals extends GateTotals {
  theoretical: number;
}

export interface ModelCounts {
  readonly venue: Totals;
  readonly gates: Readonly<Record<string, GateTotals>>;
  readonly events: Readonly<Record<string, Totals>>;
  readonly types: Readonly<Record<string, number>>;
  /** The codes inside with their events, sorted. */
  readonly insiders: readonly string[];
}

/** "The event whose doors are open at that time; else the one that starts nearest to it." */
export function findTicket(
  tickets: readonly ModelTicket[],
  { code, event, at }: { readonly code: string; readonly event: string | null; readonly at: number },
): ModelTicket | null {
  const found = tickets.filter((ticket) => ticket.code === code && (event === null || ticket.event.title === event));
  const open = found.find(({ event: { doorsOpenAt, endsAt } }) => doorsOpenAt <= at && at < endsAt);
  const nearness = (ticket: ModelTicket) => Math.abs(ticket.event.startsAt - at);
  return open ?? found.sort((a, b) => nearness(a) - nearness(b))[0] ?? null;
}

/** What the scans come to when they are told again in the order in which they happened. */
export function replay(
  { gates, tickets }: { readonly gates: readonly string[]; readonly tickets: readonly ModelTicket[] },
  scans: readonly ModelScan[],
): ModelCounts {
  const story = [...scans].sort((a, b) => a.at - b.at || Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  const inside = new Map(tickets.flatMap((ticket) => entryOf(ticket, story, isAccepted) ?? []));
  const theoretical = new Map(tickets.flatMap((ticket) => entryOf(ticket, story, wouldHavePassed) ?? []));
  const totals = (of: (scan: ModelScan) => boolean): Totals => ({
    inside: [...inside].filter(([ticket, scan]) => of({ ...scan, ticket })).length,
    theoretical: [...theoretical.values()].filter(of).length,
    entries: story.filter((scan) => of(scan) && isAccepted(scan) && scan.direction === "ENTRY").length,
    exits: story.filter((scan) => of(scan) && isAccepted(scan) && scan.direction === "EXIT").length,
    refusals: story.filter((scan) => of(scan) && scan.outcome === "REFUSED").length,
  });
  const events = [...new Set(tickets.map(({ event }) => event.title))];
  const types = [...new Set(tickets.map(({ type }) => type))];
  return {
    venue: totals(() => true),
    gates: named(gates, (name) => withoutTheoretical(totals(({ gate }) => gate === name))),
    events: named(events, (title) => totals(({ ticket }) => ticket?.event.title === title)),
    types: named(types, (name) => totals(({ ticket }) => ticket?.type === name).inside),
    insiders: [...inside.keys()].map(({ code, event }) => `${event.title} ${code}`).sort(),
  };
}

const isAccepted = ({ outcome }: ModelScan): boolean => outcome === "ACCEPTED";

const wouldHavePassed = (scan: ModelScan): boolean =>
  isAccepted(scan) || (scan.direction === "ENTRY" && ["VENUE_FULL", "EVENT_FULL"].includes(scan.reason ?? ""));

/** The ticket with its latest scan of those that count, where that is an entry. */
function entryOf(
  ticket: ModelTicket,
  story: readonly ModelScan[],
  counts: (scan: ModelScan) => boolean,
): [[ModelTicket, ModelScan]] | null {
  const latest = story.filter((scan) => scan.ticket === ticket && counts(scan)).at(-1);
  return latest?.direction === "ENTRY" ? [[ticket, latest]] : null;
}

const withoutTheoretical = ({ inside, entries, exits, refusals }: Totals): GateTotals => ({
  inside,
  entries,
  exits,
  refusals,
});

const named = <Value>(names: readonly string[], value: (name: string) => Value): Record<string, Value> =>
  Object.fromEntries(names.map((name) => [name, value(name)]));

export interface ModelVerdict {
  readonly outcome: "ACCEPTED" | "REFUSED";
  readonly reason: string | null;
  readonly capacityOverride: boolean;
}

export interface ModelAttempt {
  readonly code: string;
  readonly direction: Direction;
  /** The title of the event that the scanner names. */
  readonly event: string | null;
}

/** A gate that decides one scan after the other and remembers nothing but what it has let pass. */
export class ModelGate {
  private readonly passed: { readonly ticket: ModelTicket; readonly direction: Direction }[] = [];

  constructor(
    private readonly venue: {
      readonly capacity: number;
      readonly tickets: readonly ModelTicket[];
      /** Codes of tickets for another venue of the same owner. */
      readonly elsewhere: readonly string[];
    },
  ) {}

  decide(attempt: ModelAttempt, at: number): ModelVerdict {
    const ticket = findTicket(this.venue.tickets, { ...attempt, at });
    const reason = attempt.direction === "EXIT" ? null : this.objection(ticket, attempt, at);
    const capacityOverride = reason?.endsWith("_FULL") === true && ticket?.admitsWhenFull === true;
    if (reason !== null && !capacityOverride) return { outcome: "REFUSED", reason, capacityOverride };
    if (ticket !== null) this.passed.push({ ticket, direction: attempt.direction });
    return { outcome: "ACCEPTED", reason: null, capacityOverride };
  }

  private objection(ticket: ModelTicket | null, { code, event }: ModelAttempt, at: number): string | null {
    if (ticket === null)
      return event === null && this.venue.elsewhere.includes(code) ? "WRONG_VENUE" : "UNKNOWN_TICKET";
    const { doorsOpenAt, endsAt, reentryAllowed, capacity } = ticket.event;
    if (at < doorsOpenAt) return "TOO_EARLY";
    if (at >= endsAt) return "TOO_LATE";
    if (this.isInside(ticket)) return "ALREADY_INSIDE";
    if (!reentryAllowed && this.hasLeft(ticket)) return "REENTRY_NOT_ALLOWED";
    if (this.countInside(() => true) >= this.venue.capacity) return "VENUE_FULL";
    const ofEvent = this.countInside((other) => other.event === ticket.event);
    return capacity !== null && ofEvent >= capacity ? "EVENT_FULL" : null;
  }

  private directions(ticket: ModelTicket): Direction[] {
    return this.passed.filter((passage) => passage.ticket === ticket).map(({ direction }) => direction);
  }

  private isInside(ticket: ModelTicket): boolean {
    return this.directions(ticket).at(-1) === "ENTRY";
  }

  private hasLeft(ticket: ModelTicket): boolean {
    const directions = this.directions(ticket);
    return directions.includes("ENTRY") && directions.lastIndexOf("EXIT") > directions.indexOf("ENTRY");
  }

  private countInside(of: (ticket: ModelTicket) => boolean): number {
    return this.venue.tickets.filter((ticket) => of(ticket) && this.isInside(ticket)).length;
  }
}
