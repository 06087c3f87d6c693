import { expect } from "vitest";
import { decodeId } from "../../src/schema/ids.js";
import type { Client } from "./client.js";
import type { TestGatehouse } from "./server.js";
import { made, recordScan, type Venue, type World } from "./world.js";

const HOUR = 3_600_000;

export const fromNow = (hours: number): string => new Date(Date.now() + hours * HOUR).toISOString();

/** A venue with a device at its gate, and an event with these tickets. */
export async function openDoors(
  world: World,
  {
    venue: place = {},
    event: show = {},
    codes = ["T1"],
  }: { venue?: Record<string, unknown>; event?: Record<string, unknown>; codes?: readonly string[] } = {},
) {
  const venue = await world.venue(place);
  const event = await venue.event(show);
  const tickets = await event.tickets(codes);
  const { client } = await venue.device();
  return { venue, event, tickets, client };
}

/** What the gate says to an entry: a reason, or ACCEPTED. Throws for anything but a verdict. */
export async function enter(client: Client, code: string, more: Record<string, unknown> = {}): Promise<string> {
  const { scan, userErrors } = await recordScan(client, { code, ...more });
  if (scan === null) throw new Error(JSON.stringify(userErrors));
  expect(scan).toMatchObject({ conflict: null, offline: false, automatic: false });
  expect(scan.outcome).toBe(scan.reason === null ? "ACCEPTED" : "REFUSED");
  return scan.reason ?? scan.outcome;
}

/** Likewise, to an exit. */
export const leave = (client: Client, code: string, more: Record<string, unknown> = {}): Promise<string> =>
  enter(client, code, { direction: "EXIT", ...more });

/** Straight into the database, for no mutation makes these states. Keeps the stock as one would. */
export async function setTicket({ sql }: TestGatehouse, ticketId: string | undefined, status: string): Promise<void> {
  await sql("update tickets set status = $1 where id = $2", [status, decodeId("tkt", ticketId ?? "")]);
  await sql(`update ticket_types y set
    sold = (select count(*) from tickets t where t.ticket_type_id = y.id and t.status = 'PAID'),
    reserved = (select count(*) from tickets t where t.ticket_type_id = y.id and t.status = 'RESERVED')`);
}

/** Likewise; `change` is SQL, such as `status = 'CANCELLED'`. */
export const setEvent = ({ sql }: TestGatehouse, { id }: { id: string }, change: string): Promise<unknown> =>
  sql(`update events set ${change} where id = $1`, [decodeId("evt", id)]);

export const setCapacity = (venue: Venue, capacity: number): Promise<unknown> =>
  made(venue.owner.client, "updateVenue", "UpdateVenueInput", "venue { id }", { venueId: venue.id, capacity });

export async function isInside(venue: Venue, ticketId: string | undefined): Promise<boolean> {
  const query = "query ($id: ID!) { ticket(id: $id) { inside } }";
  const { ticket } = await venue.owner.client.ok<{ ticket: { inside: boolean } }>(query, { id: ticketId });
  return ticket.inside;
}
