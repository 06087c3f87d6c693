/** A naive model of the counts of the past, written from the API's descriptions alone: it tells the sorted scans again. */

export interface Fact {
  /** Unique in the day. Null: a code that no ticket has. */
  readonly ticket: string | null;
  readonly type: string | null;
  readonly event: string | null;
  readonly gate: string;
  readonly direction: "ENTRY" | "EXIT";
  readonly outcome: "ACCEPTED" | "REFUSED";
  readonly offline: boolean;
  readonly reason: string | null;
  /** Milliseconds. */
  readonly scannedAt: number;
  readonly key: string;
  readonly automatic: boolean;
  readonly annulled: boolean;
}

export interface ModelSnapshot {
  readonly inside: number;
  readonly gates: Readonly<Record<string, number>>;
  readonly types: Readonly<Record<string, number>>;
}

/** What has happened so far, in the order in which it did. */
type Story = readonly Fact[];

const tell = (facts: readonly Fact[], until: number): Story =>
  facts
    .filter(({ annulled, scannedAt }) => !annulled && scannedAt <= until)
    .sort((a, b) => a.scannedAt - b.scannedAt || Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));

const isAccepted = ({ outcome }: Fact): boolean => outcome === "ACCEPTED";

/** Each ticket's latest accepted scan, where that is an entry. */
function insiders(story: Story): Fact[] {
  const latest = new Map(story.filter(isAccepted).map((fact) => [fact.ticket, fact]));
  return [...latest.values()].filter(({ ticket, direction }) => ticket !== null && direction === "ENTRY");
}

/** The counts as they stood at a moment, scans at that very moment included; of these gates and ticket types. */
export function snapshotAt(
  facts: readonly Fact[],
  { gates, types }: { readonly gates: readonly string[]; readonly types: readonly string[] },
  at: number,
): ModelSnapshot {
  const inside = insiders(tell(facts, at));
  const count = (field: "gate" | "type", name: string) => inside.filter((fact) => fact[field] === name).length;
  return {
    inside: inside.length,
    gates: Object.fromEntries(gates.map((name) => [name, count("gate", name)])),
    types: Object.fromEntries(types.map((name) => [name, count("type", name)])),
  };
}

export interface ModelPoint {
  readonly at: string;
  readonly inside: number;
  readonly entries: number;
  readonly exits: number;
}

export interface Span {
  readonly from: number;
  readonly to: number;
  readonly bucketMinutes: number;
}

/** Points at `from`, then every bucket, the last not after `to`; entries and exits within the bucket that ends there. */
export function historyOf(facts: readonly Fact[], { from, to, bucketMinutes }: Span): ModelPoint[] {
  const bucket = bucketMinutes * 60_000;
  const points: ModelPoint[] = [];
  for (let at = from; at <= to; at += bucket) {
    const story = tell(facts, at);
    const recent = story.filter((fact) => isAccepted(fact) && fact.scannedAt > at - bucket);
    points.push({
      at: new Date(at).toISOString(),
      inside: insiders(story).length,
      entries: recent.filter(({ direction }) => direction === "ENTRY").length,
      exits: recent.filter(({ direction }) => direction === "EXIT").length,
    });
  }
  return points;
}

export interface Guest {
  readonly ticket: string;
  readonly type: string;
  readonly event: string;
  readonly isPaid: boolean;
}

export interface ModelAttendance {
  readonly registered: number;
  readonly attended: number;
  readonly noShows: number;
  readonly inside: number;
  readonly peakInside: number;
  readonly peakAt: string | null;
  readonly refusals: number;
  readonly averageStayMinutes: number | null;
  readonly byTicketType: Readonly<Record<string, { readonly registered: number; readonly attended: number }>>;
}

/** What an event came to, of all the day's scans and tickets. */
export function attendanceOf(facts: readonly Fact[], guests: readonly Guest[], event: string): ModelAttendance {
  const story = tell(facts, Number.POSITIVE_INFINITY).filter((fact) => fact.event === event);
  const invited = guests.filter((guest) => guest.event === event);
  const came = ({ ticket }: Guest) =>
    story.some((fact) => fact.ticket === ticket && isAccepted(fact) && fact.direction === "ENTRY");
  const shares = (of: readonly Guest[]) => ({
    registered: of.filter(({ isPaid }) => isPaid).length,
    attended: of.filter(came).length,
  });
  return {
    ...shares(invited),
    noShows: invited.filter((guest) => guest.isPaid && !came(guest)).length,
    inside: insiders(story).length,
    ...peakOf(story),
    refusals: story.filter(({ outcome }) => outcome === "REFUSED").length,
    averageStayMinutes: meanStay(invited.map(({ ticket }) => story.filter((fact) => fact.ticket === ticket))),
    byTicketType: Object.fromEntries(
      [...Map.groupBy(invited, ({ type }) => type)].map(([type, its]) => [type, shares(its)]),
    ),
  };
}

/** The most who were inside at the end of any instant, and the first instant at which they were. */
function peakOf(story: Story): Pick<ModelAttendance, "peakInside" | "peakAt"> {
  let [peakInside, peakAt]: [number, string | null] = [0, null];
  for (const { scannedAt } of story) {
    const inside = insiders(tell(story, scannedAt)).length;
    if (inside > peakInside) [peakInside, peakAt] = [inside, new Date(scannedAt).toISOString()];
  }
  return { peakInside, peakAt };
}

/** Stays that the system ended tell nothing. */
function meanStay(stories: readonly Story[]): number | null {
  const stays: number[] = [];
  for (const story of stories) {
    let since: number | null = null;
    for (const { direction, scannedAt, automatic } of story.filter(isAccepted)) {
      if (direction === "EXIT" && since !== null && !automatic) stays.push((scannedAt - since) / 60_000);
      since = direction === "EXIT" ? null : (since ?? scannedAt);
    }
  }
  return stays.length === 0 ? null : stays.reduce((sum, stay) => sum + stay, 0) / stays.length;
}
