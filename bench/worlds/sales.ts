import { apiClient } from "../../src/cli/client.js";
import { execute } from "../databases.js";
import type { Place } from "../suite.js";
import { issueTickets, makeEvent, makeVenue, OWNER_EMAIL, PRICE, registerOwner } from "./organizer.js";
import { makePeople } from "./people.js";

export interface SalesWorld {
  readonly eventId: string;
  readonly ticketTypeId: string;
  readonly priceMinor: number;
  /** Of the buyers. */
  readonly tokens: readonly string[];
}

/** More than can be sold in a run. */
const PLACES = 10_000_000;

/**
 * One hot ticket type that never sells out. Every buyer has a ticket already: planned on an empty table, the look for a buyer's
 * tickets would go through those of the whole event, and that is nobody's speed.
 */
export async function makeSalesWorld({ apiUrl, databaseUrl }: Place, buyers: number): Promise<SalesWorld> {
  const owner = await registerOwner(apiUrl);
  const venue = await makeVenue(owner, { capacity: PLACES });
  const people = await makePeople(databaseUrl, buyers, OWNER_EMAIL);
  const show = await makeEvent(owner, venue.id, { quantity: PLACES });
  const [ticketTypeId = ""] = show.ticketTypeIds;
  const guests = people.map(({ email }) => ({ holderEmail: email }));
  await issueTickets(owner, show.eventId, ticketTypeId, guests);
  // Letters to all of them, with pictures of their codes: written meanwhile, they would be what is measured.
  await execute(databaseUrl, "delete from graphile_worker._private_jobs");
  return {
    eventId: show.eventId,
    ticketTypeId,
    priceMinor: PRICE.amountMinor,
    tokens: people.map(({ token }) => token),
  };
}

/** How many places are held, as the API tells it. */
export async function readStock(url: string, { eventId }: SalesWorld): Promise<{ reserved: number }> {
  const document = "query($id: ID!) { event(id: $id) { ticketTypes { reserved } } }";
  const { event } = await apiClient(url, null).request<{ event: { ticketTypes: { reserved: number }[] } }>(document, {
    id: eventId,
  });
  return event.ticketTypes[0] ?? { reserved: 0 };
}
