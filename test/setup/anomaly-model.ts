/** A naive model of anomalies, written from the API's descriptions alone: it knows all scans and looks at each of them. */

export interface ModelFact {
  readonly key: string;
  readonly gate: string;
  /** Null: the code is no ticket's. */
  readonly ticket: { readonly code: string; readonly admitsWhenFull: boolean; readonly isCancelled: boolean } | null;
  readonly direction: "ENTRY" | "EXIT";
  /** Milliseconds. */
  readonly at: number;
  readonly reportedAt: number | null;
  readonly offline: boolean;
  readonly outcome: string;
  readonly reason: string | null;
}

const MINUTE = 60_000;

const order = (one: ModelFact, other: ModelFact): number =>
  one.at - other.at ||
  Buffer.compare(Buffer.from(one.key), Buffer.from(other.key)) ||
  one.direction.localeCompare(other.direction);

const isAccepted = ({ outcome }: ModelFact): boolean => outcome === "ACCEPTED";

/** Each as its kind and its scan's key, newest first; those of one scan in the reverse order of the alphabet. */
export function modelAnomalies(facts: readonly ModelFact[], capacity: number): string[] {
  const story = facts.filter(({ outcome }) => outcome !== "ANNULLED").toSorted(order);
  return story
    .flatMap((fact, index) => kindsOf(fact, story.slice(0, index), capacity).map((kind) => `${kind} ${fact.key}`))
    .reverse();
}

function kindsOf(fact: ModelFact, past: readonly ModelFact[], capacity: number): string[] {
  const { direction, ticket, offline } = fact;
  const before = ticket && past.findLast((other) => other.ticket?.code === ticket.code && isAccepted(other));
  const isEntry = direction === "ENTRY";
  const wasAdmitted = isEntry && isAccepted(fact);
  const wasTurnedAway = isEntry && !offline && fact.reason === "ALREADY_INSIDE";
  const holds: Readonly<Record<string, boolean | undefined>> = {
    CLOCK_SKEW: isSkewed(fact) && !past.some((other) => isSkewed(other) && dayOf(other) === dayOf(fact)),
    DUPLICATE_ENTRY: (wasAdmitted || wasTurnedAway) && before?.direction === "ENTRY",
    EXIT_WITHOUT_ENTRY: !isEntry && isAccepted(fact) && before?.direction !== "ENTRY",
    INVALID_TICKET_ADMITTED: wasAdmitted && offline && (ticket === null || ticket.isCancelled),
    OVER_CAPACITY: wasAdmitted && offline && ticket?.admitsWhenFull === false && exceeds(fact, past, capacity),
    RAPID_REENTRY: wasAdmitted && before?.direction === "EXIT" && fact.at - before.at < 5 * MINUTE,
  };
  return Object.keys(holds).filter((kind) => holds[kind]);
}

const isSkewed = ({ at, reportedAt }: ModelFact): boolean =>
  reportedAt !== null && Math.abs(reportedAt - at) > 2 * MINUTE;

/** Of one scanner: there is one at each gate. */
const dayOf = ({ gate, at }: ModelFact): string => `${gate} ${new Date(at).toISOString().slice(0, 10)}`;

const exceeds = (fact: ModelFact, past: readonly ModelFact[], capacity: number): boolean =>
  inside(past) <= capacity && inside([...past, fact]) > capacity;

function inside(story: readonly ModelFact[]): number {
  const latest = new Map(story.filter(isAccepted).map(({ ticket, direction }) => [ticket?.code, direction]));
  latest.delete(undefined);
  return [...latest.values()].filter((direction) => direction === "ENTRY").length;
}
