import { type ApiClient, apiClient } from "../../src/cli/client.js";
import { mutate } from "./mutate.js";

export interface Owner {
  readonly client: ApiClient;
  readonly token: string;
}

interface Id {
  readonly id: string;
}

const TICKETS_PER_CALL = 1_000;
const HOUR_MILLISECONDS = 3_600_000;
export const OWNER_EMAIL = "owner@bench.example";
/** Of every ticket. */
export const PRICE = { amountMinor: 4_500, currency: "GBP" };

export async function registerOwner(url: string): Promise<Owner> {
  const input = { name: "Owner", email: OWNER_EMAIL, password: "a long enough password" };
  const call = ["register", "RegisterInput", "accessToken"] as const;
  const { accessToken } = await mutate<{ accessToken: string }>(apiClient(url, null), call, input);
  return { client: apiClient(url, accessToken), token: accessToken };
}

export interface Venue {
  readonly id: string;
  readonly gateIds: readonly string[];
}

export async function makeVenue(
  { client }: Owner,
  { name = "Arena", capacity, gates = [] }: { name?: string; capacity: number; gates?: readonly string[] },
): Promise<Venue> {
  const call = ["createVenue", "CreateVenueInput", "venue { id gates { id } }"] as const;
  const input = { name, address: "1 Hot Street", capacity, gates };
  const { venue } = await mutate<{ venue: Id & { gates: Id[] } }>(client, call, input);
  return { id: venue.id, gateIds: venue.gates.map(({ id }) => id) };
}

export interface Show {
  readonly eventId: string;
  readonly ticketTypeIds: readonly string[];
}

/** An event whose doors are open, unless it starts `afterHours` from now; with types of as many places. */
export async function makeEvent(
  { client }: Owner,
  venueId: string,
  { title = "Concert", types = ["Standard"], quantity, afterHours = 0 }: EventOptions,
): Promise<Show> {
  const startsAt = Date.now() + afterHours * HOUR_MILLISECONDS;
  const call = ["createEvent", "CreateEventInput", "event { id ticketTypes { id } }"] as const;
  const { event } = await mutate<{ event: Id & { ticketTypes: Id[] } }>(client, call, {
    venueId,
    title,
    doorsOpenAt: new Date(startsAt - HOUR_MILLISECONDS).toISOString(),
    startsAt: new Date(startsAt).toISOString(),
    endsAt: new Date(startsAt + 6 * HOUR_MILLISECONDS).toISOString(),
    ticketTypes: types.map((name) => ({ name, price: PRICE, quantity })),
  });
  return { eventId: event.id, ticketTypeIds: event.ticketTypes.map(({ id }) => id) };
}

interface EventOptions {
  readonly title?: string;
  readonly types?: readonly string[];
  /** Places of each type. */
  readonly quantity: number;
  readonly afterHours?: number;
}

/** However many. */
export async function issueTickets(
  { client }: Owner,
  eventId: string,
  ticketTypeId: string,
  tickets: readonly object[],
): Promise<void> {
  const call = ["issueTickets", "IssueTicketsInput", "tickets { id }"] as const;
  for (let from = 0; from < tickets.length; from += TICKETS_PER_CALL) {
    await mutate(client, call, { eventId, ticketTypeId, tickets: tickets.slice(from, from + TICKETS_PER_CALL) });
  }
}
