import type { Client } from "./client.js";
import type { ModelAttendance, ModelPoint, ModelSnapshot, Span } from "./history-model.js";
import type { Venue } from "./world.js";

/** The counts of the past as anybody would ask for them, by the names of gates and ticket types. */

const iso = (time: number): string => new Date(time).toISOString();

interface Snapshot {
  readonly at: string;
  readonly inside: number;
  readonly gates: readonly { readonly inside: number; readonly gate: { readonly name: string } }[];
  readonly ticketTypes: readonly { readonly inside: number; readonly ticketType: { readonly name: string } }[];
}

const SNAPSHOT = "{ at inside gates { gate { name } inside } ticketTypes { ticketType { name } inside } }";

/** The counts at several moments, one after the other. */
export async function snapshotsAt({ id, owner }: Venue, moments: readonly number[]): Promise<ModelSnapshot[]> {
  const asked = moments.map((at, index) => `at${index}: occupancyAt(at: "${iso(at)}") ${SNAPSHOT}`);
  const query = `query ($id: ID!) { venue(id: $id) { ${asked.join("\n")} } }`;
  const { venue } = await owner.client.ok<{ venue: Record<string, Snapshot> }>(query, { id });
  return moments.map((at, index) => {
    const snapshot = venue[`at${index}`];
    if (snapshot?.at !== iso(at)) throw new Error(`of ${iso(at)} there is told ${JSON.stringify(snapshot)}`);
    const { inside, gates, ticketTypes } = snapshot;
    return {
      inside,
      gates: Object.fromEntries(gates.map((count) => [count.gate.name, count.inside])),
      types: Object.fromEntries(ticketTypes.map((count) => [count.ticketType.name, count.inside])),
    };
  });
}

export async function historyFrom({ id, owner }: Venue, { from, to, bucketMinutes }: Span): Promise<ModelPoint[]> {
  const query = `query ($id: ID!, $from: DateTime!, $to: DateTime!, $bucketMinutes: Int!) { venue(id: $id) {
    occupancyHistory(from: $from, to: $to, bucketMinutes: $bucketMinutes) { at inside entries exits } } }`;
  const variables = { id, from: iso(from), to: iso(to), bucketMinutes };
  type Data = { venue: { occupancyHistory: ModelPoint[] } };
  return (await owner.client.ok<Data>(query, variables)).venue.occupancyHistory;
}

type Shares = { readonly registered: number; readonly attended: number };
type Attendance = Omit<ModelAttendance, "byTicketType"> & {
  readonly byTicketType: readonly (Shares & { readonly ticketType: { readonly name: string } })[];
};

export async function attendanceAt(client: Client, eventId: string): Promise<ModelAttendance> {
  const query = `query ($id: ID!) { event(id: $id) { attendance {
    registered attended noShows inside peakInside peakAt refusals averageStayMinutes
    byTicketType { ticketType { name } registered attended } } } }`;
  const { event } = await client.ok<{ event: { attendance: Attendance } }>(query, { id: eventId });
  const { byTicketType, ...attendance } = event.attendance;
  const types = byTicketType.map(({ ticketType, ...shares }) => [ticketType.name, shares]);
  return { ...attendance, byTicketType: Object.fromEntries(types) };
}
