import type { EntityManager } from "@mikro-orm/postgresql";
import { sql } from "kysely";
import { type Ticket, TicketEntity } from "../entities/ticket.js";
import { notFound } from "../errors.js";
import { toEntities } from "./columns.js";
import { holdScans } from "./occupancy.js";
import { holdSession, mayScan, readStandings, type Standing } from "./standing.js";
import { lockTypes } from "./stock.js";
import type { UserViewer } from "./viewer.js";

export interface HeldTicket {
  readonly ticket: Ticket;
  /** The viewer's, at its venue. */
  readonly standing: Standing;
}

/**
 * The ticket with this id, given as `ticketId`, held until the commit with its event and its venue's scans: no scan is
 * decided by it meanwhile. With its type's stock too where its `place` changes hands. Throws NOT_FOUND where the viewer may
 * not see it.
 */
export async function requireTicket(
  em: EntityManager,
  viewer: UserViewer,
  ticketId: string,
  hold: "ticket" | "place" = "ticket",
): Promise<HeldTicket> {
  await holdSession(em, viewer);
  const { rows: places } = await sql<{ venueId: string; ticketTypeId: string }>`/* ticket.hold-event */
    select e.venue_id as "venueId", t.ticket_type_id as "ticketTypeId"
    from tickets t join events e on e.id = t.event_id where t.id = ${ticketId} for share of e`.execute(em.getKysely());
  const [place] = places;
  if (place === undefined) throw notFound("ticket", "ticketId");
  if (hold === "place") await lockTypes(em, [place.ticketTypeId]);
  await holdScans(em, place.venueId);
  const { rows } = await sql<object>`/* ticket.hold */
    select * from tickets where id = ${ticketId} for update`.execute(em.getKysely());
  const [ticket] = toEntities(em, TicketEntity, rows);
  if (ticket === undefined) throw new Error(`the ticket ${ticketId} has gone`);
  const standing = (await readStandings(em, viewer, [place.venueId])).get(place.venueId) ?? "public";
  if (ticket.holderId !== viewer.userId && !mayScan(standing)) throw notFound("ticket", "ticketId");
  return { ticket, standing };
}
